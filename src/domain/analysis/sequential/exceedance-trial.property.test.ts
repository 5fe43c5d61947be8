import { describe, expect, test } from 'vitest'
import { latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import {
  addTo,
  beginExceedances,
  exceedanceEvidence,
  withLatency,
  type ExceedanceSettings,
} from './exceedance-trial.ts'
import { chanceFrom, normal, poisson, type Chance } from './testing/chance.ts'
import { NO_WARM_UP } from './warm-up.ts'

const settings: ExceedanceSettings = {
  toleratedBuckets: 2,
  toleratedBucketsAlone: 4,
  clumping: 1,
  warmUp: NO_WARM_UP,
  plannedMs: 600_000,
  blockMs: 5_000,
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

function history(draw: Draw, chance: Chance): readonly number[] {
  return addTo([], counts(draw, 3_000, chance))
}

/** Wealth when it first reached `greed`, and in which second that was. */
function run(candidate: Draw, baseline: Draw, chance: Chance, isBeside = true, greed = 100, seconds = 240) {
  let trial = beginExceedances(settings, history(baseline, chance))
  for (let second = 0; second < seconds; second += 1) {
    trial = withLatency(settings, trial, {
      spanMs: 1_000,
      warming: 1,
      candidate: counts(candidate, poisson(chance, 10), chance),
      baseline: isBeside ? counts(baseline, poisson(chance, 20), chance) : null,
    })
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
    const wealths = Array.from({ length: 120 }, () => run(candidate, baseline, chance, true, 5).wealth)
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

  test('also alone, from what was usual before', () => {
    const chance = chanceFrom(9)
    expect(run(slower(usual, 3), usual, chance, false).second).toBeLessThan(60)
    expect(run(usual, usual, chance, false).second).toBe(Number.POSITIVE_INFINITY)
  })
})

test('a baseline that was hardly seen is no yardstick', () => {
  const chance = chanceFrom(1)
  let trial = beginExceedances(settings, addTo([], counts(usual, 20, chance)))
  for (let second = 0; second < 100; second += 1)
    trial = withLatency(settings, trial, {
      spanMs: 1_000,
      warming: 1,
      candidate: counts(slower(usual, 50), 10, chance),
      baseline: null,
    })
  expect(exceedanceEvidence(settings, trial)).toBeCloseTo(1, 9)
})

test('the state of a trial is small, and is what JSON makes of it', () => {
  const chance = chanceFrom(2)
  let trial = beginExceedances(settings, history(usual, chance))
  for (let second = 0; second < 303; second += 1)
    trial = withLatency(settings, trial, {
      spanMs: 1_000,
      warming: 1,
      candidate: counts(usual, 100, chance),
      baseline: counts(usual, 900, chance),
    })
  const text = JSON.stringify(trial)
  expect(text.length).toBeLessThan(12_000)
  expect(JSON.parse(text)).toEqual(trial)
})
