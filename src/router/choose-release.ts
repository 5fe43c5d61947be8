// Where one request goes: decided once, at its head, from the plans in force at that moment.
import { PASS_HEADER, readReleasePass } from '../api/router-admin/release-pass.ts'
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { LookupTables } from '../domain/traffic/request-facts.ts'
import { armAt, splitPoint } from '../domain/traffic/sticky-split.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { HostTable } from './host-table.ts'
import { maintenancePage, NOTHING_RUNS } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import type { PlanTable, ServedArm, ServedPlan } from './plan-table.ts'
import { requestFacts } from './request-facts.ts'
import { splitSubject } from './split-subject.ts'
import type { TokenReader } from './tokens/token-reader.ts'

const PASS_HEADER_NAME = PASS_HEADER.toLowerCase()

export type Chosen = {
  readonly served: ServedPlan
  readonly arm: ServedArm
  readonly setCookie: string | undefined
}

export type Choice = ({ readonly found: 'arm' } & Chosen) | { readonly found: 'page'; readonly page: OwnPage }

export type Choosing = {
  readonly hosts: HostTable
  /** Lookup tables of a service, for its rules. */
  readonly lookups: (service: string) => LookupTables
  readonly tokens: TokenReader
  readonly passSecret: Buffer
  readonly randomHex: (bytes: number) => string
  readonly now: () => number
}

/** Everything that decides which release gets a request is asked here, and only here. */
export function chooseRelease(head: RequestHead, localPort: number, choosing: Choosing): Choice {
  const { hosts, passSecret, randomHex, now } = choosing
  const place = hosts.find(head.host, localPort)
  if (place.leadsTo === 'page') return page(place.page)
  const { served } = place
  if (place.leadsTo === 'release') return namedRelease(served, place.release)
  const pass = head.header(PASS_HEADER_NAME)
  const passed = pass && readReleasePass(passSecret, served.plan.environment, pass, now())
  if (typeof passed === 'number') return namedRelease(served, passed)
  if (served.plan.maintenance !== undefined) return page(maintenancePage(served.plan.maintenance))
  const { subject, setCookie } = splitSubject(head, served.plan.userKey, randomHex)
  const arm = armFor(served, head, subject, choosing)
  if (arm !== undefined && arm.upstreams.length > 0) return { found: 'arm', served, arm, setCookie }
  const other = heaviestWithInstances(served)
  return other === undefined ? page(NOTHING_RUNS) : { found: 'arm', served, arm: other, setCookie }
}

/** Before a request is looked at: undefined, as nearly always, where there is nothing to wait for. */
export function prepareToChoose(
  head: RequestHead,
  localPort: number,
  { hosts, tokens }: Pick<Choosing, 'hosts' | 'tokens'>,
): Promise<void> | undefined {
  const place = hosts.find(head.host, localPort)
  return place.leadsTo === 'environment' ? tokens.prepare(head, place.served.plan) : undefined
}

/** Which release, of all that a plan has: its rules first, and who none of them speaks of gets a share of `stable`. */
export function armFor(
  served: ServedPlan,
  head: RequestHead,
  subject: string,
  { lookups, tokens, now }: Pick<Choosing, 'lookups' | 'tokens' | 'now'>,
): ServedArm | undefined {
  const { plan, routes } = served
  const claim = (name: string) => tokens.claim(head, plan, name)
  const routed =
    routes === null
      ? undefined
      : routes.choose(requestFacts(head, plan, subject, claim), lookups(plan.environment.service), now())
  return armAt(routed?.split ?? served.split, splitPoint(plan.salt, subject))
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

function page(own: OwnPage): Choice {
  return { found: 'page', page: own }
}
