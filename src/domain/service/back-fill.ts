// Back-fill (behaviour 3): after a hotfix every earlier stage must contain it. The next release of the branch sees to
// that; where an earlier stage runs something older, the hotfix itself is brought there, in the normal lane.
import type { ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { contains } from './contains.ts'
import { markOf, stageOf, type ServiceState } from './state.ts'

/** What is live in a later stage, is not of the line, and holds all that this stage runs and more. */
export function backFillOf(
  state: ServiceState,
  service: ServiceDefinition,
  { stage: name }: StageDefinition,
): ReleaseNumber | undefined {
  const stage = stageOf(state, name)
  const live = stage.live?.release
  if (live === undefined) return undefined
  const index = service.stages.findIndex((candidate) => candidate.stage === name)
  for (const later of service.stages.slice(index + 1)) {
    const release = stageOf(state, later.stage).live?.release
    if (release === undefined || state.releases[release]?.origin.kind !== 'cherry-pick') continue
    const mark = markOf(stage, release)
    if (mark.entered && !mark.again) continue
    if (contains(state, release, live) && !contains(state, live, release)) return release
  }
  return undefined
}
