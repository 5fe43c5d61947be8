// The regularised incomplete beta function by its continued fraction (Lentz), in logarithms so that far tails keep
// their digits; and what follows from it: binomial tails and exact bounds of a rate.
import { logBeta } from './log-gamma.ts'

const STEPS_MAX = 20_000
const CLOSE = 1e-15
const TINY = 1e-300

/** log I_x(a, b): the probability that a Beta(a, b) variable is at most x. Relative error about 1e-12 of the probability. */
export function logBetaAtMost(x: number, a: number, b: number): number {
  if (x <= 0) return Number.NEGATIVE_INFINITY
  if (x >= 1) return 0
  if (x < (a + 1) / (a + b + 2)) return logLower(x, a, b)
  return log1mExp(logLower(1 - x, b, a))
}

/** log P(X ≥ k) for X ~ Binomial(n, p). */
export function logBinomialAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 0
  if (k > n) return Number.NEGATIVE_INFINITY
  return logBetaAtMost(p, k, n - k + 1)
}

/** log P(X ≤ k) for X ~ Binomial(n, p). */
export function logBinomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return Number.NEGATIVE_INFINITY
  if (k >= n) return 0
  return logBetaAtMost(1 - p, n - k, k + 1)
}

/** The largest rate that is still plausible after `count` of `of`: exact one-sided upper bound (Clopper-Pearson). */
export function rateAtMost(count: number, of: number, confidence: number): number {
  if (of <= 0 || count >= of) return 1
  const level = Math.log(1 - confidence)
  return bisect((rate) => logBinomialAtMost(count, of, rate) < level)
}

/** The smallest rate that is still plausible: exact one-sided lower bound. */
export function rateAtLeast(count: number, of: number, confidence: number): number {
  if (count <= 0 || of <= 0) return 0
  const level = Math.log(1 - confidence)
  return bisect((rate) => logBinomialAtLeast(count, of, rate) > level)
}

/** Where a claim that is false at 0 and true at 1 begins to be true. */
function bisect(isBeyond: (rate: number) => boolean): number {
  let low = 0
  let high = 1
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (isBeyond(middle)) high = middle
    else low = middle
  }
  return (low + high) / 2
}

function logLower(x: number, a: number, b: number): number {
  return a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) - logBeta(a, b) + Math.log(fraction(x, a, b))
}

function fraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m <= STEPS_MAX; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / away(1 + even * d)
    c = away(1 + even / c)
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / away(1 + odd * d)
    c = away(1 + odd / c)
    const step = d * c
    result *= step
    if (Math.abs(step - 1) < CLOSE) break
  }
  return result
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

/** log(1 − exp(value)) for value ≤ 0. */
function log1mExp(value: number): number {
  if (value >= 0) return Number.NEGATIVE_INFINITY
  return value > -Math.LN2 ? Math.log(-Math.expm1(value)) : Math.log1p(-Math.exp(value))
}
