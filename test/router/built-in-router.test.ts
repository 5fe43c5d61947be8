import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRouterMetrics } from '../../src/adapters/metric-source/router/router-metrics.ts'
import { createBuiltInRouter } from '../../src/adapters/traffic-router/built-in/built-in-router.ts'
import { createPlanFolder } from '../../src/api/router-admin/plan-folder.ts'
import { trafficRouterContract } from '../../src/extend/contracts/traffic-router.contract.ts'
import {
  arm,
  call,
  get,
  PRODUCTION,
  somePlan,
  startLab,
  startRelease,
  stateFolder,
  systemClock,
  until,
} from './router-lab.ts'

trafficRouterContract('the built-in router', async () => {
  const release = await startRelease('any')
  const { traffic } = await startLab()
  return { router: traffic, instance: { id: 'a', host: '127.0.0.1', port: release.port } }
})

const planOf = (generation: number) => ({ ...somePlan([arm(12, 100, [9])]), generation })

describe('a plan', () => {
  test('is on disk when it is acknowledged, and a router that starts later serves it at once', async () => {
    const release = await startRelease('from disk')
    const stateDir = await stateFolder()
    const traffic = createBuiltInRouter({ stateDir, clock: systemClock })
    await traffic.apply(somePlan([arm(12, 100, [release.port])]), call(1))
    expect(await traffic.current(PRODUCTION)).toMatchObject({ generation: 1 })
    const lab = await startLab({ stateDir })
    expect(await get(lab.port, 'shop.localhost')).toMatchObject({ status: 200, body: 'from disk' })
  })

  test('that is older is refused, whoever asks', async () => {
    const lab = await startLab()
    await lab.traffic.apply(planOf(5), call(5))
    await expect(lab.traffic.apply(planOf(4), call(6))).rejects.toMatchObject({ code: 'fence/stale' })
    expect(await lab.traffic.current(PRODUCTION)).toMatchObject({ generation: 5 })
  })

  test('is followed before the disk has it, and acknowledged only after', async () => {
    const { stateDir, traffic } = await startLab()
    await mkdir(join(stateDir, 'plans'), { recursive: true })
    const inTheWay = join(stateDir, 'plans', PRODUCTION.service)
    await writeFile(inTheWay, '')
    await expect(traffic.apply(planOf(1), call(1))).rejects.toMatchObject({ again: 'retry' })
    await expect.poll(() => traffic.current(PRODUCTION)).toMatchObject({ generation: 1 })
    await rm(inTheWay)
    await traffic.apply(planOf(1), call(1))
    expect(await createPlanFolder(stateDir).read(PRODUCTION)).toMatchObject({ fence: 1 })
  })

  test('that a living process does not acknowledge fails, to be tried again', async () => {
    const { stateDir, traffic } = await startLab()
    const deaf = createServer(() => {})
    await new Promise<void>((resolve) =>
      deaf.listen(join(stateDir, 'routers', `${process.pid}-00000000.sock`), resolve),
    )
    onTestFinished(() => void deaf.close())
    const impatient = createBuiltInRouter({ stateDir, clock: systemClock, answerMsMax: 200 })
    await expect(impatient.apply(planOf(1), call(1))).rejects.toMatchObject({
      code: 'router/no-acknowledgement',
      again: 'retry',
    })
    const metrics = createRouterMetrics({ stateDir, clock: systemClock, answerMsMax: 200 })
    expect(await metrics.read(PRODUCTION)).toEqual({ seen: false, generation: 0, arms: [] })
    deaf.close()
    await traffic.apply(planOf(1), call(1))
  })

  test('does not wait for the socket of a dead process, and clears it away', async () => {
    const { stateDir, traffic } = await startLab()
    const routers = join(stateDir, 'routers')
    // One whose number nobody has, one whose number somebody else has by now.
    await deadSocket(join(routers, '4194303-00000000.sock'))
    await deadSocket(join(routers, `${process.ppid}-00000001.sock`))
    await traffic.apply(planOf(1), call(1))
    expect((await readdir(routers)).filter((name) => /-0000000\d\.sock$/.test(name))).toEqual([])
  })

  test('that makes no sense is refused for good', async () => {
    const { traffic } = await startLab()
    const halves = { ...planOf(1), arms: [arm(11, 30, []), arm(12, 30, [])] }
    await expect(traffic.apply(halves, call(1))).rejects.toMatchObject({
      code: 'router/bad-plan',
      again: 'never',
    })
    const climbing = { ...planOf(1), environment: { service: '..', stage: 'x' } }
    await expect(traffic.apply(climbing, call(1))).rejects.toMatchObject({
      code: 'router/bad-plan',
      again: 'never',
    })
  })
})

describe('the plan folder', () => {
  test('keeps the newest of plans that several writers put at once', async () => {
    const stateDir = await stateFolder()
    const writers = Array.from({ length: 8 }, () => createPlanFolder(stateDir))
    for (let round = 0; round < 10; round++) {
      const puts = writers.map((writer, at) =>
        writer.put({ fence: round * 8 + at, plan: planOf(round * 8 + at + 1) }),
      )
      await Promise.all(puts)
      const read = await createPlanFolder(stateDir).read(PRODUCTION)
      expect(read?.plan.generation).toBe(round * 8 + 8)
    }
    expect((await readdir(join(stateDir, 'plans/shop/production'))).length).toBeLessThan(12)
  })

  test('passes over a file that holds no plan and says so', async () => {
    const stateDir = await stateFolder()
    await createPlanFolder(stateDir).put({ fence: 1, plan: planOf(1) })
    await mkdir(join(stateDir, 'plans/shop/production'), { recursive: true })
    await writeFile(join(stateDir, 'plans/shop/production/0000000000000002.json'), '{"fence":2,"pl')
    const unreadable: string[] = []
    const folder = createPlanFolder(stateDir, (file) => unreadable.push(file))
    expect(await folder.read(PRODUCTION)).toMatchObject({ plan: { generation: 1 } })
    expect(unreadable).toHaveLength(1)
  })
})

describe('a door', () => {
  test('leads to its release and nothing else, is no evidence, and ends when closed', async () => {
    const [eleven, twelve] = [await startRelease('eleven'), await startRelease('twelve')]
    const lab = await startLab()
    await lab.apply({ arms: [arm(11, 100, [eleven.port]), arm(12, 0, [twelve.port])] })
    const door = await lab.traffic.openDoor(PRODUCTION, 12)
    for (let n = 0; n < 5; n++) expect(await (await fetch(door.url)).text()).toBe('twelve')
    await lab.apply({ arms: [arm(11, 50, [eleven.port]), arm(12, 50, [twelve.port])] })
    for (let n = 0; n < 5; n++) expect(await (await fetch(door.url)).text()).toBe('twelve')
    const metrics = createRouterMetrics({ stateDir: lab.stateDir, clock: systemClock })
    expect((await metrics.read(PRODUCTION)).arms.map((each) => each.requests)).toEqual([0, 0])
    await door.close()
    const { port } = new URL(door.url)
    await expect(
      new Promise((_, reject) => connect(Number(port), '127.0.0.1').on('error', reject)),
    ).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })
})

describe('counters', () => {
  test('of several processes are summed, and stay when one ends and another begins', async () => {
    const release = await startRelease('r12', (req, res) =>
      res.writeHead(req.url === '/bad' ? 500 : 200).end(),
    )
    const one = await startLab()
    await one.apply({ arms: [arm(12, 100, [release.port])] })
    const two = await startLab({ stateDir: one.stateDir })
    const metrics = createRouterMetrics({ stateDir: one.stateDir, clock: systemClock })
    const reading = async () => (await metrics.read(PRODUCTION)).arms[0]
    for (let n = 0; n < 5; n++) await get(one.port, 'shop.localhost')
    for (let n = 0; n < 3; n++) await get(two.port, 'shop.localhost', '/bad')
    const before = await reading()
    expect(before).toMatchObject({ release: 12, requests: 8, errors: 3 })
    expect(before?.latency.reduce((sum, [, count]) => sum + count, 0)).toBe(8)
    await two.router.stop()
    expect(await reading()).toEqual(before)
    const three = await startLab({ stateDir: one.stateDir })
    await get(three.port, 'shop.localhost')
    expect(await reading()).toMatchObject({ requests: 9, errors: 3 })
  })

  test('with no process at all are unseen; zero requests at a living one are a fact', async () => {
    const stateDir = await stateFolder()
    const metrics = createRouterMetrics({ stateDir, clock: systemClock })
    expect(await metrics.read(PRODUCTION)).toEqual({ seen: false, generation: 0, arms: [] })
    const lab = await startLab({ stateDir })
    expect(await metrics.read(PRODUCTION)).toEqual({ seen: true, generation: 0, arms: [] })
    await lab.apply({ arms: [arm(12, 100, [9])], generation: 4 })
    expect(await metrics.read(PRODUCTION)).toEqual({
      seen: true,
      generation: 4,
      arms: [{ release: 12, requests: 0, errors: 0, latency: [], boxes: [] }],
    })
  })

  test('hold the time to the head of the answer, not to its end', async () => {
    const release = await startRelease('r12', (_req, res) => {
      setTimeout(() => {
        res.write('head')
        setTimeout(() => res.end(), 300)
      }, 50)
    })
    const lab = await startLab()
    await lab.apply({ arms: [arm(12, 100, [release.port])] })
    await get(lab.port, 'shop.localhost')
    const metrics = createRouterMetrics({ stateDir: lab.stateDir, clock: systemClock })
    const [only] = (await metrics.read(PRODUCTION)).arms[0]?.latency ?? []
    // Bucket 72 begins at 51 ms, bucket 92 ends at 290 ms.
    expect(only?.[0]).toBeGreaterThanOrEqual(71)
    expect(only?.[0]).toBeLessThan(92)
  })
})

/** A socket file whose owner was killed: bound once, nobody listens. */
async function deadSocket(path: string): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(
    process.execPath,
    ['-e', `require('net').createServer().listen(${JSON.stringify(path)})`],
    { stdio: 'ignore' },
  )
  await until('the socket is there', async () =>
    (await readdir(join(path, '..'))).some((name) => path.endsWith(name)),
  )
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('exit', resolve))
}
