// What a search for a culprit owes next, and when: the next probe, the end of one that sees too little, its own end.
import { machine, type EpochMs } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { nextProbe, probeEndsAt, probeOf, probeReasons, searchOver } from './culprit-search.ts'
import { decided, wake, type Intent } from './intent.ts'
import { SEARCH_MS_MAX, type CulpritSearch } from './search-state.ts'
import { stageOf, type Rollout, type ServiceState } from './state.ts'

const BY = machine('culprit search')

/** It is over, and that comes before everything else. */
export function searchEndDue(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): Intent | undefined {
  const { stage, search } = stageOf(state, definition.stage)
  if (!search || searchOver(state, service, definition, now) === undefined) return undefined
  return decided({ type: 'end-search', stage, tick: 0, at: now, by: BY })
}

/** When nothing else moves. */
export function searchMoves(
  state: ServiceState,
  definition: StageDefinition,
  now: EpochMs,
): readonly Intent[] {
  const stage = stageOf(state, definition.stage)
  const { search } = stage
  if (!search) return []
  const ends = wake(search.since + SEARCH_MS_MAX)
  const probe = probeOf(stage)
  if (probe) return [ends, ...probeEnd(search, stage.stage, probe, now)]
  if (stage.rollout) return [ends]
  const reasons = probeReasons(state, definition, now)
  if (reasons.length > 0)
    return [ends, ...reasons.flatMap(({ until }) => (until !== null && until > now ? [wake(until)] : []))]
  const { release } = nextProbe(state, definition, stage, search)
  if (release === undefined) return [ends]
  return [decided({ type: 'start-probe', stage: stage.stage, release, tick: 0, at: now, by: BY })]
}

function probeEnd(search: CulpritSearch, stage: string, rollout: Rollout, now: EpochMs): readonly Intent[] {
  const until = probeEndsAt(search, rollout)
  if (until === null) return []
  if (until > now) return [wake(until)]
  const { rollout: number } = rollout
  return [decided({ type: 'give-up-probe', stage, rollout: number, tick: 0, at: now, by: BY })]
}
