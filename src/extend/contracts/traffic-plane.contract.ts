// What every data plane must do with requests, asked with real ones: which release answers whom, and that a change loses
// nobody. A case that a data plane cannot keep is left out by its name, with the reason in writing.
import { Agent } from 'node:http'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Environment } from '../../domain/names.ts'
import type { EnvironmentPlan, PlanArm } from '../../domain/traffic/plan.ts'
import { armAt, splitOrder, splitPoint } from '../../domain/traffic/sticky-split.ts'
import type { MetricSource } from '../../ports/metric-source.ts'
import type { TrafficRouter } from '../../ports/traffic-router.ts'
import { armOf, ask, holding, releaseOf, startInstance } from '../testing/plane-lab.ts'
import { decided, questions, requestOf, ruleOf, ruleSets } from '../testing/plane-rules.ts'

export type TrafficPlaneSubject = {
  readonly router: TrafficRouter
  /** Where requests go; hosts under `.localhost` are its services. */
  readonly port: number
  readonly metrics: MetricSource
}

export type LeftOut = Partial<Record<PlaneCase, string>>

const PRODUCTION: Environment = { service: 'shop', stage: 'production' }

type Tools = TrafficPlaneSubject & {
  /** Puts the next plan in force. */
  apply(changes: Partial<EnvironmentPlan> & { readonly arms: readonly PlanArm[] }): Promise<EnvironmentPlan>
}

const CASES = {
  'users are split as the plan says, each by the same hash': splitsUsers,
  'a user without a name is given one, and stays': givesNames,
  'rules decide as the domain decides, whatever they look at': followsRules,
  'a rule ends at its time, without a new plan': endsRules,
  'environments and releases have addresses, and others lead nowhere': hasAddresses,
  'where nothing runs a page says so': saysNothingRuns,
  'an environment that is closed says why, and its releases stay open': closes,
  'a ramp loses no request, and no old version answers after its acknowledgement': rampsWithoutLoss,
  'an instance that leaves finishes what it has, and is asked nothing new': drains,
  'what is under way can be seen and cut': cuts,
  'a door leads to its release alone, and is no evidence': keepsDoors,
  'nobody is believed about the client, and nothing of ours comes from outside': forwards,
  'bodies of any size pass in both directions': passesBodies,
  'an upgraded connection passes bytes both ways': upgrades,
  'an instance of HTTP/2 in clear text is spoken to in its own words': speaksHttp2,
  'requests and errors are counted by release and track': counts,
} as const satisfies Record<string, (tools: Tools) => Promise<void>>

export type PlaneCase = keyof typeof CASES

export function trafficPlaneContract(
  name: string,
  subject: () => Promise<TrafficPlaneSubject>,
  leftOut: LeftOut = {},
): void {
  describe(`${name} does with requests what its plan says`, () => {
    for (const [claim, check] of Object.entries(CASES)) {
      const reason = Object.entries(leftOut).find(([left]) => left === claim)?.[1]
      test.skipIf(reason !== undefined)(
        reason === undefined ? claim : `${claim} (left out: ${reason})`,
        async () => {
          const made = await subject()
          await check({ ...made, apply: applier(made.router) })
        },
      )
    }
  })
}

function applier(router: TrafficRouter): Tools['apply'] {
  let generation = 0
  return async (changes) => {
    generation += 1
    const plan: EnvironmentPlan = {
      environment: PRODUCTION,
      generation,
      salt: 'shop/production',
      userKey: { from: 'cookie', name: 'uid' },
      drainMs: 30_000,
      healthPath: null,
      isLast: true,
      ...changes,
    }
    await router.apply(plan, {
      key: `plane/${generation}`,
      fence: generation,
      signal: AbortSignal.timeout(20_000),
    })
    return plan
  }
}

async function splitsUsers({ apply, port }: Tools): Promise<void> {
  const arms = [await armOf(11, 62.5), await armOf(12, 27.5), await armOf(13, 10)]
  const users = Array.from({ length: 120 }, (_, n) => (n % 3 === 0 ? `anna-${n}` : `${n * 7919}`))
  for (const weights of [
    [62.5, 27.5, 10],
    [33.3, 33.3, 33.4],
    [0, 0, 100],
  ]) {
    const plan = await apply({ arms: arms.map((arm, at) => ({ ...arm, weightPercent: weights[at] ?? 0 })) })
    for (const user of users) {
      const wanted = armAt(splitOrder(plan.arms), splitPoint(plan.salt, user))
      expect([user, await releaseOf(port, { cookie: `uid=${user}` })]).toEqual([user, wanted?.release])
    }
  }
}

async function givesNames({ apply, port }: Tools): Promise<void> {
  await apply({ arms: [await armOf(11, 50), await armOf(12, 50)] })
  const seen = new Set<number>()
  for (let n = 0; n < 20; n += 1) {
    const first = await ask(port)
    const [, name] = /^sluice_user=([0-9a-f]{32});/.exec(String(first.headers['set-cookie']?.[0])) ?? []
    expect(name).toBeDefined()
    const again = await ask(port, { cookie: `a=b; sluice_user=${name}` })
    expect(again.headers['set-cookie']).toBeUndefined()
    expect(again.release).toBe(first.release)
    seen.add(first.release)
  }
  expect(seen).toEqual(new Set([11, 12]))
}

async function followsRules({ apply, port }: Tools): Promise<void> {
  const arms = [await armOf(11, 80), await armOf(12, 20), await armOf(13, 0), await armOf(14, 0)]
  const tracks = [
    {
      track: 'beta',
      shares: [
        { release: 13, weightPercent: 60 },
        { release: 12, weightPercent: 40 },
      ],
    },
    { track: 'empty', shares: [] },
  ]
  const customerKey = { from: 'header', name: 'x-customer' } as const
  for (const rules of ruleSets()) {
    const plan = await apply({ arms, tracks, rules, customerKey })
    for (const asked of questions()) {
      const wanted = decided(plan, asked)
      expect([rules.map(({ when }) => when), asked, await releaseOf(port, ...requestOf(asked))]).toEqual([
        rules.map(({ when }) => when),
        asked,
        wanted,
      ])
    }
  }
}

async function endsRules({ apply, port, router }: Tools): Promise<void> {
  const arms = [await armOf(11, 100), await armOf(12, 0)]
  const soonMs = Date.now() + 1_500
  const plan = await apply({ arms, rules: [ruleOf([], { release: 12 }, { expiresAt: soonMs })] })
  expect(await releaseOf(port, {})).toBe(12)
  await expect.poll(() => releaseOf(port, {}), { timeout: 10_000 }).toBe(11)
  expect(Date.now()).toBeGreaterThanOrEqual(soonMs)
  expect(await router.current(PRODUCTION)).toEqual(plan)
}

async function hasAddresses({ apply, router, port }: Tools): Promise<void> {
  const arms = [await armOf(11, 100), await armOf(12, 0)]
  await apply({ arms, stageIndex: 1 })
  const staging = { service: 'shop', stage: 'staging' }
  const plan = {
    environment: staging,
    generation: 1,
    salt: 's',
    userKey: null,
    drainMs: 1,
    healthPath: null,
    stageIndex: 0,
  }
  const inStaging = [await armOf(12, 0), await armOf(13, 100)]
  const call = { key: 'staging', fence: 1, signal: AbortSignal.timeout(20_000) }
  await router.apply({ ...plan, isLast: false, arms: inStaging }, call)
  const hosts = {
    'shop.localhost': 11,
    'SHOP.localhost:8080': 11,
    'production.shop.localhost': 11,
    'staging.shop.localhost': 13,
    'r12.shop.localhost': 12,
    'r12.staging.shop.localhost': 12,
    'r13.shop.localhost': 13,
    'elsewhere.example': 11,
  }
  for (const [host, release] of Object.entries(hosts))
    expect([host, await releaseOf(port, { host })]).toEqual([host, release])
  for (const host of ['other.localhost', 'r99.shop.localhost', 'x.y.z.shop.localhost'])
    expect([host, (await ask(port, { host })).status]).toEqual([host, 404])
}

async function saysNothingRuns({ apply, port }: Tools): Promise<void> {
  await apply({ arms: [{ release: 11, weightPercent: 0, instances: [] }] })
  const { status, headers } = await ask(port)
  expect(status).toBe(503)
  expect(headers).toMatchObject({ 'x-sluice-page': 'router/nothing-runs', 'retry-after': '5' })
}

async function closes({ apply, port }: Tools): Promise<void> {
  const arms = [await armOf(11, 100)]
  await apply({ arms, maintenance: 'Back at 14:00, "größer" 100%.' })
  const { status, headers, body } = await ask(port)
  expect(status).toBe(503)
  expect(headers).toMatchObject({ 'x-sluice-page': 'router/maintenance', 'retry-after': '60' })
  expect(Buffer.from(body, 'latin1').toString()).toMatch(/Back at 14:00, ("|&#34;)größer("|&#34;) 100%\./)
  expect(await releaseOf(port, { host: 'r11.shop.localhost' })).toBe(11)
  await apply({ arms })
  expect(await releaseOf(port, {})).toBe(11)
}

async function rampsWithoutLoss({ apply, port }: Tools): Promise<void> {
  const [old, next] = [await armOf(11, 100), await armOf(12, 0)]
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  onTestFinished(() => agent.destroy())
  await apply({ arms: [old, next] })
  let isOver = false
  let weight = { asked: 0, sure: 0 }
  const wrong: string[] = []
  let served = 0
  const client = async () => {
    while (!isOver) {
      const before = weight
      const { status, release } = await ask(port, {}, '/', { agent })
      served += 1
      if (status !== 200) wrong.push(`answered ${status}`)
      // Nothing was being changed while it was under way: then only one release may answer.
      else if (
        before === weight &&
        before.asked === before.sure &&
        release !== (before.sure === 100 ? 12 : 11)
      )
        wrong.push(`#${release} answered at ${before.sure}%`)
    }
  }
  const clients = Array.from({ length: 12 }, client)
  for (let flip = 0; flip < 30; flip += 1) {
    const to = flip % 2 === 0 ? 100 : 0
    weight = { asked: to, sure: 100 - to }
    await apply({
      arms: [
        { ...old, weightPercent: 100 - to },
        { ...next, weightPercent: to },
      ],
    })
    weight = { asked: to, sure: to }
    const enough = served + 20
    await expect.poll(() => served, { timeout: 10_000, interval: 5 }).toBeGreaterThan(enough)
  }
  isOver = true
  await Promise.all(clients)
  expect(wrong).toEqual([])
}

async function drains({ apply, router, port }: Tools): Promise<void> {
  const held = await holding()
  const next = await armOf(12, 100)
  await apply({ arms: [{ ...held.arm(11), weightPercent: 100 }] })
  const slow = ask(port)
  await expect.poll(held.count).toBe(1)
  await apply({ arms: [next] })
  expect(await releaseOf(port, {})).toBe(12)
  expect(await router.inFlight(PRODUCTION, 11)).toEqual({ requests: 1, streams: 0 })
  held.answer()
  expect((await slow).status).toBe(200)
  await expect.poll(() => router.inFlight(PRODUCTION, 11)).toEqual({ requests: 0, streams: 0 })
  for (let n = 0; n < 10; n += 1) expect(await releaseOf(port, {})).toBe(12)
  expect(held.count()).toBe(0)
}

async function cuts({ apply, router, port }: Tools): Promise<void> {
  const held = await holding()
  await apply({ arms: [held.arm(11)] })
  const slow = ask(port).then(
    ({ status }) => status,
    () => 0,
  )
  await expect.poll(held.count).toBe(1)
  const { requests } = await router.inFlight(PRODUCTION, 11)
  expect(requests).toBe(1)
  await router.cut(PRODUCTION, 11)
  expect(await slow).not.toBe(200)
  await expect.poll(() => router.inFlight(PRODUCTION, 11)).toEqual({ requests: 0, streams: 0 })
}

async function keepsDoors({ apply, router, metrics }: Tools): Promise<void> {
  await apply({ arms: [await armOf(11, 100), await armOf(12, 0)] })
  const door = await router.openDoor(PRODUCTION, 12)
  const other = await router.openDoor(PRODUCTION, 11)
  const [twelve, eleven] = [door, other].map(({ url }) => Number(new URL(url).port))
  for (let n = 0; n < 5; n += 1) expect(await releaseOf(twelve ?? 0, { cookie: `uid=${n}` })).toBe(12)
  expect(await releaseOf(eleven ?? 0, {})).toBe(11)
  await door.close()
  await door.close()
  const after = await ask(twelve ?? 0).catch(() => ({ status: 0 }))
  expect(after.status).not.toBe(200)
  expect(await releaseOf(eleven ?? 0, {})).toBe(11)
  await other.close()
  const { arms } = await metrics.read(PRODUCTION)
  expect(arms.reduce((sum, { requests }) => sum + requests, 0)).toBe(0)
}

async function forwards({ apply, port }: Tools): Promise<void> {
  await apply({
    arms: [
      await armOf(
        11,
        100,
        (req, res) => void res.setHeader('x-sluice-x', '1').end(JSON.stringify(req.headers)),
      ),
    ],
  })
  const answer = await ask(port, {
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-proto': 'https',
    'x-sluice-anything': 'mine',
    forwarded: 'for=6.6.6.6',
    traceparent: '00-a-b-01',
  })
  const saw = JSON.parse(answer.body) as IncomingHttpHeaders
  expect(saw).toMatchObject({
    host: 'shop.localhost',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'shop.localhost',
    traceparent: '00-a-b-01',
  })
  expect(saw).not.toHaveProperty('x-sluice-anything')
  expect(saw).not.toHaveProperty('forwarded')
  expect(answer.headers).not.toHaveProperty('x-sluice-x')
  expect(answer.headers['x-sluice-release']).toBe('11')
}

async function passesBodies({ apply, port }: Tools): Promise<void> {
  await apply({ arms: [await armOf(11, 100, (req, res) => void req.pipe(res))] })
  const body = 'x'.repeat(3_000_000)
  const sized = await ask(port, { 'content-length': String(body.length) }, '/', { method: 'POST', body })
  const chunked = await ask(port, {}, '/', { method: 'PUT', body })
  expect([sized.body.length, chunked.body.length]).toEqual([body.length, body.length])
}

async function upgrades({ apply, port }: Tools): Promise<void> {
  const instance = await startInstance((_req, res) => res.end())
  instance.server.on('upgrade', (_req, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  await apply({ arms: [{ release: 11, weightPercent: 100, instances: [instance.at] }] })
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  socket.write('GET / HTTP/1.1\r\nHost: shop.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  await expect.poll(() => text).toContain('101 Switching')
  socket.write('there and back')
  await expect.poll(() => text).toContain('there and back')
}

async function speaksHttp2({ apply, port }: Tools): Promise<void> {
  const server = createHttp2((req, res) => {
    res.setHeader('x-release', '11')
    req.pipe(res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const at = {
    id: 'h2',
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
  }
  await apply({ arms: [{ release: 11, weightPercent: 100, protocol: 'h2c', instances: [at] }] })
  expect((await ask(port, {}, '/', { method: 'POST', body: 'hello' })).body).toBe('hello')
}

async function counts({ apply, metrics, port }: Tools): Promise<void> {
  const bad: RequestListener = (req, res) => void res.writeHead(req.url === '/bad' ? 500 : 200).end()
  const arms = [await armOf(11, 100, bad), await armOf(12, 0, bad), await armOf(13, 0, bad)]
  const rules = [
    ruleOf([{ attribute: { from: 'header', name: 'x-a' }, test: { op: 'present' } }], { track: 'beta' }),
    ruleOf([{ attribute: { from: 'header', name: 'x-b' }, test: { op: 'present' } }], { release: 13 }),
  ]
  await apply({ arms, rules, tracks: [{ track: 'beta', shares: [{ release: 12, weightPercent: 100 }] }] })
  for (let n = 0; n < 6; n += 1) await ask(port, {}, n < 2 ? '/bad' : '/')
  for (let n = 0; n < 3; n += 1) await ask(port, { 'x-a': '1' }, n < 1 ? '/bad' : '/')
  await ask(port, { 'x-b': '1' })
  const reading = await metrics.read(PRODUCTION)
  expect(reading).toMatchObject({ seen: true, generation: 1 })
  const told = [...reading.arms, ...(reading.tracks ?? [])].filter(({ requests }) => requests > 0)
  expect(
    told
      .map(({ release, requests, errors }) => ({ release, requests, errors }))
      .toSorted((a, b) => a.release - b.release),
  ).toEqual([
    { release: 11, requests: 6, errors: 2 },
    { release: 12, requests: 3, errors: 1 },
    { release: 13, requests: 1, errors: 0 },
  ])
  expect(
    reading.tracks
      ?.filter(({ requests }) => requests > 0)
      .map(({ track }) => track)
      .toSorted(),
  ).toEqual(['beta', null])
}
