// How going back begins: with plain settings as they were, and secrets as they are now (behaviour 2.8, 4.5).
import type { StageDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { evolve } from './evolve.ts'
import { withSecretsOfToday } from './settings-due.ts'
import { startRollout } from './start-rollout.ts'
import { stageOf, type ServiceState } from './state.ts'

type Start = Omit<Parameters<typeof startRollout>[2], 'direction'>

/** `said` is what was decided just before: settings that it rejects are not those of today. */
export function startBack(
  before: ServiceState,
  definition: StageDefinition,
  said: readonly ServiceEvent[],
  start: Start,
): readonly ServiceEvent[] {
  const state = said.reduce(evolve, before)
  const stage = stageOf(state, definition.stage)
  const made = withSecretsOfToday(state, stage, start.release, start)
  const release = made?.release ?? start.release
  return [
    ...(made ? [made.event] : []),
    startRollout(stage, definition, { ...start, release, direction: 'back' }),
  ]
}
