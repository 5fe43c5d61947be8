// Tails of the normal distribution: the series of Φ near the middle, the continued fraction of Mills' ratio outside.

const SERIES_TO = 3
const LOG_SQRT_TWO_PI = 0.9189385332046728

/** log P(Z > z) for a standard normal Z. */
export function logNormalAbove(z: number): number {
  if (z < -SERIES_TO) return Math.log1p(-Math.exp(logNormalAbove(-z)))
  if (z <= SERIES_TO) return Math.log(0.5 - aroundZero(z))
  // Mills' ratio 1/(z + 1/(z + 2/(z + 3/…))), from the inside out.
  let ratio = z
  for (let k = 120; k >= 1; k -= 1) ratio = z + k / ratio
  return -0.5 * z * z - LOG_SQRT_TWO_PI - Math.log(ratio)
}

/** log P(Z ≤ z). */
export function logNormalAtMost(z: number): number {
  return logNormalAbove(-z)
}

/** The z that a standard normal exceeds with the given probability. */
export function normalAbove(probability: number): number {
  let low = -40
  let high = 40
  const level = Math.log(probability)
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2
    if (logNormalAbove(middle) > level) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Φ(z) − ½ by φ(z) Σ z^(2k+1) / (2k+1)!!. */
function aroundZero(z: number): number {
  let term = z
  let sum = z
  for (let k = 1; k < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); k += 1) {
    term *= (z * z) / (2 * k + 1)
    sum += term
  }
  return sum * Math.exp(-0.5 * z * z - LOG_SQRT_TWO_PI)
}
