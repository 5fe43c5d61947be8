import { machine, type ReleaseNumber } from '../../domain/names.ts'
import type { ServiceCommand } from '../../domain/service/command.ts'
import { planSettings } from '../../domain/service/plan-settings.ts'
import type { Intent } from '../../domain/service/intent.ts'
import type { ServiceState } from '../../domain/service/state.ts'
import type { EnvironmentPlan, PlanArm, PlanTrack } from '../../domain/traffic/plan.ts'
import type { RouteRule } from '../../domain/traffic/route-rule.ts'
import { call, type Deed } from './deed.ts'

type RouteIntent = Extract<Intent, { do: 'route' }>

/** Hands the plan over and comes back once every router acknowledged it. */
export async function route(
  intent: Extract<Intent, { do: 'route' }>,
  deed: Deed,
): Promise<ServiceCommand | undefined> {
  const plan = planOf(deed.state, deed.service, intent)
  if (!plan) return undefined
  // Without a port there is nobody to tell: shares are of instances, and those are there already.
  if (!isPortless(deed.state, intent.stage))
    await call(deed, intent.generation, (bounded) => deed.ports.router.apply(plan, bounded))
  return {
    type: 'report-routed',
    stage: intent.stage,
    generation: intent.generation,
    arms: intent.arms,
    tracks: intent.tracks,
    rulesAt: intent.rulesAt,
    at: deed.ports.clock.now(),
    by: machine('router'),
  }
}

function isPortless({ definition }: ServiceState, name: string): boolean {
  return definition?.stages.find(({ stage }) => stage === name)?.portless ?? false
}

export function planOf(
  state: ServiceState,
  service: string,
  { stage, generation, arms, tracks }: Pick<RouteIntent, 'stage' | 'generation' | 'arms' | 'tracks'>,
): EnvironmentPlan | undefined {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage)
  if (!definition || !state.definition) return undefined
  return {
    environment: { service, stage },
    generation,
    salt: `${service}/${stage}`,
    ...planSettings(state.definition, definition),
    arms: arms.map((arm) => ({ ...arm, ...protocolOf(state, arm.release) })),
    ...routesOf(tracks, state.stages[stage]?.routes.rules ?? []),
    stageIndex: state.definition.stages.indexOf(definition),
  }
}

/** Of the very release: another one may speak another. */
function protocolOf(state: ServiceState, release: ReleaseNumber): Pick<PlanArm, 'protocol'> {
  const build = state.releases[release]?.build
  const protocol = build?.state === 'done' ? build.run.protocol : undefined
  return protocol === undefined ? {} : { protocol }
}

/** A plan without tracks and rules stays the plan it always was. */
function routesOf(
  tracks: readonly PlanTrack[],
  rules: readonly RouteRule[],
): Pick<EnvironmentPlan, 'tracks' | 'rules'> {
  return { ...(tracks.length === 0 ? {} : { tracks }), ...(rules.length === 0 ? {} : { rules }) }
}
