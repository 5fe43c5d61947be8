import { expect, onTestFinished, test } from 'vitest'
import { runServer, type RunningServer } from '../../test/fakes/running-server.ts'
import { until } from '../../test/kit/until.ts'
import { explainRoute } from '../domain/traffic/explain-route.ts'
import { askedFacts } from '../domain/traffic/asked-facts.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'
import { noTables } from '../domain/traffic/request-facts.ts'
import type { RouteRule } from '../domain/traffic/route-rule.ts'
import { createResolveClient, type ResolveClient, type ResolveClientOptions } from './resolve-client.ts'

const base = { percent: 100, expiresAt: null, reason: 'r', by: 'anna', since: 0 }
const RULES: readonly RouteRule[] = [
  {
    ...base,
    id: 'r1',
    salt: 'r1',
    when: [{ attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } }],
    to: { track: 'beta' },
  },
  {
    ...base,
    id: 'r2',
    salt: 'r2',
    when: [
      {
        attribute: { from: 'lookup', table: 'customers', column: 'plan' },
        test: { op: 'is', value: 'free' },
      },
    ],
    to: { release: 24 },
  },
  { ...base, id: 'r3', salt: 'r3', percent: 30, when: [], to: { track: 'beta' } },
]

function plan(generation: number, beta: number): EnvironmentPlan {
  return {
    environment: { service: 'shop', stage: 'production' },
    generation,
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
    tracks: [{ track: 'beta', shares: [{ release: beta, weightPercent: 100 }] }],
    rules: RULES,
  }
}

async function started(): Promise<RunningServer> {
  const running = await runServer()
  onTestFinished(() => running.close())
  running.control.traffic.planNow = plan(1, 23)
  return running
}

function client(server: string, more: Partial<ResolveClientOptions> = {}): ResolveClient {
  const made = createResolveClient({ server, service: 'shop', ...more })
  onTestFinished(() => made.close())
  return made
}

test('decides by itself as the routers do, for anybody', async () => {
  const { url } = await started()
  const resolver = client(url)
  expect(resolver.resolve({ customer: 'acme' })).toBeNull()
  await resolver.ready()
  expect(resolver.resolve({ customer: 'acme' })).toEqual({
    release: 23,
    track: 'beta',
    rule: 'r1',
    generation: 1,
  })
  const free = { customer: 'tiny', lookups: { customers: { plan: 'free' } } }
  expect(resolver.resolve(free)).toMatchObject({ release: 24, track: null, rule: 'r2' })
  for (let n = 0; n < 2_000; n += 1) {
    const about = { user: `user-${n}` }
    const told = explainRoute(plan(1, 23), askedFacts(about, plan(1, 23)), noTables, 0)
    expect(resolver.resolve(about)?.release).toBe(told.release)
  }
})

test('hears of a newer plan at once, and takes no older one', async () => {
  const { url, control } = await started()
  const resolver = client(url)
  await resolver.ready()
  const heard: number[] = []
  resolver.onChange((generation) => heard.push(generation))
  await until('the newer plan', () => {
    control.traffic.planNow = plan(2, 24)
    control.change()
    return resolver.resolve({ customer: 'acme' })?.release === 24
  })
  expect(heard).toEqual([2])
})

test('goes on with its last plan while the server is away, also after a start without one', async () => {
  const running = await started()
  let kept: string | null = null
  const keep = {
    read: async () => kept,
    write: async (text: string) => {
      kept = text
    },
  }
  const troubles: Error[] = []
  const resolver = client(running.url, { keep, onTrouble: (error) => troubles.push(error) })
  await resolver.ready()
  await until('the plan is kept', () => kept !== null)
  await running.close()
  await until('the server is missed', () => troubles.length > 0)
  expect(resolver.resolve({ customer: 'acme' })?.release).toBe(23)
  const later = client(running.url, { keep })
  await later.ready()
  expect(later.resolve({ customer: 'acme' })?.release).toBe(23)
})
