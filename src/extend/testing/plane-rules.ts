// Rules of every kind, the requests to ask them with, and what the domain itself decides: a data plane must agree.
import { asByteText } from '../../domain/traffic/byte-text.ts'
import { compileRoutes } from '../../domain/traffic/compile-routes.ts'
import { askedFacts, type AskedAbout } from '../../domain/traffic/asked-facts.ts'
import type { EnvironmentPlan } from '../../domain/traffic/plan.ts'
import { noTables } from '../../domain/traffic/request-facts.ts'
import type { RouteRule, RuleCondition } from '../../domain/traffic/route-rule.ts'
import { armAt, splitOrder, splitPoint } from '../../domain/traffic/sticky-split.ts'

const HOUR_MS = 3_600_000

export function ruleOf(
  when: readonly RuleCondition[],
  to: RouteRule['to'],
  changes: Partial<RouteRule> = {},
): RouteRule {
  return {
    ...{ id: 'rule', when, to, percent: 100, salt: 'rule-salt', expiresAt: null },
    ...{ reason: 'contract', by: 'anna', since: 1 },
    ...changes,
  }
}

/** Each attribute and each test, alone and together, in both orders, with shares, and with rules that lead nowhere. */
export function ruleSets(): readonly (readonly RouteRule[])[] {
  const when = (attribute: RuleCondition['attribute'], test: RuleCondition['test']): RuleCondition => ({
    attribute,
    test,
  })
  const header = when({ from: 'header', name: 'x-plan' }, { op: 'is', value: 'größe, "a b"\'c' })
  const cookie = when({ from: 'cookie', name: 'staff' }, { op: 'present' })
  const query = when({ from: 'query', name: 'v' }, { op: 'one-of', values: ['2 3', '~!*(|&:%'] })
  const path = when({ from: 'path' }, { op: 'prefix', value: '/docs' })
  const host = when({ from: 'host' }, { op: 'is', value: 'production.shop.localhost' })
  const user = when({ from: 'user' }, { op: 'one-of', values: ['anna', 'bert'] })
  const customer = when({ from: 'customer' }, { op: 'is', value: 'acme' })
  const [beta, thirteen, fourteen, stable] = [
    { track: 'beta' },
    { release: 13 },
    { release: 14 },
    { track: 'stable' },
  ]
  return [
    [ruleOf([header], thirteen), ruleOf([cookie], fourteen), ruleOf([], beta, { percent: 50 })],
    [ruleOf([path, query], fourteen), ruleOf([path], thirteen), ruleOf([customer], beta)],
    [
      ruleOf([], { release: 99 }),
      ruleOf([], { track: 'empty' }),
      ruleOf([user], fourteen, { percent: 30, salt: 'x' }),
      ruleOf([host], thirteen),
    ],
    [
      ruleOf([customer, cookie], stable),
      ruleOf([customer], thirteen),
      ruleOf([], beta, { expiresAt: 1 }),
      ruleOf([], fourteen, { percent: 0 }),
    ],
    [ruleOf([user], stable, { expiresAt: Date.now() + HOUR_MS }), ruleOf([], beta)],
    Array.from({ length: 300 }, (_, n) =>
      ruleOf(
        [when({ from: 'customer' }, { op: 'is', value: `customer-${n}` })],
        n % 2 === 0 ? thirteen : fourteen,
      ),
    ),
  ]
}

export function questions(): readonly AskedAbout[] {
  const users = ['anna', 'bert', 'cleo', '17', 'x-99']
  const all: AskedAbout[] = users.map((user) => ({
    cookies: { uid: user },
    path: '/',
    host: 'shop.localhost',
  }))
  const base = { cookies: { uid: 'dora' }, path: '/', host: 'shop.localhost' }
  return [
    ...all,
    { ...base, headers: { 'x-plan': 'größe, "a b"\'c' } },
    { ...base, headers: { 'x-plan': 'free' }, cookies: { uid: 'emil', staff: '1' } },
    { ...base, path: '/docs/a', query: { v: '2 3' } },
    { ...base, path: '/docs', query: { v: '~!*(|&:%' } },
    { ...base, path: '/doc', query: { v: '2' } },
    { ...base, host: 'production.shop.localhost' },
    { ...base, headers: { 'x-customer': 'acme' } },
    { ...base, headers: { 'x-customer': 'acme' }, cookies: { uid: 'anna', staff: 'yes' } },
    { ...base, headers: { 'x-customer': 'customer-277' } },
    { ...base, headers: { 'x-customer': 'customer-30' } },
  ]
}

export function decided(plan: EnvironmentPlan, asked: AskedAbout): number | undefined {
  const isThere = ({ release }: { readonly release: number }) =>
    plan.arms.some((arm) => arm.release === release && arm.instances.length > 0)
  const routes = compileRoutes(plan, (share) => (isThere(share) ? share : undefined))
  const facts = askedFacts(asked, plan)
  const split = routes?.choose(facts, noTables, Date.now())?.split ?? splitOrder(plan.arms)
  return armAt(split, splitPoint(plan.salt, facts.subject()))?.release
}

export function requestOf({
  headers,
  cookies = {},
  query = {},
  path,
  host,
}: AskedAbout): [Record<string, string>, string] {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
  const asBytes = Object.entries(headers ?? {}).map(([name, value]) => [name, asByteText(value)])
  const search = new URLSearchParams(query).toString()
  return [
    { ...Object.fromEntries(asBytes), cookie: cookie.join('; '), host: host ?? 'shop.localhost' },
    search === '' ? (path ?? '/') : `${path}?${search}`,
  ]
}
