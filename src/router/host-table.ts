// Hosts that were asked for, and where they lead by the plans in force: worked out once, until a plan changes.
import type { ReleaseNumber } from '../domain/names.ts'
import { knownAddresses, routeHost } from './host-routing.ts'
import type { HostRules } from './host-routing.ts'
import { NOTHING_RUNS, notHere } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import type { PlanTable, ServedPlan } from './plan-table.ts'

export type HostPlace =
  | { readonly leadsTo: 'environment'; readonly served: ServedPlan }
  | { readonly leadsTo: 'release'; readonly served: ServedPlan; readonly release: ReleaseNumber }
  | { readonly leadsTo: 'page'; readonly page: OwnPage }

/** Anybody can make hosts up: they are forgotten when they are too many. */
const HOSTS_MAX = 1_000

export class HostTable {
  readonly #plans: PlanTable
  readonly #rules: HostRules
  readonly #places = new Map<number, Map<string, HostPlace>>()
  #changes = -1

  constructor(plans: PlanTable, rules: HostRules) {
    this.#plans = plans
    this.#rules = rules
  }

  find(host: string, localPort: number): HostPlace {
    if (this.#changes !== this.#plans.changes) {
      this.#places.clear()
      this.#changes = this.#plans.changes
    }
    let places = this.#places.get(localPort)
    if (places === undefined || places.size > HOSTS_MAX) {
      places = new Map()
      this.#places.set(localPort, places)
    }
    const known = places.get(host)
    if (known !== undefined) return known
    const place = this.#workOut(host, localPort)
    places.set(host, place)
    return place
  }

  #workOut(host: string, localPort: number): HostPlace {
    const plans = [...this.#plans.all()].map((served) => served.plan)
    const route = routeHost(host, localPort, plans, this.#rules)
    if (route.leadsTo === 'nowhere') {
      return { leadsTo: 'page', page: notHere(knownAddresses(plans, this.#rules.suffix)) }
    }
    const served = this.#plans.get(route.environment)
    if (served === undefined) return { leadsTo: 'page', page: NOTHING_RUNS }
    return route.leadsTo === 'release'
      ? { leadsTo: 'release', served, release: route.release }
      : { leadsTo: 'environment', served }
  }
}
