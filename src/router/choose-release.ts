// Where one request goes: decided once, at its head, from the plans in force at that moment.
import type { IncomingMessage } from 'node:http'
import { PASS_HEADER, readReleasePass } from '../api/router-admin/release-pass.ts'
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { LookupTables } from '../domain/traffic/request-facts.ts'
import { armAt, splitPoint } from '../domain/traffic/sticky-split.ts'
import { knownAddresses, routeHost } from './host-routing.ts'
import type { HostRules } from './host-routing.ts'
import { NOTHING_RUNS, notHere } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import type { PlanTable, ServedArm, ServedPlan } from './plan-table.ts'
import { requestFacts, type RequestHead } from './request-facts.ts'
import { splitSubject } from './split-subject.ts'

export type Chosen = {
  readonly served: ServedPlan
  readonly arm: ServedArm
  readonly setCookie: string | undefined
}

export type Choice = ({ readonly found: 'arm' } & Chosen) | { readonly found: 'page'; readonly page: OwnPage }

export type Choosing = {
  readonly plans: PlanTable
  readonly hosts: HostRules
  /** Lookup tables of a service, for its rules. */
  readonly lookups: (service: string) => LookupTables
  readonly passSecret: Buffer
  readonly randomHex: (bytes: number) => string
  readonly now: () => number
}

export function chooseRelease(req: IncomingMessage, host: string, choosing: Choosing): Choice {
  const { plans, hosts, passSecret, randomHex, now } = choosing
  const known = [...plans.all()].map((served) => served.plan)
  const route = routeHost(host, req.socket.localPort ?? 0, known, hosts)
  if (route.leadsTo === 'nowhere') return page(notHere(knownAddresses(known, hosts.suffix)))
  const served = plans.get(route.environment)
  if (served === undefined) return page(NOTHING_RUNS)
  if (route.leadsTo === 'release') return namedRelease(served, route.release)
  const pass = passOf(req)
  const passed = pass && readReleasePass(passSecret, route.environment, pass, now())
  if (typeof passed === 'number') return namedRelease(served, passed)
  const { subject, setCookie } = splitSubject(req.headers, served.plan.userKey, randomHex)
  const arm = armFor(served, () => headOf(req, host), subject, choosing)
  if (arm !== undefined && arm.upstreams.length > 0) return { found: 'arm', served, arm, setCookie }
  const other = heaviestWithInstances(served)
  return other === undefined ? page(NOTHING_RUNS) : { found: 'arm', served, arm: other, setCookie }
}

/** Which release, of all that a plan has: its rules first, and who none of them speaks of gets a share of `stable`. */
export function armFor(
  served: ServedPlan,
  head: () => RequestHead,
  subject: string,
  { lookups, now }: Pick<Choosing, 'lookups' | 'now'>,
): ServedArm | undefined {
  const { plan, routes } = served
  const routed =
    routes === null
      ? undefined
      : routes.choose(requestFacts(head(), plan, subject), lookups(plan.environment.service), now())
  return armAt(routed?.split ?? served.split, splitPoint(plan.salt, subject))
}

function headOf(req: IncomingMessage, host: string): RequestHead {
  return {
    header: (name) => {
      const value = req.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    host,
    path: req.url ?? '/',
  }
}

/** For a door: exactly this release, by the plan in force now. */
export function chooseExactly(plans: PlanTable, environment: Environment, release: ReleaseNumber): Choice {
  const served = plans.get(environment)
  return served === undefined ? page(NOTHING_RUNS) : namedRelease(served, release)
}

function namedRelease(served: ServedPlan, release: ReleaseNumber): Choice {
  const arm = served.arms.find((each) => each.release === release && each.upstreams.length > 0)
  if (arm !== undefined) return { found: 'arm', served, arm, setCookie: undefined }
  const { service, stage } = served.plan.environment
  return page({
    status: 404,
    code: 'router/release-not-here',
    title: `Release ${release} does not run here`,
    text: `Neither is release ${release} of ${service} live in ${stage}, nor is it kept warm.`,
  })
}

/** A weighted arm without instances is a plan that should not be; whoever can answer does. */
function heaviestWithInstances(served: ServedPlan): ServedArm | undefined {
  return served.split
    .filter((arm) => arm.upstreams.length > 0)
    .toSorted((a, b) => b.weightPercent - a.weightPercent)[0]
}

function passOf(req: IncomingMessage): string | undefined {
  const value = req.headers[PASS_HEADER.toLowerCase()]
  return typeof value === 'string' ? value : undefined
}

function page(own: OwnPage): Choice {
  return { found: 'page', page: own }
}
