// How a rollout ends badly (behaviour 2.5, 2.6): back to what the stage served before, and who is to blame.
import type { Actor, EpochMs } from '../names.ts'
import { backToLive } from './back-to-live.ts'
import { beginSearch } from './begin-search.ts'
import { endProbe } from './end-probe.ts'
import type { RolloutCause, ServiceEvent } from './event.ts'
import { heldElsewhere } from './held-elsewhere.ts'
import { unclearedIn } from './lifting.ts'
import { rejection } from './rejection.ts'
import type { SeenSoFar } from './search-state.ts'
import type { Rollout, ServiceState, StageState } from './state.ts'

type Failure = {
  readonly cause: RolloutCause
  readonly message: string
  /** Only a verdict, a crash of the release, or its failed health or check counts against it. */
  readonly blames: boolean
  /** What was seen of it until then. Absent: nobody was served. */
  readonly seen?: SeenSoFar | undefined
  readonly tick: number
  readonly at: EpochMs
  readonly by: Actor
}

export function failRollout(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  failure: Failure,
): readonly ServiceEvent[] {
  const { cause, message, blames, tick, at, by } = failure
  if (rollout.lane === 'probe' && rollout.direction === 'forward')
    return endProbe(state, stage, rollout, {
      found: blames ? 'broke' : 'interrupted',
      message,
      tick,
      at,
      by,
    })
  const failed: ServiceEvent = {
    type: 'rollout-failed',
    stage: stage.stage,
    release: rollout.release,
    rollout: rollout.rollout,
    cause,
    message,
    blames,
    at,
    by,
  }
  return [
    failed,
    ...(blames ? blame(state, stage, rollout, failure) : []),
    ...(blames
      ? heldElsewhere(state, stage, unclearedIn(state, stage.stage, rollout.release, rollout.from), failure)
      : []),
    ...backToLive(state, stage, rollout, { message, tick, at, by }),
  ]
}

/** The only uncleared change is rejected; several stay suspects. */
function blame(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  { cause, message, seen, tick, at, by }: Failure,
): readonly ServiceEvent[] {
  const suspects = unclearedIn(state, stage.stage, rollout.release, rollout.from)
  const [only, second] = suspects
  if (only === undefined) return []
  if (second !== undefined) {
    // What its own command did cannot be asked of a release that runs none.
    const isAsked = stage.live !== null && cause !== 'release-command'
    const broken = { release: rollout.release, what: message, suspects, seen, tick, at, by }
    return [
      { type: 'suspects-named', stage: stage.stage, suspects, at, by },
      ...(isAsked ? beginSearch(state, stage, broken) : []),
    ]
  }
  return [rejection(state, only, { reason: `${message} (in ${stage.stage})`, at, by })]
}
