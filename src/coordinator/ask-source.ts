// What the source of a stage is asked, where the stage names one outside.
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { secretsOf, settingsInForce } from '../domain/service/settings.ts'
import type { ServiceState, StageState } from '../domain/service/state.ts'
import type { SourceAsked } from '../ports/metric-source.ts'

/** Undefined where what Sluice counts itself is all there is. */
export function sourceAsked(
  state: ServiceState,
  { analysis, alarms = [] }: StageDefinition,
  stage: StageState,
): SourceAsked | undefined {
  if (analysis === undefined) return undefined
  const serving = stage.plan.arms.filter(({ weightPercent }) => weightPercent > 0)
  return {
    analysis,
    releases: serving.map(({ release }) => ({ release, sha: state.releases[release]?.change.sha ?? '' })),
    queries: [...new Set(alarms.flatMap(({ of }) => (of.from === 'source' ? [of.query] : [])))],
    secrets: secretsOf(settingsInForce(stage.settings)),
  }
}
