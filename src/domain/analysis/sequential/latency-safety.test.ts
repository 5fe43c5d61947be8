import { describe, expect, test } from 'vitest'
import { latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import { beginLatencySafety, latencySafetyEvidence, withLatencySafety } from './latency-safety.ts'
import { nothingUsual, withUsual, type LatencyUsual } from './latency-usual.ts'
import { chanceFrom, normal, poisson, type Chance } from './testing/chance.ts'

function counts(times: number, requests: number, chance: Chance): LatencyCounts {
  const pairs = new Map<number, number>()
  for (let each = 0; each < requests; each += 1) {
    const bucket = latencyBucket(times * 50 * Math.exp(0.6 * normal(chance)))
    pairs.set(bucket, (pairs.get(bucket) ?? 0) + 1)
  }
  return [...pairs]
}

function history(chance: Chance): LatencyUsual {
  return Array.from({ length: 360 }).reduce<LatencyUsual>(
    (known) => withUsual(known, counts(1, poisson(chance, 100), chance), 5_000),
    nothingUsual,
  )
}

/** The most it ever showed within twenty minutes at twenty requests a second. */
function shown(
  times: number,
  seed: number,
  { isBeside = true, known = history(chanceFrom(seed)) } = {},
): number {
  const chance = chanceFrom(1_000 + seed)
  let [safety, usual, most] = [beginLatencySafety(), known, 1]
  for (let second = 0; second < 1_200; second += 1) {
    const baseline = isBeside ? counts(1, poisson(chance, 40), chance) : null
    const candidate = counts(times, poisson(chance, 20), chance)
    safety = withLatencySafety(safety, { spanMs: 1_000, candidate, baseline, known: usual })
    if (baseline !== null) usual = withUsual(usual, baseline, 1_000)
    most = Math.max(most, latencySafetyEvidence(safety))
  }
  return most
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed)

describe.each([true, false])('beside a baseline: %s', (isBeside) => {
  test('a release as quick as the baseline is shown to be', () => {
    const most = SEEDS.slice(0, 5).map((seed) => shown(1, seed, { isBeside }))
    expect(most.filter((each) => each >= 20).length).toBeGreaterThanOrEqual(4)
  })

  test('one that is half as slow again is hardly ever', () => {
    expect(SEEDS.filter((seed) => shown(1.5, seed, { isBeside }) >= 20).length).toBeLessThanOrEqual(3)
  })

  test('one that is twice as slow never', () => {
    expect(SEEDS.filter((seed) => shown(2, seed, { isBeside }) >= 20)).toEqual([])
  })
})

test('nothing is shown of what is compared with nothing', () => {
  expect(shown(1, 1, { isBeside: false, known: nothingUsual })).toBeCloseTo(1, 9)
})
