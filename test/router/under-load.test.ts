import { expect, test } from 'vitest'
import { createBuiltInRouter } from '../../src/adapters/traffic-router/built-in/built-in-router.ts'
import type { PlanArm } from '../../src/domain/traffic/plan.ts'
import { startLoad } from './load-client.ts'
import {
  arm,
  deadPort,
  planner,
  PRODUCTION,
  startLab,
  startRelease,
  startRouterProcess,
  stateFolder,
  systemClock,
  until,
} from './router-lab.ts'

test('200 plan changes in two processes under load: no request fails and none follows a plan that was no longer in force', async () => {
  const started = await Promise.all(
    [11, 12, 13].map(async (release) => ({
      release,
      one: await startRelease(`release ${release}`),
      other: await startRelease(`release ${release}`),
    })),
  )
  const stateDir = await stateFolder()
  const port = await deadPort()
  const traffic = createBuiltInRouter({ stateDir, clock: systemClock })
  const put = planner(traffic)
  // Releases that got weight 0 at this moment, as acknowledged, until they get some again.
  const outSinceMs = new Map<string, number>()
  const apply = async (weights: readonly number[]) => {
    const arms: PlanArm[] = started.map(({ release, one, other }, at) =>
      arm(release, weights[at] ?? 0, [one.port, other.port]),
    )
    for (const each of arms) if (each.weightPercent > 0) outSinceMs.delete(String(each.release))
    await put({ userKey: { from: 'header', name: 'X-User' }, arms })
    for (const each of arms) {
      const name = String(each.release)
      if (each.weightPercent === 0 && !outSinceMs.has(name)) outSinceMs.set(name, performance.now())
    }
  }
  await apply([100, 0, 0])
  const isWrong = (release: string, sentAtMs: number) => sentAtMs > (outSinceMs.get(release) ?? Infinity)
  await Promise.all([startRouterProcess(stateDir, port), startRouterProcess(stateDir, port)])
  const load = startLoad({ port, users: 8, isWrong })
  const shares = [
    [100, 0, 0],
    [90, 10, 0],
    [50, 50, 0],
    [0, 100, 0],
    [0, 0, 100],
    [0, 50, 50],
    [10, 0, 90],
  ]
  for (let change = 0; change < 200; change++) {
    await apply(shares[change % shares.length] ?? [])
  }
  await until('a few thousand answers', () => load.report().answered > 3_000, 30_000)
  const report = await load.end()
  expect(report.failed).toEqual([])
  expect(report.wrong).toEqual([])
  const drained = await Promise.all([11, 12, 13].map((release) => traffic.inFlight(PRODUCTION, release)))
  expect(drained).toEqual(Array(3).fill({ requests: 0, streams: 0 }))
})

test('instances that come and go by plan, drained before they stop, fail nobody, not even a POST', async () => {
  const lab = await startLab()
  let current = await startRelease('release 11')
  await lab.apply({ arms: [arm(11, 100, [current.port])] })
  const gets = startLoad({ port: lab.port, users: 8 })
  const posts = startLoad({ port: lab.port, users: 4, method: 'POST' })
  for (let release = 12; release < 40; release++) {
    const next = await startRelease(`release ${release}`)
    await lab.apply({ arms: [arm(release, 100, [next.port])] })
    const drained = release - 1
    await until('drained', async () => (await lab.traffic.inFlight(PRODUCTION, drained)).requests === 0)
    await current.stop()
    current = next
  }
  expect((await gets.end()).failed).toEqual([])
  expect((await posts.end()).failed).toEqual([])
})
