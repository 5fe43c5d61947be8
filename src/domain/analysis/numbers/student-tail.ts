import { logBetaAtMost } from './beta-tail.ts'

/** The t that Student's distribution with so many degrees of freedom exceeds with the given probability (below ½). */
export function studentAbove(probability: number, freedom: number): number {
  const level = Math.log(2 * probability)
  let low = 0
  let high = 1e6
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2
    const isMore = logBetaAtMost(freedom / (freedom + middle * middle), freedom / 2, 0.5) > level
    if (isMore) low = middle
    else high = middle
  }
  return (low + high) / 2
}
