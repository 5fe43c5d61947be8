// What a traffic plan says beside who gets what. A change of it, by a new configuration, makes a new plan.
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import type { EnvironmentPlan } from '../traffic/plan.ts'
import type { StageName } from '../names.ts'

export type PlanSettings = Pick<
  EnvironmentPlan,
  | 'userKey'
  | 'customerKey'
  | 'tokens'
  | 'concurrency'
  | 'drainMs'
  | 'healthPath'
  | 'maintenance'
  | 'mirror'
  | 'isLast'
>

/** Keys in one order always, so that two of them can be compared as text. */
export function planSettings({ run, stages }: ServiceDefinition, stage: StageDefinition): PlanSettings {
  const { userKey, customerKey, tokens, concurrency, health } = run
  const { drainMs, maintenance, mirror } = stage
  return {
    userKey,
    ...(customerKey === undefined ? {} : { customerKey }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(concurrency === undefined ? {} : { concurrency }),
    drainMs,
    healthPath: health.path,
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(mirror === undefined ? {} : { mirror }),
    isLast: stages.at(-1)?.stage === stage.stage,
  }
}

export function hasOtherSettings(
  before: ServiceDefinition | null,
  after: ServiceDefinition,
  name: StageName,
): boolean {
  const [old, next] = [before, after].map((definition) => {
    const stage = definition?.stages.find((each) => each.stage === name)
    return definition && stage ? JSON.stringify(planSettings(definition, stage)) : undefined
  })
  return old !== undefined && old !== next
}
