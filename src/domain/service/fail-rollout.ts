// How a rollout ends badly (behaviour 2.5, 2.6): back to what the stage served before, and who is to blame.
import type { Actor, EpochMs } from '../names.ts'
import type { RolloutCause, ServiceEvent } from './event.ts'
import { heldElsewhere } from './held-elsewhere.ts'
import { unclearedIn } from './lifting.ts'
import { rejection } from './rejection.ts'
import { startRollout } from './start-rollout.ts'
import type { Rollout, ServiceState, StageState } from './state.ts'

type Failure = {
  readonly cause: RolloutCause
  readonly message: string
  /** Only a verdict, a crash of the release, or its failed health or check counts against it. */
  readonly blames: boolean
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
    ...goBackToLive(state, stage, rollout, { message, tick, at, by }),
  ]
}

/** The only uncleared change is rejected; several stay suspects. */
function blame(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  { message, at, by }: Failure,
): readonly ServiceEvent[] {
  const suspects = unclearedIn(state, stage.stage, rollout.release, rollout.from)
  const [only, second] = suspects
  if (only === undefined) return []
  if (second !== undefined) return [{ type: 'suspects-named', stage: stage.stage, suspects, at, by }]
  return [rejection(state, only, { reason: `${message} (in ${stage.stage})`, at, by })]
}

/** What served before still serves; the rollout back gives it all of the traffic again. */
function goBackToLive(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  {
    message,
    tick,
    at,
    by,
  }: { readonly message: string; readonly tick: number; readonly at: EpochMs; readonly by: Actor },
): readonly ServiceEvent[] {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  if (!stage.live || !definition || rollout.direction === 'back') return []
  return [
    startRollout(stage, definition, {
      release: stage.live.release,
      direction: 'back',
      reason: message,
      tick,
      takesOut: [],
      at,
      by,
    }),
  ]
}
