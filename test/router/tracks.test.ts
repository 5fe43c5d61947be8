// Who gets what, over real sockets: tracks, rules and lookup tables of a plan in force.
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { createBuiltInLookups } from '../../src/adapters/traffic-router/built-in/built-in-lookups.ts'
import { createRouterMetrics } from '../../src/adapters/metric-source/router/router-metrics.ts'
import { createLookupBuilder } from '../../src/domain/traffic/lookup-builder.ts'
import type { PlanTrack } from '../../src/domain/traffic/plan.ts'
import type { RouteRule } from '../../src/domain/traffic/route-rule.ts'
import { arm, PRODUCTION, startLab, startRelease, stateFolder, systemClock } from './router-lab.ts'

const customerKey = { from: 'header', name: 'x-customer' } as const

function get(port: number, headers: Record<string, string> = {}, path = '/'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers: { host: 'shop.localhost', ...headers } })
    asked.on('error', reject)
    asked.on('response', (answer) => {
      let text = ''
      answer.on('data', (part) => (text += String(part)))
      answer.on('end', () => resolve(text))
    })
    asked.end()
  })
}

function rule(id: string, more: Partial<RouteRule>): RouteRule {
  const base = { when: [], percent: 100, salt: id, to: { track: 'beta' }, expiresAt: null }
  return { id, ...base, reason: 'for a test', by: 'anna', since: 0, ...more }
}

const track = (name: string, release: number): PlanTrack => ({
  track: name,
  shares: [{ release, weightPercent: 100 }],
})
const acme = { attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } } as const
const free = {
  attribute: { from: 'lookup', table: 'customers', column: 'plan' },
  test: { op: 'is', value: 'free' },
} as const

async function threeReleases() {
  const [one, two, three] = await Promise.all(['22', '23', '24'].map((name) => startRelease(name)))
  return [
    arm(22, 100, [one?.port ?? 0]),
    arm(23, 0, [two?.port ?? 0]),
    arm(24, 0, [three?.port ?? 0]),
  ] as const
}

async function pushed(stateDir: string, generation: number, rows: Readonly<Record<string, string>>) {
  const key = { from: 'customer' } as const
  const builder = createLookupBuilder({ table: 'customers', generation, key, columns: ['plan'] })
  for (const [customer, plan] of Object.entries(rows)) builder.add(customer, [plan])
  const { table, parts } = builder.build()
  await createBuiltInLookups({ stateDir, clock: systemClock }).put('shop', table.head, parts)
}

test('one customer gets experimental, the free plan 23, everybody else 22, each counted apart', async () => {
  const lab = await startLab()
  const rules = [
    rule('acme', { when: [acme], to: { track: 'experimental' } }),
    rule('free', { when: [free], to: { release: 23 } }),
  ]
  await pushed(lab.stateDir, 1, { acme: 'free', tiny: 'free', huge: 'paying' })
  await lab.apply({ arms: await threeReleases(), tracks: [track('experimental', 24)], rules, customerKey })
  const who = (customer: string) => get(lab.port, { 'x-customer': customer })
  expect([await who('acme'), await who('tiny'), await who('huge'), await get(lab.port)]).toEqual([
    '24',
    '23',
    '22',
    '22',
  ])
  const seen = await createRouterMetrics({ stateDir: lab.stateDir, clock: systemClock }).read(PRODUCTION)
  expect(seen.arms.filter(({ requests }) => requests > 0)).toMatchObject([{ release: 22, requests: 2 }])
  expect(seen.tracks?.map(({ release, track: name, requests }) => [release, name, requests])).toEqual([
    [23, null, 1],
    [24, 'experimental', 1],
  ])
})

test('moving a tag takes effect with the acknowledgement, and an expired rule ends without anybody', async () => {
  let now = 1_000
  const lab = await startLab({ clock: { ...systemClock, now: () => now } })
  const arms = await threeReleases()
  const rules = [rule('acme', { when: [acme], expiresAt: 2_000 })]
  await lab.apply({ arms, tracks: [track('beta', 23)], rules, customerKey })
  expect(await get(lab.port, { 'x-customer': 'acme' })).toBe('23')
  await lab.apply({ arms, tracks: [track('beta', 24)], rules, customerKey })
  expect(await get(lab.port, { 'x-customer': 'acme' })).toBe('24')
  now = 2_000
  expect(await get(lab.port, { 'x-customer': 'acme' })).toBe('22')
})

test('a table that is pushed again is in force with the acknowledgement, and a new process reads it from disk', async () => {
  const stateDir = await stateFolder()
  const lab = await startLab({ stateDir })
  const plan = { arms: await threeReleases(), rules: [rule('free', { when: [free], to: { release: 23 } })] }
  await lab.apply({ ...plan, customerKey })
  const tiny = (port: number) => get(port, { 'x-customer': 'tiny' })
  expect(await tiny(lab.port)).toBe('22')
  await pushed(stateDir, 1, { tiny: 'free' })
  expect(await tiny(lab.port)).toBe('23')
  await pushed(stateDir, 2, { tiny: 'paying' })
  expect(await tiny(lab.port)).toBe('22')
  await pushed(stateDir, 3, { tiny: 'free' })
  await lab.router.stop()
  const next = await startLab({ stateDir })
  expect(await tiny(next.port)).toBe('23')
  await expect(pushed(stateDir, 3, {})).rejects.toMatchObject({ code: 'lookup/stale' })
})

test('names beyond ASCII are looked up by the bytes that clients send', async () => {
  const lab = await startLab()
  const key = { from: 'header', name: 'x-city' } as const
  const builder = createLookupBuilder({ table: 'customers', generation: 1, key, columns: ['plan'] })
  builder.add(Buffer.from('Köln').toString('latin1'), ['free'])
  const { table, parts } = builder.build()
  await createBuiltInLookups({ stateDir: lab.stateDir, clock: systemClock }).put('shop', table.head, parts)
  const city = { attribute: key, test: { op: 'is', value: 'Zürich' } } as const
  const rules = [rule('city', { when: [city] }), rule('free', { when: [free], to: { release: 24 } })]
  await lab.apply({ arms: await threeReleases(), tracks: [track('beta', 23)], rules })
  const from = (name: string) => get(lab.port, { 'x-city': Buffer.from(name).toString('latin1') })
  expect([await from('Köln'), await from('Zürich'), await from('Bern')]).toEqual(['24', '23', '22'])
})
