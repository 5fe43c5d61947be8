import { describe, expect, test } from 'vitest'
import { type Evidence, noEvidence, withTick } from '../domain/analysis/evidence.ts'
import type { ArmTick, Tick } from '../domain/analysis/tick.ts'
import { seenOverTime, ticksOf } from './seen-over-time.ts'

const instances = {
  wanted: 1,
  ready: 1,
  restarts: 0,
  crashLooping: 0,
  unhealthy: 0,
  cpuMs: 0,
  memoryBytes: 0,
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
  latency: requests === 0 ? [] : [[40, requests]],
  instances,
})
const tick = (seq: number, arms: readonly ArmTick[], routerSeen = true): Tick => ({
  seq,
  at: seq * 1_000,
  spanMs: 1_000,
  generation: 1,
  routerSeen,
  arms,
})
const evidenceOf = (ticks: readonly Tick[]): Evidence => ticks.reduce(withTick, noEvidence)
const place = { stage: 'production', release: 8 }

/** #7 alone for a while, then #8 beside it, then #8 alone. */
function ramp(before: number, beside: number, alone: number): readonly Tick[] {
  return Array.from({ length: before + beside + alone }, (_, at) => {
    if (at < before) return tick(at + 1, [arm(7, 100, 10)])
    if (at < before + beside) return tick(at + 1, [arm(7, 90, 9), arm(8, 10, 1, 1)])
    return tick(at + 1, [arm(7, 0, 0), arm(8, 100, 10)])
  })
}

function read(ticks: readonly Tick[], release = 8): readonly Tick[] {
  const span = ticksOf(evidenceOf(ticks), release)
  return span ? ticks.filter(({ seq }) => seq > span.afterSeq && seq <= span.toSeq) : []
}

describe('the ticks that are read', () => {
  test('begin a minute before the release came, and end with it', () => {
    const ticks = [...ramp(100, 20, 30), ...[151, 152].map((seq) => tick(seq, [arm(7, 100, 10)]))]
    expect(ticksOf(evidenceOf(ticks), 8)).toEqual({ afterSeq: 40, toSeq: 150 })
  })
  test('are the last two hours of a release that serves for long', () => {
    const span = ticksOf(evidenceOf(ramp(0, 1, 20_000)), 8)
    expect((span?.toSeq ?? 0) - (span?.afterSeq ?? 0)).toBe(7_201)
  })
  test('are none for a release that never served here', () => {
    expect(ticksOf(evidenceOf(ramp(10, 10, 10)), 9)).toBeUndefined()
    expect(seenOverTime({ stage: 'production', release: 9 }, evidenceOf(ramp(10, 10, 10)), [])).toMatchObject(
      {
        watchedMs: 0,
        sums: [],
        points: [],
      },
    )
  })
})

test('sums are over the time in which the release served, its own first', () => {
  const ticks = ramp(100, 20, 30)
  const { sums, watchedMs } = seenOverTime(place, evidenceOf(ticks), read(ticks))
  expect(watchedMs).toBe(50_000)
  expect(sums.map(({ name, requests, errors }) => [name, requests, errors])).toEqual([
    ['#8', 320, 20],
    ['#7', 180, 0],
  ])
  expect(sums[0]?.errorPercent).toBeCloseTo(6.25)
})

test('points add up to what was counted, and there are never more than fit a chart', () => {
  const ticks = ramp(100, 500, 1_000)
  const { points, stepMs } = seenOverTime(place, evidenceOf(ticks), read(ticks))
  expect(points.length).toBeLessThanOrEqual(120)
  const shown = points.map(({ arms }) => arms.find(({ release }) => release === 8)?.requestsPerS ?? 0)
  const last = points.length - 1
  const counted = shown.slice(0, last).reduce((sum, perS) => sum + (perS * stepMs) / 1000, 0)
  // The last step may be shorter than the others.
  const rest = read(ticks).length - last * (stepMs / 1000)
  expect(counted + (shown[last] ?? 0) * rest).toBeCloseTo(500 + 10_000)
})

test('where no router told anything there is no point, and no zero', () => {
  const ticks = [tick(1, [arm(8, 100, 10)]), tick(2, [arm(8, 100, 0)], false), tick(3, [arm(8, 100, 10)])]
  const { points } = seenOverTime(place, evidenceOf(ticks), ticks)
  expect(points.map(({ at, arms }) => [at, arms[0]?.requestsPerS])).toEqual([
    [1_000, 10],
    [3_000, 10],
  ])
})
