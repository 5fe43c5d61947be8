// A stage that must not run away from the next one (`ahead`): what piles up in it is what comes down on customers at once.
import type { ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { changesBetween } from './contains.ts'
import type { GateReason } from './gate-reason.ts'
import { isLifted } from './lifting.ts'
import { stageOf, type ServiceState } from './state.ts'

/** Changes that a stage runs and the next one does not. What was rejected or undone is nothing to wait for. */
export function changesAhead(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
): readonly ReleaseNumber[] {
  const next = service.stages[service.stages.indexOf(definition) + 1]
  const here = stageOf(state, definition.stage).live
  const there = next ? stageOf(state, next.stage).live : null
  if (!here || !there) return []
  return changesBetween(state, there.release, here.release).filter(
    (change) => state.releases[change]?.rejected === null && !isLifted(state, change, here.release),
  )
}

/** Nothing where the next stage runs nothing yet: there is nobody to wait for. */
export function aheadReason(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
): readonly GateReason[] {
  const { ahead = null } = definition
  if (ahead === null) return []
  const changes = changesAhead(state, service, definition)
  if (changes.length < ahead) return []
  const next = service.stages[service.stages.indexOf(definition) + 1]?.stage ?? ''
  const text = `${definition.stage} is ${changes.map(releaseName).join(' and ')} ahead of ${next}, and may be ${ahead} at most; it waits until ${next} takes one`
  return [{ code: 'gate/ahead', text, until: null }]
}
