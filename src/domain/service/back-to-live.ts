// How a rollout that is over gives back what it had.
import type { Actor, EpochMs } from '../names.ts'
import type { ServiceEvent } from './event.ts'
import { startRollout } from './start-rollout.ts'
import type { Rollout, ServiceState, StageState } from './state.ts'

/** What served before still serves; the rollout back gives it all of the traffic again. */
export function backToLive(
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
