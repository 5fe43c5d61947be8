import { spawnSync } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRouterMetrics } from '../../src/adapters/metric-source/router/router-metrics.ts'
import { createBuiltInRouter } from '../../src/adapters/traffic-router/built-in/built-in-router.ts'
import { startLoad } from './load-client.ts'
import {
  arm,
  deadPort,
  get,
  planner,
  PRODUCTION,
  RawClient,
  startRelease,
  startRouterProcess,
  stateFolder,
  systemClock,
  until,
} from './router-lab.ts'

const ROUTE = join(import.meta.dirname, '../../src/main/route.ts')

async function twoProcesses() {
  const stateDir = await stateFolder()
  const port = await deadPort()
  const release = await startRelease('release 12')
  const traffic = createBuiltInRouter({ stateDir, clock: systemClock })
  const apply = planner(traffic)
  await apply({ arms: [arm(12, 100, [release.port])] })
  const one = await startRouterProcess(stateDir, port)
  const two = await startRouterProcess(stateDir, port)
  return { stateDir, port, release, traffic, apply, one, two }
}

describe('two router processes on one port', () => {
  test('share the work, and a plan is in force in both when it is acknowledged', async () => {
    const { stateDir, port, apply, one, two } = await twoProcesses()
    const sockets = await readdir(join(stateDir, 'routers'))
    expect(new Set(sockets.map((name) => Number(name.split('-')[0])))).toEqual(new Set([one.pid, two.pid]))
    for (const name of sockets) expect((await stat(join(stateDir, 'routers', name))).mode & 0o777).toBe(0o600)
    for (let n = 0; n < 40; n++) expect((await get(port, 'shop.localhost')).body).toBe('release 12')
    const next = await startRelease('release 13')
    await apply({ arms: [arm(13, 100, [next.port])] })
    for (let n = 0; n < 40; n++) expect((await get(port, 'shop.localhost')).body).toBe('release 13')
    const metrics = createRouterMetrics({ stateDir, clock: systemClock })
    expect((await metrics.read(PRODUCTION)).arms.map((each) => each.requests)).toEqual([40, 40])
  })

  test('kill -9 of one fails only what was under way there, and counters never fall', async () => {
    const { stateDir, port, apply, one, two, release } = await twoProcesses()
    const metrics = createRouterMetrics({ stateDir, clock: systemClock })
    const requests = async () => (await metrics.read(PRODUCTION)).arms[0]?.requests ?? 0
    const users = 16
    const load = startLoad({ port, users })
    await until('both serve', () => load.report().answered > 500)
    const before = await requests()
    process.kill(one.pid, 'SIGKILL')
    await one.exited()
    const answeredThen = load.report().answered
    await apply({ arms: [arm(12, 100, [release.port])] })
    expect(await requests()).toBeGreaterThanOrEqual(before)
    await until('the other serves', () => load.report().answered > answeredThen + 500)
    const { failed } = await load.end()
    // A user has one request at a time; a connection waiting to be accepted by the dead one may be lost, too.
    expect(failed.length).toBeLessThanOrEqual(users)
    expect(two.child.exitCode).toBeNull()
    const again = await startRouterProcess(stateDir, port)
    process.kill(two.pid, 'SIGKILL')
    await two.exited()
    await until('the new one serves', async () => (await get(port, 'shop.localhost')).body === 'release 12')
    expect(again.child.exitCode).toBeNull()
  })

  test('one after the other can be replaced under load without a lost request on a kept connection', async () => {
    const { stateDir, port, one, two } = await twoProcesses()
    const kept = startLoad({ port, users: 8 })
    const fresh = startLoad({ port, users: 4, newConnections: true })
    const posts = startLoad({ port, users: 4, method: 'POST' })
    let old = [one, two]
    const rounds = 3
    for (let round = 0; round < rounds; round++) {
      const next = await startRouterProcess(stateDir, port)
      const [leaves, stays] = old
      if (leaves === undefined || stays === undefined) throw new Error('unreachable')
      leaves.child.kill('SIGTERM')
      expect(await leaves.exited()).toBe(0)
      old = [stays, next]
    }
    for (const load of [kept, posts]) {
      const { answered, failed } = await load.end()
      expect(failed).toEqual([])
      expect(answered).toBeGreaterThan(100)
    }
    // A connection that completes in the microseconds before a shared port closes is reset by the kernel, which moves
    // it to the other listener only where net.ipv4.tcp_migrate_req is on. At most one of a user's per stop.
    const { answered, failed } = await fresh.end()
    expect(failed.length).toBeLessThanOrEqual(rounds)
    expect(failed.every((reason) => reason.includes('ECONNRESET'))).toBe(true)
    expect(answered).toBeGreaterThan(100)
  })
})

describe('SIGTERM', () => {
  test('lets a request under way finish, says goodbye to streams, and leaves no socket file', async () => {
    const stateDir = await stateFolder()
    const port = await deadPort()
    let finish: () => void = () => {}
    const release = await startRelease('r12', (req, res) => {
      if (req.url === '/events') {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        res.write('data: 1\n\n')
      } else finish = () => res.end('finished')
    })
    const traffic = createBuiltInRouter({ stateDir, clock: systemClock })
    await planner(traffic)({ arms: [arm(12, 100, [release.port])] })
    const router = await startRouterProcess(stateDir, port)
    const events = new RawClient(port).send('GET /events HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await events.sees('data: 1')
    const slow = new RawClient(port).send('GET /slow HTTP/1.1\r\nHost: shop.localhost\r\n\r\n')
    await until('both under way', async () => {
      const { requests, streams } = await traffic.inFlight(PRODUCTION, 12)
      return requests === 1 && streams === 1
    })
    router.child.kill('SIGTERM')
    await events.sees('0\r\n\r\n')
    finish()
    await slow.sees('finished')
    expect(slow.text).toMatch(/connection: close/i)
    expect(await router.exited()).toBe(0)
    expect(await readdir(join(stateDir, 'routers'))).toEqual([])
  })
})

describe('a port', () => {
  const start = (stateDir: string, port: number) =>
    spawnSync(process.execPath, [ROUTE, '--state', stateDir, '--port', String(port)], {
      encoding: 'utf8',
      timeout: 20_000,
    })

  test('somebody else has is refused with who has it and what to do', async () => {
    const stateDir = await stateFolder()
    const port = await deadPort()
    const other = createServer().listen(port, '127.0.0.1')
    onTestFinished(() => void other.close())
    await until('it listens', () => other.listening)
    const { status, stderr } = start(stateDir, port)
    expect(status).toBe(78)
    expect(stderr).toContain(`port ${port} is in use by another program (process ${process.pid}:`)
    expect(stderr).toContain('choose another port with --port')
    expect(await readdir(join(stateDir, 'routers'))).toEqual([])
  })

  test('that a router of another state folder has is not shared with it', async () => {
    const port = await deadPort()
    const router = await startRouterProcess(await stateFolder(), port)
    const { status, stderr } = start(await stateFolder(), port)
    expect(status).toBe(78)
    expect(stderr).toContain(`process ${router.pid}:`)
  })
})

test('wrong options end with usage and 64', () => {
  const bad = spawnSync(process.execPath, [ROUTE, '--port', '8080'], { encoding: 'utf8' })
  expect(bad.status).toBe(64)
  expect(bad.stderr).toContain('--state is missing')
  expect(
    spawnSync(process.execPath, [ROUTE, '--state', '/x', '--map', 'nonsense'], { encoding: 'utf8' }).status,
  ).toBe(64)
})
