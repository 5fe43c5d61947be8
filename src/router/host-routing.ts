// From the Host of a request to an environment, and to one release of it where the host names one.
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'

/** Leads a host name (`www.example.com`) or a port of ours (`:8081`) to a service, or to one stage of it. */
export type AddressMapping = {
  readonly address: string
  readonly service: string
  readonly stage: string | null
}

export type HostRules = { readonly suffix: string; readonly mappings: readonly AddressMapping[] }

export type HostChoice =
  | { readonly leadsTo: 'environment'; readonly environment: Environment }
  | { readonly leadsTo: 'release'; readonly environment: Environment; readonly release: ReleaseNumber }
  | { readonly leadsTo: 'nowhere' }

const NOWHERE: HostChoice = { leadsTo: 'nowhere' }

export function routeHost(
  host: string,
  localPort: number,
  plans: readonly EnvironmentPlan[],
  rules: HostRules,
): HostChoice {
  const name = hostName(host)
  const mapping = rules.mappings.find(({ address }) => address === name || address === `:${localPort}`)
  if (mapping !== undefined) {
    return toEnvironment(plans, (plan) => isStage(plan, mapping.service, mapping.stage))
  }
  const labels = labelsUnder(name, rules.suffix)
  if (labels !== undefined) return routeLabels(labels, plans)
  const services = new Set(plans.map((plan) => plan.environment.service))
  if (services.size !== 1) return NOWHERE
  return toEnvironment(plans, (plan) => plan.isLast)
}

/** Addresses that lead somewhere, for the page that says that one did not. */
export function knownAddresses(plans: readonly EnvironmentPlan[], suffix: string): readonly string[] {
  const addresses = plans.flatMap(({ environment: { service, stage }, isLast }) => [
    ...(isLast ? [`${service}.${suffix}`] : []),
    `${stage}.${service}.${suffix}`,
  ])
  return addresses.toSorted()
}

function routeLabels(labels: readonly string[], plans: readonly EnvironmentPlan[]): HostChoice {
  const [service = '', second, third] = labels.toReversed()
  if (labels.length === 1) {
    return toEnvironment(plans, (plan) => plan.environment.service === service && plan.isLast)
  }
  const ofService = plans.filter((plan) => plan.environment.service === service)
  if (labels.length === 2) {
    const stage = ofService.find((plan) => plan.environment.stage === second)
    if (stage !== undefined) return { leadsTo: 'environment', environment: stage.environment }
    return toRelease(ofService, second)
  }
  if (labels.length !== 3) return NOWHERE
  return toRelease(
    ofService.filter((plan) => plan.environment.stage === second),
    third,
  )
}

function toEnvironment(
  plans: readonly EnvironmentPlan[],
  fits: (plan: EnvironmentPlan) => boolean,
): HostChoice {
  const plan = plans.find(fits)
  return plan === undefined ? NOWHERE : { leadsTo: 'environment', environment: plan.environment }
}

/** The release in the furthest stage that has it on instances. */
function toRelease(plans: readonly EnvironmentPlan[], label: string | undefined): HostChoice {
  const number = /^r(\d{1,9})$/.exec(label ?? '')?.[1]
  if (number === undefined) return NOWHERE
  const release = Number(number)
  const having = plans
    .filter((plan) => plan.arms.some((arm) => arm.release === release && arm.instances.length > 0))
    .toSorted((a, b) => Number(b.isLast) - Number(a.isLast) || (b.stageIndex ?? 0) - (a.stageIndex ?? 0))
  const furthest = having[0]
  if (furthest === undefined) return NOWHERE
  return { leadsTo: 'release', environment: furthest.environment, release }
}

function isStage(plan: EnvironmentPlan, service: string, stage: string | null): boolean {
  if (plan.environment.service !== service) return false
  return stage === null ? plan.isLast : plan.environment.stage === stage
}

/** Lower case, without port and without the dot that ends an absolute name. */
function hostName(host: string): string {
  return host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}

function labelsUnder(name: string, suffix: string): readonly string[] | undefined {
  if (!name.endsWith(`.${suffix}`)) return undefined
  return name.slice(0, -suffix.length - 1).split('.')
}
