// Whether a release is done with the stage before (behaviour 2.2, 2.3, 2.10).
import type { ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { contains } from './contains.ts'
import type { GateReason } from './gate-reason.ts'
import { isLifted, unclearedIn } from './lifting.ts'
import { markOf, stageOf, type ServiceState } from './state.ts'
import { releaseName } from '../release-number.ts'

/** Why `release` may not leave the stage before `definition` yet; empty for the first stage. */
export function passedBefore(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
): readonly GateReason[] {
  const index = service.stages.findIndex((stage) => stage.stage === definition.stage)
  const before = service.stages[index - 1]
  if (!before) return []
  const stage = stageOf(state, before.stage)
  const here = stageOf(state, definition.stage)
  const mark = markOf(stage, release)
  if (!mark.entered)
    return [{ code: 'gate/not-there-yet', text: `it has not been in ${before.stage}`, until: null }]
  if (stage.rollout?.release === release)
    return [{ code: 'gate/rolling-out-before', text: `it is rolling out in ${before.stage}`, until: null }]
  if (mark.against !== null)
    return [
      { code: 'gate/failed-before', text: `it failed in ${before.stage}: ${mark.against}`, until: null },
    ]
  // Where the next stage is empty, health and checks are enough to enter it.
  if (
    here.live === null &&
    here.before.length === 0 &&
    stage.live !== null &&
    contains(state, stage.live.release, release)
  )
    return []
  const uncleared = unclearedIn(state, before.stage, release, here.live?.release ?? null)
  if (uncleared.length > 0)
    return [
      {
        code: 'gate/baking',
        text: `${uncleared.map((change) => releaseName(change)).join(', ')} still ${uncleared.length === 1 ? 'bakes' : 'bake'} in ${before.stage}`,
        until: null,
      },
    ]
  if (before.bake && !mark.ownServed && mark.cleared !== 'skipped')
    return [
      {
        code: 'gate/goes-inside',
        text: `it did not serve its own time in ${before.stage}; its change goes on inside the next release that did`,
        until: null,
      },
    ]
  if (isSpokenFor(state, release))
    return [
      {
        code: 'gate/goes-inside',
        text: 'a later commit reverts or fixes it; its change goes on inside that release',
        until: null,
      },
    ]
  return []
}

/** A later commit reverts or fixes this release's own change: it does not go on alone. */
export function isSpokenFor(state: ServiceState, release: ReleaseNumber): boolean {
  return isLifted(state, release, state.head)
}
