// Special functions against mpmath and scipy; how the values were made stands in testing/make-golden.py.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { logBetaAtMost, logBinomialAtLeast, logBinomialAtMost, rateAtLeast, rateAtMost } from './beta-tail.ts'
import { logBeta, logGamma } from './log-gamma.ts'
import { logSumExp } from './log-sum-exp.ts'
import { logNormalAbove, logNormalAtMost, normalAbove } from './normal-tail.ts'
import { studentAbove } from './student-tail.ts'

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'testing', 'golden.json'), 'utf8'),
) as Record<string, readonly (readonly number[])[]>

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  logGamma,
  logBetaAtMost,
  logBinomialAtLeast,
  rateAtMost,
  rateAtLeast,
  logNormalAbove,
  studentAbove,
}

describe.each(Object.entries(golden))('%s', (name, rows) => {
  test.each(rows)('of %j, %j, %j, %j', (...row) => {
    const values = row.filter((value) => value !== undefined)
    const wanted = values.at(-1)!
    const got = functions[name]!(...values.slice(0, -1))
    expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(wanted)))
  })
})

test('every function has golden values', () => {
  expect(Object.keys(golden).toSorted()).toEqual(Object.keys(functions).toSorted())
})

test('the mixture value published for 30 of 200 against a tenth comes out', () => {
  const [hits, of, usual] = [30, 200, 0.1]
  const got =
    logBeta(1 + hits, 9 + of - hits) -
    logBeta(1, 9) -
    hits * Math.log(usual) -
    (of - hits) * Math.log(1 - usual)
  expect(got).toBeCloseTo(0.5737, 4)
})

test('both tails of a binomial add up to one and the point in the middle', () => {
  const [k, n, p] = [7, 40, 0.2]
  const point = Math.exp(
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log(1 - p),
  )
  const both = Math.exp(logBinomialAtLeast(k, n, p)) + Math.exp(logBinomialAtMost(k, n, p))
  expect(both).toBeCloseTo(1 + point, 12)
})

test('what is impossible has no probability, and what is certain all of it', () => {
  expect(logBinomialAtLeast(0, 5, 0.1)).toBe(0)
  expect(logBinomialAtLeast(6, 5, 0.1)).toBe(Number.NEGATIVE_INFINITY)
  expect(logBinomialAtMost(-1, 5, 0.1)).toBe(Number.NEGATIVE_INFINITY)
  expect(logBinomialAtMost(5, 5, 0.1)).toBe(0)
  expect([rateAtMost(0, 0, 0.9), rateAtLeast(0, 9, 0.9)]).toEqual([1, 0])
})

test('a sum of exponentials neither overflows nor vanishes', () => {
  expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY)
  expect(logSumExp([1_000, 1_000])).toBeCloseTo(1_000 + Math.LN2, 12)
  expect(logSumExp([-1_000, -1_001])).toBeCloseTo(-1_000 + Math.log1p(Math.exp(-1)), 12)
})

test('a normal bound is where its tail says', () => {
  expect(normalAbove(0.05)).toBeCloseTo(1.6448536269514722, 9)
  expect(logNormalAtMost(1)).toBeCloseTo(logNormalAbove(-1), 12)
})
