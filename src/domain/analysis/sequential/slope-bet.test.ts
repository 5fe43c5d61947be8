// The bet on a rise: against an integral done by brute force, and its mean over rows that do not rise.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logSlopeEvidence } from './slope-bet.ts'

/** Integrated over slope and noise in 20 digits by testing/make-slope-golden.py; its last digits are cut off by its limits. */
const GOLDEN: readonly (readonly [values: readonly number[], logEvidence: number])[] = [
  [[1, 2, 4, 3], 0.606008],
  [[5, 4, 6, 7, 9, 8, 11], 3.03959010721],
  [[3, 1, 2, 0, -1, -2], -1.39393596137],
  [[0.5, 0.7, 0.1, 0.9, 0.4, 0.6, 0.2, 0.8], -0.705917726473],
]

describe('golden values', () => {
  test.each(GOLDEN)('of %j', (values, wanted) => {
    expect(Math.abs(logSlopeEvidence(values) - wanted)).toBeLessThan(1e-5)
  })
})

function numbersFrom(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 4_294_967_296
  }
}

function normalsFrom(seed: number): () => number {
  const next = numbersFrom(seed)
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
}

/** Mean of the wealth over many rows, each stopped when it first has `limit`, or at its end. */
function meanWhenStopped(
  rows: number,
  length: number,
  { slope, tolerated, limit, seed }: { slope: number; tolerated: number; limit: number; seed: number },
): { readonly mean: number; readonly error: number; readonly stopped: number } {
  const normal = normalsFrom(seed)
  let [sum, squares, stopped] = [0, 0, 0]
  for (let row = 0; row < rows; row += 1) {
    const values: number[] = []
    let wealth = 1
    while (values.length < length && wealth < limit) {
      values.push(7 + slope * values.length + 3 * normal())
      wealth = Math.exp(logSlopeEvidence(values, tolerated))
    }
    sum += wealth
    squares += wealth * wealth
    if (wealth >= limit) stopped += 1
  }
  const mean = sum / rows
  return { mean, error: Math.sqrt((squares / rows - mean * mean) / rows), stopped: stopped / rows }
}

describe('over rows that do not rise', () => {
  const cases = [
    { slope: 0, tolerated: 0, limit: 5, seed: 11 },
    { slope: 0, tolerated: 0, limit: 50, seed: 12 },
    { slope: -0.5, tolerated: 0, limit: 5, seed: 13 },
    { slope: 0.4, tolerated: 0.4, limit: 5, seed: 14 },
    { slope: 0.1, tolerated: 0.4, limit: 5, seed: 15 },
  ]
  for (const one of cases)
    test(`that rise by ${one.slope} where ${one.tolerated} is tolerated, stopped at ${one.limit}, it has a mean of at most one`, () => {
      const { mean, error, stopped } = meanWhenStopped(4_000, 25, one)
      expect(mean).toBeLessThanOrEqual(1 + 3 * error)
      expect(stopped).toBeLessThanOrEqual(1 / one.limit + 0.02)
    })

  test('a rise is found: the same rows with one win', () => {
    const { stopped } = meanWhenStopped(300, 25, { slope: 1.5, tolerated: 0.4, limit: 50, seed: 16 })
    expect(stopped).toBeGreaterThan(0.95)
  })
})

test('neither where the row lies nor how it is measured matters', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 20 }),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.constantFrom(0.001, 0.5, 3, 1_000),
      (values, level, scale) => {
        const moved = values.map((value) => level + scale * value)
        const [one, other] = [logSlopeEvidence(values), logSlopeEvidence(moved)]
        expect(Math.abs(one - other)).toBeLessThan(1e-6 * Math.max(1, Math.abs(one)))
      },
    ),
    { numRuns: 200 },
  )
})

test('what never moves, and what is too short, says nothing', () => {
  expect(logSlopeEvidence([5, 5, 5, 5, 5, 5])).toBe(0)
  expect(logSlopeEvidence([1, 9])).toBe(0)
  expect(logSlopeEvidence([])).toBe(0)
})
