import { describe, expect, test } from 'vitest'
import { latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import {
  beginExceedances,
  exceedanceEvidence,
  withLatency,
  type ExceedanceSettings,
} from './exceedance-trial.ts'
import { nothingUsual, withUsual, type LatencyUsual } from './latency-usual.ts'
import { chanceFrom, normal, poisson, type Chance } from './testing/chance.ts'
import { NO_WARM_UP } from './warm-up.ts'

const settings: ExceedanceSettings = {
  toleratedBuckets: 2,
  toleratedBucketsAlone: 4,
  warmUp: NO_WARM_UP,
  plannedMs: 600_000,
}

type Draw = (chance: Chance) => number

const usual: Draw = (chance) => 50 * Math.exp(0.6 * normal(chance))
const twoHumps: Draw = (chance) => (chance() < 0.9 ? 2 : 400) * Math.exp(0.1 * normal(chance))
const always: Draw = () => 20
const slower =
  (draw: Draw, times: number): Draw =>
  (chance) =>
    times * draw(chance)
const slowTail: Draw = (chance) => usual(chance) + (chance() < 0.01 ? 1_000 : 0)

function counts(draw: Draw, requests: number, chance: Chance): LatencyCounts {
  const pairs = new Map<number, number>()
  for (let each = 0; each < requests; each += 1) {
    const bucket = latencyBucket(draw(chance))
    pairs.set(bucket, (pairs.get(bucket) ?? 0) + 1)
  }
  return [...pairs]
}

/** So many minutes at ten requests a second, in ticks of five seconds. */
function history(draw: Draw, chance: Chance, minutes = 10): LatencyUsual {
  return Array.from({ length: minutes * 12 }).reduce<LatencyUsual>(
    (usual) => withUsual(usual, counts(draw, poisson(chance, 50), chance), 5_000),
    nothingUsual,
  )
}

type Course = {
  readonly isBeside?: boolean
  readonly greed?: number
  readonly seconds?: number
  /** Minutes the baseline was known for. */
  readonly minutes?: number
  /** How much slower everything is in a second; both arms, or the one that is served alone. */
  readonly stutter?: (second: number) => number
}

/** Wealth when it first reached `greed`, and in which second that was. */
function run(candidate: Draw, baseline: Draw, chance: Chance, course: Course = {}) {
  const { isBeside = true, greed = 100, seconds = 240, minutes = 10, stutter = () => 1 } = course
  let known = history(baseline, chance, minutes)
  let trial = beginExceedances(settings, known)
  for (let second = 0; second < seconds; second += 1) {
    const beside = isBeside ? counts(slower(baseline, stutter(second)), poisson(chance, 20), chance) : null
    trial = withLatency(settings, trial, {
      spanMs: 1_000,
      slowness: 1,
      candidate: counts(slower(candidate, stutter(second)), poisson(chance, 10), chance),
      baseline: beside,
      known,
    })
    if (beside !== null) known = withUsual(known, beside, 1_000)
    const wealth = exceedanceEvidence(settings, trial)
    if (wealth >= greed) return { wealth, second }
  }
  return { wealth: exceedanceEvidence(settings, trial), second: Number.POSITIVE_INFINITY }
}

describe('a candidate that is no slower than tolerated', () => {
  test.each<[string, Draw, Draw]>([
    ['the same', usual, usual],
    ['two humps', twoHumps, twoHumps],
    ['always the same', always, always],
    ['a tenth slower', slower(usual, 1.1), usual],
    ['faster', slower(usual, 0.5), usual],
  ])('%s: nothing is won on average, and hardly ever an alarm', (name, candidate, baseline) => {
    const chance = chanceFrom(name.length)
    const wealths = Array.from({ length: 120 }, () => run(candidate, baseline, chance, { greed: 5 }).wealth)
    expect(wealths.reduce((sum, wealth) => sum + wealth, 0) / wealths.length).toBeLessThan(1.4)
    expect(wealths.filter((wealth) => wealth >= 100)).toEqual([])
  })
})

describe('a slower candidate is found', () => {
  test.each<[string, Draw, number]>([
    ['twice as slow', slower(usual, 2), 60],
    ['half as slow again', slower(usual, 1.5), 120],
    ['a second more for one request in a hundred', slowTail, 200],
  ])('%s', (name, candidate, withinSeconds) => {
    const chance = chanceFrom(100 + name.length)
    const found = Array.from({ length: 15 }, () => run(candidate, usual, chance).second)
    expect(found.toSorted((a, b) => a - b)[7]).toBeLessThanOrEqual(withinSeconds)
  })

  test('also alone, where it is slower than in the slowest minute of an hour', () => {
    const chance = chanceFrom(9)
    const course = { isBeside: false, minutes: 70 }
    expect(run(slower(usual, 3), usual, chance, course).second).toBeLessThan(90)
    expect(run(usual, usual, chance, course).second).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('alone, what the machine does is not taken for the release', () => {
  const quick: Draw = (chance) => Math.exp(0.6 * normal(chance))

  test.each([5, 15, 25])(
    'a service of a millisecond that takes %i times as long for as long as it is watched',
    (times) => {
      const chance = chanceFrom(times)
      const course: Course = { isBeside: false, stutter: () => times, minutes: 1, seconds: 600 }
      expect(run(quick, quick, chance, course).second).toBe(Number.POSITIVE_INFINITY)
    },
  )

  test('an hour with a bad minute allows as bad a bake', () => {
    const chance = chanceFrom(3)
    let known = history(usual, chance, 60)
    for (let tick = 0; tick < 24; tick += 1)
      known = withUsual(known, counts(slower(usual, 3), 50, chance), 5_000)
    let trial = beginExceedances(settings, known)
    for (let second = 0; second < 300; second += 1) {
      const candidate = counts(slower(usual, 3), 10, chance)
      trial = withLatency(settings, trial, { spanMs: 1_000, slowness: 1, candidate, baseline: null, known })
    }
    expect(exceedanceEvidence(settings, trial)).toBeLessThan(1)
  })

  test('but ten times as slow and a second more is against it, however little is known', () => {
    const chance = chanceFrom(4)
    const slow: Draw = (draw) => 10 * usual(draw) + 1_000
    expect(run(slow, usual, chance, { isBeside: false, minutes: 1 }).second).toBeLessThan(120)
  })
})

test('a box that stutters by itself for two seconds of ten, as the other version did before, is not against it', () => {
  const chance = chanceFrom(5)
  const stutter = (second: number): number => (second % 10 < 2 ? 30 : 1)
  let known = nothingUsual
  for (let second = 0; second < 3_600; second += 1)
    known = withUsual(known, counts(slower(usual, stutter(second + 5)), 20, chance), 1_000)
  const stopped = Array.from({ length: 20 }).filter((_, round) => {
    let trial = beginExceedances(settings, known)
    let theirs = known
    for (let second = 0; second < 600; second += 1) {
      const baseline = counts(slower(usual, stutter(second + 3 * round)), 20, chance)
      const candidate = counts(slower(usual, stutter(second)), 10, chance)
      trial = withLatency(settings, trial, { spanMs: 1_000, slowness: 1, candidate, baseline, known: theirs })
      theirs = withUsual(theirs, baseline, 1_000)
      if (exceedanceEvidence(settings, trial) >= 100) return true
    }
    return false
  })
  expect(stopped).toEqual([])
})

test('a baseline that was hardly seen is no yardstick', () => {
  const chance = chanceFrom(1)
  const known = withUsual(nothingUsual, counts(usual, 20, chance), 1_000)
  let trial = beginExceedances(settings, known)
  for (let second = 0; second < 100; second += 1)
    trial = withLatency(settings, trial, {
      spanMs: 1_000,
      slowness: 1,
      candidate: counts(slower(usual, 50), 10, chance),
      baseline: null,
      known,
    })
  expect(exceedanceEvidence(settings, trial)).toBeCloseTo(1, 9)
})

test('the state of a trial and of what is known is small, and is what JSON makes of it', () => {
  const chance = chanceFrom(2)
  let known = history(usual, chance)
  let trial = beginExceedances(settings, known)
  for (let second = 0; second < 303; second += 1) {
    const baseline = counts(usual, 900, chance)
    const candidate = counts(usual, 100, chance)
    trial = withLatency(settings, trial, { spanMs: 1_000, slowness: 1, candidate, baseline, known })
    known = withUsual(known, baseline, 1_000)
  }
  const text = JSON.stringify([trial, known])
  expect(text.length).toBeLessThan(12_000)
  expect(JSON.parse(text)).toEqual([trial, known])
})
