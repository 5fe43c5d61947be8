// Stirling's series where it is exact to the last digits, and the recurrence Γ(x+1) = xΓ(x) to get there.

/** Bernoulli numbers B₂ₖ / (2k(2k−1)), k from 1. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156] as const
const SERIES_FROM = 12
const HALF_LOG_TWO_PI = 0.9189385332046728

/** Natural logarithm of Γ(x), for x > 0; relative error below 1e-13, absolute near its zeros at 1 and 2. */
export function logGamma(x: number): number {
  let shifted = x
  let product = 1
  while (shifted < SERIES_FROM) {
    product *= shifted
    shifted += 1
  }
  const square = 1 / (shifted * shifted)
  let sum = 0
  for (let k = STIRLING.length - 1; k >= 0; k -= 1) sum = sum * square + (STIRLING[k] ?? 0)
  return (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + sum / shifted - Math.log(product)
}

/** Natural logarithm of B(a, b), for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}
