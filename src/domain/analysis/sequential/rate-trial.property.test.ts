// The mean of the e-value at a stopping time is at most one over random nulls; and regressions are found.
import { describe, expect, test } from 'vitest'
import { beginRate, rateEvidence, rateSetup, withRate, type RateLook, type RateSetup } from './rate-trial.ts'
import { GUESSED_SPREAD } from './spread.ts'
import { binomial, chanceFrom, normal, poisson, type Chance } from './testing/chance.ts'
import { GUESSED_WARM_UP, NO_WARM_UP, warmUpTimes, type WarmUp } from './warm-up.ts'

const plain: RateSetup = rateSetup({
  toleratedPlusAlone: 0,
  tolerated: 1,
  spread: { clumping: 1, boxes: 0, boxTimes: 0 },
  warmUp: NO_WARM_UP,
  plannedMs: 600_000,
  blockMs: 5_000,
})
const RUNS = 800
const TICKS = 240

type World = (chance: Chance, second: number) => Pick<RateLook, 'candidate' | 'baseline'>

/** Both arms fail at the same rate at any time, times `worse` for the candidate. */
function world(
  rateAt: (second: number) => number,
  shareAt: (second: number) => number,
  worse = 1,
  perSecond = 60,
): World {
  return (chance, second) => {
    const all = poisson(chance, perSecond)
    const mine = binomial(chance, all, shareAt(second))
    const rate = rateAt(second)
    return {
      candidate: { requests: mine, hits: binomial(chance, mine, Math.min(1, rate * worse)) },
      baseline: { requests: all - mine, hits: binomial(chance, all - mine, rate) },
    }
  }
}

function lookAt(world: World, chance: Chance, second: number, warmUp: WarmUp = NO_WARM_UP): RateLook {
  return {
    spanMs: 1_000,
    candidateBoxes: 1,
    baselineBoxes: 9,
    warming: warmUpTimes(warmUp, second * 1_000),
    usual: null,
    ...world(chance, second),
  }
}

/** Stops as soon as the wealth is what a greedy reader waits for, or the time is over. */
function stopped(settings: RateSetup, world: World, chance: Chance, greed: number): number {
  return stoppedEach(settings, world, chance, [greed])[0] ?? 1
}

/** The same for several readers of one trial. */
function stoppedEach(
  settings: RateSetup,
  world: World,
  chance: Chance,
  greeds: readonly number[],
): readonly number[] {
  const stops = greeds.map((): number | undefined => undefined)
  let trial = beginRate(settings)
  for (let second = 0; second < TICKS; second += 1) {
    trial = withRate(settings, trial, lookAt(world, chance, second, settings.warmUp))
    const wealth = rateEvidence(settings, trial)
    for (const [reader, greed] of greeds.entries()) if (wealth >= greed) stops[reader] ??= wealth
  }
  return stops.map((stop) => stop ?? rateEvidence(settings, trial))
}

const nulls: Readonly<Record<string, World>> = {
  'a steady rate': world(
    () => 0.01,
    () => 0.1,
  ),
  'half of everything fails': world(
    () => 0.5,
    () => 0.3,
  ),
  'a shared outage in the middle': world(
    (second) => (second > 100 && second < 130 ? 0.6 : 0.005),
    () => 0.1,
  ),
  'a rate that swings like day and night': world(
    (second) => 0.02 * (1 + Math.sin(second / 40)),
    () => 0.1,
  ),
  'shares that grow step by step': world(
    (second) => 0.002 + second / 30_000,
    (second) => (second < 100 ? 0.05 : second < 200 ? 0.25 : 0.5),
  ),
  'shares that jump every second': world(
    () => 0.03,
    (second) => (second % 2 === 0 ? 0.02 : 0.7),
  ),
  'a better candidate': world(
    () => 0.02,
    () => 0.1,
    0.5,
  ),
}

describe.each(Object.entries(nulls))('while it is no worse: %s', (name, null_) => {
  test('no reader wins anything on average, however greedy', () => {
    const chance = chanceFrom(name.length * 1_000)
    const greeds = [2, 10, Number.POSITIVE_INFINITY]
    const runs = Array.from({ length: RUNS }, () => stoppedEach(plain, null_, chance, greeds))
    for (const reader of greeds.keys()) {
      const stops = runs.map((stop) => stop[reader] ?? 0)
      const mean = stops.reduce((sum, wealth) => sum + wealth, 0) / RUNS
      const variance = stops.reduce((sum, wealth) => sum + (wealth - mean) ** 2, 0) / RUNS
      expect(mean - 4 * Math.sqrt(variance / RUNS)).toBeLessThanOrEqual(1)
    }
  })
})

test('what is only just tolerated is not against it', () => {
  const chance = chanceFrom(7)
  const settings = rateSetup({ ...plain, tolerated: 1.2 })
  const alarms = Array.from({ length: 400 }, () =>
    stopped(
      settings,
      world(
        () => 0.02,
        () => 0.1,
        1.2,
      ),
      chance,
      100,
    ),
  ).filter((wealth) => wealth >= 100)
  expect(alarms.length).toBeLessThanOrEqual(8)
})

test('a box that is new may do what new boxes do, and a total outage is seen nevertheless', () => {
  const settings = rateSetup({ ...plain, warmUp: GUESSED_WARM_UP, spread: GUESSED_SPREAD })
  const warming: World = (chance, second) =>
    world(
      () => 0.005,
      () => 0.1,
      second < 110 ? 4 : 1,
    )(chance, second)
  const chance = chanceFrom(11)
  const alarms = Array.from({ length: 300 }, () => stopped(settings, warming, chance, 100))
  expect(alarms.filter((wealth) => wealth >= 100).length).toBeLessThanOrEqual(6)
  let trial = beginRate(settings)
  let seconds = 0
  const outage = world(
    () => 0.005,
    () => 0.1,
    200,
    200,
  )
  while (rateEvidence(settings, trial) < 200 && seconds < TICKS)
    trial = withRate(settings, trial, lookAt(outage, chance, seconds++, settings.warmUp))
  expect(seconds).toBeLessThanOrEqual(6)
})

test('twice the errors are found in the end, ten times soon, also when they begin late', () => {
  const chance = chanceFrom(3)
  const found = (worse: number, fromSecond: number): number => {
    let trial = beginRate(plain)
    for (let second = 0; second < 3_600; second += 1) {
      const now = second < fromSecond ? 1 : worse
      trial = withRate(
        plain,
        trial,
        lookAt(
          world(
            () => 0.005,
            () => 0.1,
            now,
            200,
          ),
          chance,
          second,
        ),
      )
      if (rateEvidence(plain, trial) >= 100) return second - fromSecond
    }
    return Number.POSITIVE_INFINITY
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
  const often = (worse: number, from: number): number =>
    median(Array.from({ length: 41 }, () => found(worse, from)))
  expect(often(2, 0)).toBeLessThan(400)
  expect(often(10, 0)).toBeLessThan(40)
  expect(often(2, 1_000)).toBeLessThan(600)
})

test('bursts that boxes have by themselves convict nobody once their clumping is known', () => {
  const chance = chanceFrom(17)
  const clumped: World = (draw) => {
    const arm = (requests: number) => ({
      requests,
      hits: Math.min(requests, 4 * poisson(draw, (requests * 0.01) / 4) + (normal(draw) > 3 ? 6 : 0)),
    })
    return { candidate: arm(20), baseline: arm(180) }
  }
  const wise = rateSetup({ ...plain, spread: { ...plain.spread, clumping: 6 } })
  const alarms = (settings: RateSetup): number =>
    Array.from({ length: 200 }, () => stopped(settings, clumped, chance, 100)).filter((each) => each >= 100)
      .length
  expect(alarms(wise)).toBeLessThanOrEqual(6)
  expect(alarms(plain)).toBeGreaterThan(alarms(wise))
})
