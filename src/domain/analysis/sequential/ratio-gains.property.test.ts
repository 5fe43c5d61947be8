// The promise of the bets, by adding up every outcome there is: no chance, no tolerance beyond rounding.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gainsAlone, gainsBeside } from './ratio-gains.ts'

/** Probabilities of 0, 1, 2 … hits among requests that each fail with their own probability. */
function hitsOf(rates: readonly number[]): readonly number[] {
  return rates.reduce<readonly number[]>(
    (chances, rate) =>
      [...chances, 0].map((chance, hits) => chance * (1 - rate) + (chances[hits - 1] ?? 0) * rate),
    [1],
  )
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const rates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 })
const tolerated = fc.double({ min: 1, max: 3, noNaN: true })
const clumping = fc.double({ min: 1, max: 6, noNaN: true })

function meanWinBeside(
  candidate: readonly number[],
  baseline: readonly number[],
  limit: number,
  times: number,
  clumps: number,
): number {
  let sum = 0
  for (const [hits, chance] of hitsOf(candidate).entries())
    for (const [others, otherChance] of hitsOf(baseline).entries()) {
      const gains = gainsBeside(
        { requests: candidate.length, hits },
        { requests: baseline.length, hits: others },
        limit,
        [times],
        clumps,
      )
      sum += chance * otherChance * Math.exp(gains?.[0] ?? 0)
    }
  return sum
}

describe('beside a baseline, whatever each single request would do', () => {
  test('a bet on worse wins nothing on average from a candidate that is no worse than tolerated', () => {
    fc.assert(
      fc.property(
        rates,
        rates,
        tolerated,
        clumping,
        fc.double({ min: 1.01, max: 100, noNaN: true }),
        (candidate, baseline, limit, clumps, times) => {
          const worst = limit * mean(baseline)
          const isTooBad = mean(candidate) > worst
          const fair = isTooBad ? candidate.map((rate) => (rate * worst) / mean(candidate)) : candidate
          expect(meanWinBeside(fair, baseline, limit, times, clumps)).toBeLessThanOrEqual(1 + 1e-9)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })

  test('a bet on better wins nothing on average from a candidate that is at least so much worse', () => {
    fc.assert(
      fc.property(
        rates,
        rates,
        tolerated,
        clumping,
        fc.double({ min: 0.1, max: 0.99, noNaN: true }),
        (candidate, baseline, limit, clumps, times) => {
          const least = limit * mean(baseline)
          const scale = mean(candidate) < least ? mean(candidate) / Math.max(least, 1e-300) : 1
          const bad = baseline.map((rate) => rate * scale)
          expect(meanWinBeside(candidate, bad, limit, times, clumps)).toBeLessThanOrEqual(1 + 1e-9)
        },
      ),
      { seed: 2, numRuns: 500 },
    )
  })

  test('a clump of failures counts as one, where the clumping is known', () => {
    // Every failure comes three at once: requests that fail or succeed together.
    for (const rate of [0.01, 0.1, 0.4]) {
      let sum = 0
      for (const [clumps, chance] of hitsOf(Array.from({ length: 6 }, () => rate)).entries())
        for (const [others, otherChance] of hitsOf(Array.from({ length: 8 }, () => rate)).entries()) {
          const gains = gainsBeside(
            { requests: 18, hits: 3 * clumps },
            { requests: 24, hits: 3 * others },
            1,
            [3],
            3,
          )
          sum += chance * otherChance * Math.exp(gains?.[0] ?? 0)
        }
      expect(sum).toBeLessThanOrEqual(1 + 1e-9)
    }
  })
})

test('alone: a bet on worse wins nothing on average up to the usual rate', () => {
  fc.assert(
    fc.property(
      rates,
      fc.double({ min: 1.01, max: 100, noNaN: true }),
      clumping,
      (candidate, times, clumps) => {
        const sum = hitsOf(candidate).reduce((total, chance, hits) => {
          const gains = gainsAlone({ requests: candidate.length, hits }, mean(candidate), [times], clumps)
          return total + chance * Math.exp(gains?.[0] ?? 0)
        }, 0)
        expect(sum).toBeLessThanOrEqual(1 + 1e-9)
      },
    ),
    { seed: 3, numRuns: 500 },
  )
})

test('nothing failed, or one arm served nothing: nothing is won or lost', () => {
  const [none, some] = [
    { requests: 0, hits: 0 },
    { requests: 9, hits: 3 },
  ]
  expect(gainsBeside(some, none, 1, [2], 1)).toBeNull()
  expect(gainsBeside(none, some, 1, [2], 1)).toBeNull()
  expect(gainsBeside({ ...some, hits: 0 }, { ...some, hits: 0 }, 1, [2], 1)).toBeNull()
  expect(gainsAlone(none, 0.1, [2], 1)).toBeNull()
})
