// Changes that went along with a hotfix or an emergency keep baking where they were. A verdict against one of them
// holds the gate of the stage they were taken to, and calls people; it does not take that stage back (behaviour 3).
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'
import { contains } from './contains.ts'
import type { ServiceEvent } from './event.ts'
import { WAYS } from './lanes.ts'
import { isLifted } from './lifting.ts'
import { markOf, stageOf, type Lane, type ServiceState, type StageState } from './state.ts'

export function heldElsewhere(
  state: ServiceState,
  broken: StageState,
  changes: readonly ReleaseNumber[],
  { message, at, by }: { readonly message: string; readonly at: EpochMs; readonly by: Actor },
): readonly ServiceEvent[] {
  const names = state.definition?.stages.map(({ stage }) => stage) ?? []
  return names.slice(names.indexOf(broken.stage) + 1).flatMap((name): readonly ServiceEvent[] => {
    const stage = stageOf(state, name)
    const live = stage.live?.release
    if (live === undefined || stage.stuck || WAYS[laneOfCode(state, stage, live)].bake === 'waits') return []
    const carried = changes.filter(
      (change) => contains(state, live, change) && !isLifted(state, change, live),
    )
    if (carried.length === 0) return []
    const what = carried.map(releaseName).join(', ')
    const reason = `${what} went along into ${name} with ${releaseName(live)}, and broke in ${broken.stage} (${message}); ${name} holds until a person goes back, accepts it, or a revert or fix comes`
    return [{ type: 'stage-stuck', stage: name, reason, at, by }]
  })
}

/** Settings that took a lane brought no change of the code along, nor do they make code verified that was not. */
export function laneOfCode(state: ServiceState, stage: StageState, live: ReleaseNumber): Lane {
  const origin = state.releases[live]?.origin
  return markOf(stage, origin?.kind === 'settings' ? origin.of : live).lane
}
