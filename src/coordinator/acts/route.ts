import { machine } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { Intent } from '../../domain/service/due.ts'
import type { ServiceState } from '../../domain/service/state.ts'
import type { EnvironmentPlan } from '../../domain/traffic/plan.ts'
import { call, type Deed } from './deed.ts'

/** Hands the plan over and comes back once every router acknowledged it. */
export async function route(
  intent: Extract<Intent, { do: 'route' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const plan = planOf(deed.state, deed.service, intent)
  if (!plan) return undefined
  await call(deed, intent.generation, (bounded) => deed.ports.router.apply(plan, bounded))
  return {
    type: 'report-routed',
    stage: intent.stage,
    generation: intent.generation,
    arms: intent.arms,
    at: deed.ports.clock.now(),
    by: machine('router'),
  }
}

export function planOf(
  state: ServiceState,
  service: string,
  { stage, generation, arms }: Pick<Extract<Intent, { do: 'route' }>, 'stage' | 'generation' | 'arms'>,
): EnvironmentPlan | undefined {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage)
  if (!definition || !state.definition) return undefined
  return {
    environment: { service, stage },
    generation,
    salt: `${service}/${stage}`,
    userKey: state.definition.run.userKey,
    drainMs: definition.drainMs,
    healthPath: state.definition.run.health.path,
    arms,
    stageIndex: state.definition.stages.indexOf(definition),
    isLast: state.definition.stages.at(-1)?.stage === stage,
  }
}
