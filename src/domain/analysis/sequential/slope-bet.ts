// A bet that a row of values rises, of which neither the level nor the noise is known. Each value is held against the
// mean of those before it; how the noise is scaled cancels, and so does the level: what is left is a likelihood ratio of
// what does not depend on them, with the slope spread over all rises, small and large in terms of the noise.
import { logBetaAtMost } from '../numbers/beta-tail.ts'

/** How large a slope is expected to be, in noise per step: about a third. */
const PRIOR_PRECISION = 10

/**
 * Logarithm of the e-value against "it does not rise by more than `tolerated` a step", for values that scatter normally
 * and apart from each other about a line; 0 for fewer than three.
 */
export function logSlopeEvidence(values: readonly number[], tolerated = 0): number {
  if (values.length < 3) return 0
  let [mean, meanAt] = [values[0]!, 0]
  let [squares, products, spread] = [0, 0, 0]
  for (let at = 1; at < values.length; at += 1) {
    const value = values[at]! - tolerated * at
    const scale = Math.sqrt(1 + 1 / at)
    const [residual, lever] = [(value - mean) / scale, (at - meanAt) / scale]
    squares += residual * residual
    products += residual * lever
    spread += lever * lever
    mean += (value - mean) / (at + 1)
    meanAt += (at - meanAt) / (at + 1)
  }
  // Nothing moves, so nothing rises; and a line without any noise is no more than the prior makes of it.
  if (!(squares > 0)) return 0
  const freedom = values.length - 1
  const information = PRIOR_PRECISION + spread
  const left = squares - (products * products) / information
  const bothWays = 0.5 * Math.log(PRIOR_PRECISION / information) - 0.5 * freedom * Math.log(left / squares)
  return Math.LN2 + bothWays + logStudentAtMost(products / Math.sqrt((information * left) / freedom), freedom)
}

/** log P(T ≤ t) of Student's distribution. */
function logStudentAtMost(t: number, freedom: number): number {
  const beyond = logBetaAtMost(freedom / (freedom + t * t), freedom / 2, 0.5) - Math.LN2
  return t < 0 ? beyond : Math.log1p(-Math.exp(beyond))
}
