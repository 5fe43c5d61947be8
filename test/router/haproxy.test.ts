import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHaproxyMetrics } from '../../src/adapters/traffic-router/haproxy/haproxy-metrics.ts'
import { createHaproxyRouter } from '../../src/adapters/traffic-router/haproxy/haproxy-router.ts'
import type { RouteRule } from '../../src/domain/traffic/route-rule.ts'
import { trafficPlaneContract } from '../../src/extend/contracts/traffic-plane.contract.ts'
import { trafficRouterContract } from '../../src/extend/contracts/traffic-router.contract.ts'
import {
  arm,
  call,
  deadPort,
  get,
  planner,
  PRODUCTION,
  somePlan,
  STAGING,
  startRaw,
  startRelease,
  stateFolder,
  systemClock,
  until,
} from './router-lab.ts'

function haproxyIsMissing(): boolean {
  const missing = spawnSync('haproxy', ['-v']).status !== 0
  if (missing && process.env['CI'] === 'true') throw new Error('haproxy is not installed; this test needs it')
  if (missing) console.warn('skipped: haproxy is not installed')
  return missing
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function pidOf(stateDir: string): Promise<number> {
  return Number(await readFile(join(stateDir, 'haproxy/haproxy.pid'), 'utf8').catch(() => '0'))
}

async function startHaproxyLab(wished?: number) {
  const stateDir = await stateFolder()
  const port = wished ?? (await deadPort())
  const hosts = { suffix: 'localhost', mappings: [] }
  const options = { stateDir, host: '127.0.0.1', port, hosts, clock: systemClock }
  const traffic = createHaproxyRouter(options)
  onTestFinished(async () => {
    const pid = await pidOf(stateDir)
    if (pid > 0) process.kill(pid, 'SIGKILL')
  })
  return { stateDir, port, traffic, options, apply: planner(traffic) }
}

describe.skipIf(haproxyIsMissing())('HAProxy', () => {
  trafficRouterContract('HAProxy', async () => {
    const release = await startRelease('any')
    const { traffic } = await startHaproxyLab()
    return { router: traffic, instance: { id: 'a', host: '127.0.0.1', port: release.port } }
  })

  trafficPlaneContract('HAProxy', async () => {
    const { traffic, port, stateDir } = await startHaproxyLab()
    return { router: traffic, port, metrics: createHaproxyMetrics({ stateDir }) }
  })

  test('that was killed is started again with the next plan, and follows every plan there is', async () => {
    const [twelve, staged] = [await startRelease('r12'), await startRelease('staged')]
    const lab = await startHaproxyLab()
    await lab.apply({ environment: STAGING, isLast: false, arms: [arm(13, 100, [staged.port])] })
    await lab.apply({ arms: [arm(12, 100, [twelve.port])] })
    process.kill(await pidOf(lab.stateDir), 'SIGKILL')
    await until('it is gone', () =>
      get(lab.port, 'shop.localhost').then(
        ({ status }) => status !== 200,
        () => true,
      ),
    )
    expect(await lab.traffic.current(PRODUCTION)).toMatchObject({ generation: 2 })
    await lab.apply({ arms: [arm(12, 100, [twelve.port])] })
    expect((await get(lab.port, 'shop.localhost')).body).toBe('r12')
    expect((await get(lab.port, 'staging.shop.localhost')).body).toBe('staged')
  })

  test('serves on while nobody is there to drive it, and the next adapter takes it over as it is', async () => {
    const release = await startRelease('r12')
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const pid = await pidOf(lab.stateDir)
    const next = createHaproxyRouter({ ...lab.options })
    expect(await next.current(PRODUCTION)).toMatchObject({ generation: 1 })
    await next.apply({ ...somePlan([arm(12, 100, [release.port])]), generation: 2 }, call(2))
    expect(await pidOf(lab.stateDir)).toBe(pid)
    expect((await get(lab.port, 'shop.localhost')).body).toBe('r12')
  })

  test('that was started for another address gives way to one with every plan', async () => {
    const [release, other] = [await startRelease('r12'), await deadPort()]
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    const pid = await pidOf(lab.stateDir)
    const next = createHaproxyRouter({ ...lab.options, port: other })
    let isOver = false
    // Whoever still knows the old address is answered until the new one has every plan, and refused after that.
    const statuses = new Set<number>()
    const visitor = (async () => {
      while (!isOver)
        statuses.add((await get(lab.port, 'shop.localhost').catch(() => ({ status: 200 }))).status)
    })()
    await next.begin()
    isOver = true
    await visitor
    expect((await get(other, 'shop.localhost')).body).toBe('r12')
    expect(await pidOf(lab.stateDir)).not.toBe(pid)
    expect(statuses).toEqual(new Set([200]))
    await until('the old one has ended', () => !isAlive(pid))
    // And once more it is taken over as it is.
    const same = await pidOf(lab.stateDir)
    await createHaproxyRouter({ ...lab.options, port: other }).begin()
    expect(await pidOf(lab.stateDir)).toBe(same)
  })

  test('takes no restart for two hundred releases, and gives their places back', async () => {
    const release = await startRelease('any')
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(1, 100, [release.port])] })
    const pid = await pidOf(lab.stateDir)
    for (let number = 2; number <= 200; number += 1)
      await lab.apply({ arms: [arm(number, 100, [release.port])] })
    expect(await pidOf(lab.stateDir)).toBe(pid)
    expect((await get(lab.port, 'shop.localhost')).head).toMatch(/x-sluice-release: 200\r/i)
  })

  test.each([
    ['a claim', { from: 'claim', name: 'plan' }],
    ['a lookup table', { from: 'lookup', table: 'customers', column: 'plan' }],
  ] as const)('refuses a rule that looks at %s, and goes on with the last plan', async (_, attribute) => {
    const [twelve, thirteen] = [await startRelease('r12'), await startRelease('r13')]
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [twelve.port])] })
    const rule: RouteRule = {
      ...{
        id: 'r',
        when: [{ attribute, test: { op: 'present' } }],
        percent: 100,
        salt: 's',
        to: { release: 13 },
      },
      ...{ expiresAt: null, reason: 'r', by: 'anna', since: 1 },
    }
    const plan = { arms: [arm(12, 0, [twelve.port]), arm(13, 100, [thirteen.port])], rules: [rule] }
    await expect(lab.apply(plan)).rejects.toMatchObject({ code: 'router/not-with-haproxy', again: 'never' })
    expect((await get(lab.port, 'shop.localhost')).body).toBe('r12')
    expect(await lab.traffic.current(PRODUCTION)).toMatchObject({ generation: 1 })
  })

  test('keeps at most as many requests on an instance as the plan says', async () => {
    let most = 0
    let now = 0
    const release = await startRelease('busy', (_req, res) => {
      now += 1
      most = Math.max(most, now)
      setTimeout(() => {
        now -= 1
        res.end()
      }, 20)
    })
    const lab = await startHaproxyLab()
    const concurrency = { perInstance: 2, waiting: 100, waitMs: 5_000 }
    await lab.apply({ concurrency, arms: [arm(12, 100, [release.port])] })
    const answers = await Promise.all(Array.from({ length: 12 }, () => get(lab.port, 'shop.localhost')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(most).toBe(2)
  })

  test('asks another instance where one is gone', async () => {
    const release = await startRelease('there')
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [await deadPort(), release.port])] })
    for (let n = 0; n < 10; n += 1) expect((await get(lab.port, 'shop.localhost')).body).toBe('there')
  })

  test.each([
    ['garbage', 'garbage\r\n\r\n', 502],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le', 502],
    ['nothing', '', 502],
    ['a head of a megabyte', `HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(1_000_000)}\r\n\r\n`, 502],
  ])('answers for an instance that answers %s', async (_, words, status) => {
    const raw = await startRaw((socket) => void socket.once('data', () => socket.end(words)))
    const lab = await startHaproxyLab()
    await lab.apply({ arms: [arm(12, 100, [raw.port])] })
    expect((await get(lab.port, 'shop.localhost')).status).toBe(status)
  })

  test('whose port somebody else has, or that is not installed, says so', async () => {
    const other = await startRelease('in the way')
    const taken = await startHaproxyLab(other.port)
    await expect(taken.apply({ arms: [] })).rejects.toMatchObject({
      code: 'router/haproxy-did-not-start',
      message: expect.stringMatching(new RegExp(`cannot bind socket.*${other.port}`, 'i')),
    })
    const missing = createHaproxyRouter({ ...taken.options, program: '/nowhere/haproxy' })
    await expect(missing.apply(somePlan([]), call(1))).rejects.toMatchObject({
      code: 'router/haproxy-missing',
    })
  })
})
