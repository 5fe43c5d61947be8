/** log Σ exp(values), without overflow; −∞ of nothing. */
export function logSumExp(values: readonly number[]): number {
  let highest = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > highest) highest = value
  if (!Number.isFinite(highest)) return highest
  let sum = 0
  for (const value of values) sum += Math.exp(value - highest)
  return highest + Math.log(sum)
}
