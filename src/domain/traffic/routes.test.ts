import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRoutes } from './compile-routes.ts'
import { explainRoute } from './explain-route.ts'
import type { EnvironmentPlan } from './plan.ts'
import { noTables, type LookupTables, type RequestFacts } from './request-facts.ts'
import type { RouteRule, RuleAttribute, RuleCondition } from './route-rule.ts'
import { routeWarnings } from './route-warnings.ts'
import { armAt, splitPoint } from './sticky-split.ts'

type Asked = Readonly<Record<string, string>>

/** Attributes by `header:x-plan`, `host`, `user` …; the subject is the user. */
function request(asked: Asked): RequestFacts {
  return {
    named: (from, name) => asked[`${from}:${name}`],
    host: () => asked['host'],
    path: () => asked['path'],
    user: () => asked['user'],
    customer: () => asked['customer'] ?? asked['user'],
    subject: () => asked['user'] ?? 'nobody',
  }
}

const customer: RuleAttribute = { from: 'customer' }
const is = (attribute: RuleAttribute, value: string): RuleCondition => ({
  attribute,
  test: { op: 'is', value },
})

function rule(id: string, more: Partial<RouteRule> = {}): RouteRule {
  return {
    id,
    when: [],
    percent: 100,
    salt: id,
    to: { track: 'beta' },
    expiresAt: null,
    reason: 'for a test',
    by: 'anna',
    since: 0,
    ...more,
  }
}

function plan(
  rules: readonly RouteRule[],
  tracks: Readonly<Record<string, number>> = { beta: 23, experimental: 24 },
): EnvironmentPlan {
  return {
    environment: { service: 'shop', stage: 'production' },
    generation: 1,
    salt: 'shop/production',
    userKey: { from: 'header', name: 'x-user' },
    drainMs: 0,
    healthPath: null,
    isLast: true,
    arms: [22, 23, 24].map((release) => ({
      release,
      weightPercent: release === 22 ? 100 : 0,
      instances: [{ id: `i${release}`, host: '127.0.0.1', port: release }],
    })),
    tracks: Object.entries(tracks).map(([track, release]) => ({
      track,
      shares: [{ release, weightPercent: 100 }],
    })),
    rules,
  }
}

/** What the router does: the rules, and else the arms of `stable`. */
function releaseOf(
  asked: EnvironmentPlan,
  facts: RequestFacts,
  tables: LookupTables = noTables,
  now = 0,
): number | undefined {
  const runs = new Set(
    asked.arms.filter(({ instances }) => instances.length > 0).map(({ release }) => release),
  )
  const routes = compileRoutes(asked, (share) => (runs.has(share.release) ? share : undefined))
  const chosen = routes?.choose(facts, tables, now)
  const stable = asked.arms.filter(({ weightPercent }) => weightPercent > 0)
  return armAt(chosen?.split ?? stable, splitPoint(asked.salt, facts.subject()))?.release
}

describe('rules', () => {
  test('a plan without rules costs nothing and gives stable', () => {
    expect(compileRoutes(plan([]), (share) => share)).toBeNull()
    const { rules: _, tracks: __, ...old } = plan([])
    expect(compileRoutes(old, (share) => share)).toBeNull()
  })

  test('the first that fits wins, whichever attribute it asks for', () => {
    const asked = plan([
      rule('acme', { when: [is(customer, 'acme')], to: { track: 'experimental' } }),
      rule('free', { when: [is({ from: 'header', name: 'x-plan' }, 'free')] }),
      rule('docs', {
        when: [{ attribute: { from: 'path' }, test: { op: 'prefix', value: '/docs' } }],
        to: { release: 24 },
      }),
    ])
    const who = (more: Asked) => releaseOf(asked, request({ user: 'u', ...more }))
    expect(who({})).toBe(22)
    expect(who({ customer: 'acme' })).toBe(24)
    expect(who({ customer: 'acme', 'header:x-plan': 'free' })).toBe(24)
    expect(who({ 'header:x-plan': 'free' })).toBe(23)
    expect(who({ 'header:x-plan': 'free', path: '/docs/1' })).toBe(23)
    expect(who({ path: '/docs/1' })).toBe(24)
  })

  test('all conditions of a rule must hold, and what is absent passes none', () => {
    const both = rule('both', {
      when: [is(customer, 'acme'), { attribute: { from: 'cookie', name: 'staff' }, test: { op: 'present' } }],
    })
    const who = (more: Asked) => releaseOf(plan([both]), request({ user: 'u', ...more }))
    expect(who({ customer: 'acme' })).toBe(22)
    expect(who({ customer: 'acme', 'cookie:staff': '' })).toBe(23)
    expect(who({ 'cookie:staff': '1' })).toBe(22)
  })

  test('an expired rule fits nobody from that very millisecond on', () => {
    const asked = plan([rule('brief', { expiresAt: 1_000 })])
    expect(releaseOf(asked, request({}), noTables, 999)).toBe(23)
    expect(releaseOf(asked, request({}), noTables, 1_000)).toBe(22)
  })

  test('a rule that leads to nothing that runs is passed over', () => {
    const nowhere = plan([
      rule('gone', { to: { release: 7 } }),
      rule('typo', { to: { track: 'betta' } }),
      rule('fine', { to: { track: 'experimental' } }),
    ])
    expect(releaseOf(nowhere, request({}))).toBe(24)
    expect(explainRoute(nowhere, request({}), noTables, 0).rules.map(({ why }) => why)).toEqual([
      '#7 does not run here, so the rule is passed over',
      'there is no track betta, so the rule is passed over',
      'it is for everybody',
    ])
  })

  test('a rule may lead back to stable, before wider ones', () => {
    const asked = plan([
      rule('not-acme', { when: [is(customer, 'acme')], to: { track: 'stable' } }),
      rule('all', { to: { track: 'beta' } }),
    ])
    expect(releaseOf(asked, request({ customer: 'acme' }))).toBe(22)
    expect(releaseOf(asked, request({ customer: 'other' }))).toBe(23)
  })

  test('a column of a lookup table is an attribute like any other', () => {
    const rows: Readonly<Record<string, string>> = { acme: 'paying', tiny: 'free' }
    const tables: LookupTables = {
      get: (table) =>
        table === 'customers'
          ? { key: { from: 'customer' }, cell: (key, column) => (column === 'plan' ? rows[key] : undefined) }
          : undefined,
    }
    const free = is({ from: 'lookup', table: 'customers', column: 'plan' }, 'free')
    const asked = plan([rule('free', { when: [free] })])
    expect(releaseOf(asked, request({ customer: 'tiny' }), tables)).toBe(23)
    expect(releaseOf(asked, request({ customer: 'acme' }), tables)).toBe(22)
    expect(releaseOf(asked, request({ customer: 'new' }), tables)).toBe(22)
    expect(releaseOf(asked, request({ customer: 'tiny' }))).toBe(22)
  })
})

describe('a share of those who fit', () => {
  const percentRule = (percent: number) => plan([rule('some', { percent })])
  const subject = fc.string({ minLength: 1, maxLength: 60, unit: 'binary-ascii' })

  test('growing it moves nobody who was in, and the answer never changes by itself', () => {
    fc.assert(
      fc.property(subject, fc.integer({ min: 0, max: 100 }), fc.nat(100), (user, percent, more) => {
        const before = releaseOf(percentRule(percent), request({ user }))
        expect(releaseOf(percentRule(percent), request({ user }))).toBe(before)
        if (before === 23)
          expect(releaseOf(percentRule(Math.min(100, percent + more)), request({ user }))).toBe(23)
      }),
    )
  })

  test('it takes as many as it says', () => {
    const asked = percentRule(20)
    let inside = 0
    for (let n = 0; n < 20_000; n++) if (releaseOf(asked, request({ user: `user-${n}` })) === 23) inside++
    // 4,000 expected, standard deviation about 57.
    expect(Math.abs(inside - 4_000)).toBeLessThan(290)
  })

  test('two rules place the same people independently', () => {
    const one = plan([rule('a', { percent: 10 })])
    const other = plan([rule('b', { percent: 10 })])
    let both = 0
    for (let n = 0; n < 50_000; n++) {
      const facts = request({ user: `user-${n}` })
      if (releaseOf(one, facts) === 23 && releaseOf(other, facts) === 23) both++
    }
    // 500 expected, standard deviation about 22.
    expect(Math.abs(both - 500)).toBeLessThan(115)
  })
})

describe('what is compiled', () => {
  const name = fc.constantFrom('acme', 'tiny', 'huge')
  const attribute = fc.constantFrom<RuleAttribute>(
    customer,
    { from: 'host' },
    { from: 'path' },
    { from: 'header', name: 'x-plan' },
    { from: 'cookie', name: 'x-plan' },
  )
  const condition: fc.Arbitrary<RuleCondition> = fc.record({
    attribute,
    test: fc.oneof(
      fc.record({ op: fc.constant('is' as const), value: name }),
      fc.record({ op: fc.constant('one-of' as const), values: fc.array(name, { maxLength: 3 }) }),
      fc.record({ op: fc.constant('prefix' as const), value: fc.constantFrom('a', 'ti', '') }),
      fc.record({ op: fc.constant('present' as const) }),
    ),
  })
  const someRule = fc.record({
    when: fc.array(condition, { maxLength: 3 }),
    percent: fc.constantFrom(0, 30, 100),
    salt: fc.constantFrom('one', 'two'),
    to: fc.constantFrom<RouteRule['to']>(
      { track: 'beta' },
      { track: 'none' },
      { release: 24 },
      { release: 7 },
    ),
    expiresAt: fc.constantFrom(null, 0, 10),
  })
  const rules = fc
    .array(someRule, { maxLength: 8 })
    .map((all) => all.map((one, index) => rule(`r${index}`, one)))
  const asked = fc.record(
    {
      customer: name,
      host: name,
      path: name,
      'header:x-plan': name,
      'cookie:x-plan': name,
      user: fc.string({ minLength: 1 }),
    },
    { requiredKeys: [] },
  )

  test('chooses as the rules read one by one do, for any rules and any request', () => {
    fc.assert(
      fc.property(rules, asked, fc.constantFrom(-1, 5, 20), (all, who, now) => {
        const facts = request(who)
        const told = explainRoute(plan(all), facts, noTables, now)
        expect(releaseOf(plan(all), facts, noTables, now)).toBe(told.release)
        expect(told.rules.filter(({ wins }) => wins).length).toBeLessThanOrEqual(1)
        expect(told.rules.every(({ why }) => why !== '')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('a rule that is called unreachable, conflicting or fitting nobody never wins', () => {
    const around = {
      tracks: new Set(['beta', 'experimental']),
      releases: new Set([22, 23, 24]),
      tables: new Map(),
      now: 5,
    }
    const blamed = new Set(['route/unreachable', 'route/conflict', 'route/fits-nobody', 'route/expired'])
    let warned = 0
    fc.assert(
      fc.property(rules, asked, (all, who) => {
        const runs = all.filter(({ to }) => ('track' in to ? to.track !== 'none' : to.release !== 7))
        const bad = routeWarnings(runs, around).filter(({ code }) => blamed.has(code))
        warned += bad.length
        const winner = explainRoute(plan(runs), request(who), noTables, 5).rules.find(({ wins }) => wins)
        expect(bad.map((one) => one.rule)).not.toContain(winner?.rule.id)
      }),
      { numRuns: 500 },
    )
    expect(warned).toBeGreaterThan(50)
  })
})

describe('warnings', () => {
  const around = {
    tracks: new Set(['beta']),
    releases: new Set([22]),
    tables: new Map([['customers', ['plan']]]),
    now: 100,
  }
  const codes = (...rules: readonly RouteRule[]) =>
    routeWarnings(rules, around).map((warning) => `${warning.rule} ${warning.code}`)
  const acme = [is(customer, 'acme')]

  test('two rules for the same that lead apart are a conflict', () => {
    expect(codes(rule('a', { when: acme }), rule('b', { when: acme, to: { track: 'stable' } }))).toEqual([
      'b route/conflict',
    ])
  })

  test('a narrower rule below a wider one is never reached; above it, it is', () => {
    const wide = rule('wide', { when: [{ attribute: customer, test: { op: 'present' } }] })
    const narrow = rule('narrow', { when: acme, to: { track: 'stable' } })
    expect(codes(wide, narrow)).toEqual(['narrow route/unreachable'])
    expect(codes(narrow, wide)).toEqual([])
  })

  test('an exception that ends before the lasting rule below it is no mistake', () => {
    expect(
      codes(
        rule('brief', { when: acme, expiresAt: 200, to: { track: 'stable' } }),
        rule('b', { when: acme }),
      ),
    ).toEqual([])
  })

  test('what a rule leads to or looks at must be there, and it must be able to fit somebody', () => {
    const plan_ = (column: string, table = 'customers') => [is({ from: 'lookup', table, column }, 'free')]
    expect(codes(rule('a', { to: { track: 'gamma' } }))).toEqual(['a route/no-such-track'])
    expect(codes(rule('a', { to: { release: 9 } }))).toEqual(['a route/no-such-release'])
    expect(codes(rule('a', { when: plan_('plan') }))).toEqual([])
    expect(codes(rule('a', { when: plan_('color') }))).toEqual(['a route/no-such-table'])
    expect(codes(rule('a', { when: plan_('plan', 'users') }))).toEqual(['a route/no-such-table'])
    expect(codes(rule('a', { expiresAt: 100 }))).toEqual(['a route/expired'])
    expect(codes(rule('a', { when: [...acme, is(customer, 'tiny')] }))).toEqual(['a route/fits-nobody'])
    expect(codes(rule('a', { percent: 0 }))).toEqual(['a route/fits-nobody'])
  })
})
