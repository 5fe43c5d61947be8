// How a probe ends, what is left then, and how the search for a culprit ends: with a name, or with a list.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'
import { backToLive } from './back-to-live.ts'
import { suspectsIn } from './culprit-search.ts'
import type { ServiceEvent } from './event.ts'
import { list } from './gates.ts'
import { rejection } from './rejection.ts'
import type { CulpritSearch, ProbeFound, SearchEnd } from './search-state.ts'
import type { Rollout, ServiceState, StageState } from './state.ts'

type By = { readonly tick: number; readonly at: EpochMs; readonly by: Actor }
type Told = By & { readonly found: ProbeFound; readonly message: string }

/** The probe's rollout is over, and what served before serves alone again. */
export function endProbe(
  state: ServiceState,
  stage: StageState,
  rollout: Rollout,
  told: Told,
  over: readonly ServiceEvent[] = [],
): readonly ServiceEvent[] {
  const { found, message, tick, at, by } = told
  const { release } = rollout
  const failed: ServiceEvent = {
    type: 'rollout-failed',
    stage: stage.stage,
    release,
    rollout: rollout.rollout,
    cause: 'search',
    message,
    blames: found === 'broke',
    at,
    by,
  }
  return [
    failed,
    ...probeTold(state, stage, { ...told, release, probe: rollout.rollout }),
    ...over,
    ...backToLive(state, stage, rollout, { message, tick, at, by }),
  ]
}

/** `probe: null`: what served all the time told it. */
export function probeTold(
  state: ServiceState,
  stage: StageState,
  {
    release,
    probe,
    found,
    message,
    at,
    by,
  }: Told & { readonly release: ReleaseNumber; readonly probe: number | null },
): readonly ServiceEvent[] {
  const { search } = stage
  if (!search) return []
  const left = leftAfter(state, stage, release, found)
  const ended: ServiceEvent = {
    type: 'probe-ended',
    stage: stage.stage,
    release,
    probe,
    found,
    left,
    message,
    at,
    by,
  }
  const [only] = left
  if (left.length === 1 && only !== undefined)
    return [ended, ...named(state, stage, search, only, { at, by })]
  if (found !== 'unclear') return [ended]
  return [ended, searchEnded(stage, { how: 'unclear', message, suspects: left, culprit: null, at, by })]
}

/** One that broke holds the culprit; one that was well does not. Neither leaves nobody. */
function leftAfter(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
  found: ProbeFound,
): readonly ReleaseNumber[] {
  if (found !== 'well' && found !== 'broke') return stage.suspects
  const inside = suspectsIn(state, stage, release)
  const left = found === 'broke' ? inside : stage.suspects.filter((change) => !inside.includes(change))
  return left.length === 0 ? stage.suspects : left
}

function named(
  state: ServiceState,
  stage: StageState,
  search: CulpritSearch,
  culprit: ReleaseNumber,
  { at, by }: Pick<By, 'at' | 'by'>,
): readonly ServiceEvent[] {
  const change = state.releases[culprit]?.change
  const others = search.suspects.filter((other) => other !== culprit)
  const message = `told apart from ${list(others).replace(' or ', ' and ')} by probing`
  return [
    searchEnded(stage, {
      how: 'named',
      message,
      suspects: [culprit],
      culprit: {
        release: culprit,
        subject: change?.subject ?? '',
        author: change?.author.name ?? '',
      },
      at,
      by,
    }),
    rejection(state, culprit, { reason: `${search.what} (in ${stage.stage}, ${message})`, at, by }),
  ]
}

type Ended = Omit<Extract<ServiceEvent, { type: 'culprit-search-ended' }>, 'type' | 'stage'> & {
  readonly how: SearchEnd
}

export function searchEnded({ stage }: StageState, ended: Ended): ServiceEvent {
  return { type: 'culprit-search-ended', stage, ...ended }
}

export function tooLittle(release: ReleaseNumber): string {
  return `too little was seen of ${releaseName(release)} in twice the time that its probe should take`
}
