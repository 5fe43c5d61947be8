// A bake is watched time, so nothing that happens to the clock on the wall may keep it from ending.
import type { StageDefinition } from '../../src/domain/pipeline/definition.ts'
import { questionsOf } from '../../src/domain/service/assess.ts'
import { stageOf, type ServiceState } from '../../src/domain/service/state.ts'
import type { World } from '../world.ts'

const MINUTE_MS = 60_000
/** A restart, a silence of the router that is ending, a tick here and there. */
const SLACK_MS = 15 * MINUTE_MS

/** Asked every minute once nothing goes wrong any more. */
export function createBakeWatch(world: World): () => void {
  const open = new Map<string, number>()

  return () => {
    const { state } = world.rules.replayed()
    const nowMs = world.clock.monotonicMs()
    for (const definition of state.definition?.stages ?? []) {
      const baking = bakes(state, definition)
      for (const key of open.keys())
        if (key.startsWith(`${definition.stage} `) && key !== baking) open.delete(key)
      if (baking === undefined) continue
      const sinceMs = open.get(baking) ?? nowMs
      open.set(baking, sinceMs)
      if (nowMs - sinceMs > boundMs(definition))
        world.rules.broken(
          'a bake ends in bounded time, whatever the clock on the wall does',
          `${baking} goes on for ${Math.round((nowMs - sinceMs) / MINUTE_MS)} minutes`,
        )
    }
  }
}

/** What bakes in a stage undisturbed, and since which rollout. */
function bakes(state: ServiceState, definition: StageDefinition): string | undefined {
  const stage = stageOf(state, definition.stage)
  const { live, hold, stuck, asked, suspects, rollout } = stage
  if (!live || rollout || hold || stuck || asked || suspects.length > 0) return undefined
  const isAsked = questionsOf(state, definition, stage).some(({ about }) => about === 'bake')
  return isAsked ? `${stage.stage} #${live.release}, rollout ${live.rollout}` : undefined
}

/** Where too little was seen it may be twice as long. */
function boundMs({ bake }: StageDefinition): number {
  return 2 * (bake?.forMs ?? 0) + (bake?.ownMs ?? 0) + SLACK_MS
}
