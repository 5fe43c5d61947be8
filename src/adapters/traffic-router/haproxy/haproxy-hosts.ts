// Which host leads to which environment, or to one release of it: the whole map, made from all plans there are.
import { environmentKey } from '../../../domain/names.ts'
import type { EnvironmentPlan } from '../../../domain/traffic/plan.ts'

export type HaproxyHosts = {
  /** `localhost`: `shop.localhost` leads to the last stage of `shop`. */
  readonly suffix: string
  /** Names of the team's own. */
  readonly mappings: readonly {
    readonly address: string
    readonly service: string
    readonly stage: string | null
  }[]
}

/** Where a host leads that nobody names and that is not under the suffix. */
export const ANY_HOST = '*'

export function hostMap(
  plans: readonly EnvironmentPlan[],
  { suffix, mappings }: HaproxyHosts,
): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>()
  const furthestFirst = plans.toSorted(
    (a, b) => Number(b.isLast) - Number(a.isLast) || (b.stageIndex ?? 0) - (a.stageIndex ?? 0),
  )
  // What was put first stays: the furthest stage that has a release speaks for it.
  const put = (host: string, place: string) => void (hosts.has(host) || hosts.set(host, place))
  for (const { address, service, stage } of mappings) {
    const plan = furthestFirst.find(
      ({ environment, isLast }) =>
        environment.service === service && (stage === null ? isLast : environment.stage === stage),
    )
    if (plan !== undefined) put(address, environmentKey(plan.environment))
  }
  for (const { environment, isLast, arms } of furthestFirst) {
    const key = environmentKey(environment)
    const { service, stage } = environment
    put(`${stage}.${service}.${suffix}`, key)
    if (isLast) put(`${service}.${suffix}`, key)
    for (const { release, instances } of arms) {
      if (instances.length === 0) continue
      put(`r${release}.${stage}.${service}.${suffix}`, `${key}#${release}`)
      put(`r${release}.${service}.${suffix}`, `${key}#${release}`)
    }
  }
  const services = new Set(plans.map(({ environment }) => environment.service))
  const last = furthestFirst[0]
  if (services.size === 1 && last?.isLast === true) put(ANY_HOST, environmentKey(last.environment))
  return hosts
}
