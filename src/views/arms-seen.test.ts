import { expect, test } from 'vitest'
import type { ArmTick, Tick } from '../domain/analysis/tick.ts'
import { armsSeen } from './arms-seen.ts'

const instances = {
  wanted: 1,
  ready: 1,
  restarts: 0,
  crashLooping: 0,
  unhealthy: 0,
  cpuMs: 100,
  memoryBytes: 1_000,
  threads: 1,
  fds: 1,
  readBytes: 0,
  writeBytes: 0,
  errorLines: 0,
}
const arm = (release: number, weightPercent: number, requests: number, errors = 0): ArmTick => ({
  release,
  weightPercent,
  requests,
  errors,
  latency: [],
  instances,
})
const tick = (seq: number, ...arms: readonly ArmTick[]): Tick => ({
  seq,
  at: seq * 1_000,
  spanMs: 1_000,
  generation: 1,
  routerSeen: true,
  arms,
})

test('rates are over all ticks while the share stays', () => {
  const [seen] = armsSeen([tick(1, arm(7, 100, 40)), tick(2, arm(7, 100, 60, 5))])
  expect(seen).toMatchObject({ release: 7, requestsPerS: 50, errorPercent: 5, cpuPercent: 10 })
})

test('a release that was just given all of the traffic is not seen through the time before', () => {
  const before = [1, 2, 3].map((seq) => tick(seq, arm(7, 0, 0), arm(8, 100, 80)))
  const [seven, eight] = armsSeen([...before, tick(4, arm(7, 100, 80), arm(8, 0, 0))])
  expect(seven).toMatchObject({ release: 7, weightPercent: 100, requestsPerS: 80 })
  expect(eight).toMatchObject({ release: 8, weightPercent: 0, requestsPerS: 0 })
})

test('a release that was not there before is seen from its first tick on', () => {
  const [, eight] = armsSeen([tick(1, arm(7, 100, 80)), tick(2, arm(7, 90, 72), arm(8, 10, 8, 2))])
  expect(eight).toMatchObject({ requestsPerS: 8, errorPercent: 25 })
})

test('nothing was seen before the first tick', () => {
  expect(armsSeen([])).toEqual([])
})
