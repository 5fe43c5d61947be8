// What is bad, and was seen to be, does not go on serving everybody while there is something good to go back to.
import { stageOf as stateOf } from '../../src/domain/service/state.ts'
import { SERVICE } from '../draw-definition.ts'
import type { World } from '../world.ts'
import { stageOf } from './model.ts'

/** So many failed requests were seen by a living router that nobody could have missed them. */
const ERRORS_SEEN = 60

export function checkNothingBadServes(world: World): void {
  const { state } = world.rules.replayed()
  for (const definition of state.definition?.stages ?? []) {
    const known = stageOf(world.rules.model, definition.stage)
    const stage = stateOf(state, definition.stage)
    const { live } = known
    if (live === null || known.liveBy === 'back' || stage.rollout || stage.pin || stage.stuck) continue
    if (known.accepted.has(live) || known.against.has(live) || stage.marks[live]?.cleared === 'skipped')
      continue
    const isOnTrial = definition.bake !== null || definition.watchMs > 0
    const isBad = world.defects(live).has('bad')
    const before = known.wasLive[0]
    const wasGood = before !== undefined && world.defects(before).size === 0
    if (!isOnTrial || !isBad || !wasGood) continue
    // Only what was recorded before the last answer could have been judged.
    const arms = world.ticks
      .file({ service: SERVICE, stage: definition.stage })
      .ticks.filter((tick) => tick.seq <= stage.answeredTick)
      .flatMap((tick) => tick.arms.filter((arm) => arm.release === live))
    const seen = {
      requests: arms.reduce((sum, arm) => sum + arm.requests, 0),
      errors: arms.reduce((sum, arm) => sum + arm.errors, 0),
    }
    if (seen.errors >= ERRORS_SEEN && seen.errors > 0.2 * seen.requests)
      world.rules.broken(
        'what is bad and was seen does not serve everybody',
        `#${live} in ${definition.stage}: ${seen.errors} of ${seen.requests} failed`,
      )
  }
}
