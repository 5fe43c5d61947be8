// The Mann-Whitney test as the open canary judges use it: mid-ranks, normal approximation with ties and continuity
// correction, and the confidence interval of the shift by looking where the statistic crosses.
import { normalAbove } from '../../../src/domain/analysis/numbers/normal-tail.ts'

const ROOT_STEPS = 60

/** Standardised statistic of `left − shift` against `right`; above zero where `left` is larger. */
export function mannWhitneyZ(left: readonly number[], right: readonly number[], shift = 0): number {
  const [n, m] = [left.length, right.length]
  const all = [
    ...left.map((value) => ({ value: value - shift, isLeft: true })),
    ...right.map((value) => ({ value, isLeft: false })),
  ].toSorted((a, b) => a.value - b.value)
  let [rankSum, ties] = [0, 0]
  for (let from = 0; from < all.length; ) {
    let to = from + 1
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    const count = to - from
    for (let at = from; at < to; at += 1) if (all[at]?.isLeft === true) rankSum += (from + to + 1) / 2
    ties += count ** 3 - count
    from = to
  }
  const off = rankSum - (n * (n + 1)) / 2 - (n * m) / 2
  const spread = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
  return spread === 0 ? 0 : (off - 0.5 * Math.sign(off)) / spread
}

export type ShiftInterval = { readonly low: number; readonly middle: number; readonly high: number }

/** Confidence interval and middle of the shift of `left` over `right`. */
export function shiftOf(
  left: readonly number[],
  right: readonly number[],
  confidence: number,
): ShiftInterval {
  const z = normalAbove((1 - confidence) / 2)
  const from = Math.min(...left) - Math.max(...right)
  const to = Math.max(...left) - Math.min(...right)
  const crossing = (level: number): number => {
    let [low, high] = [from, to]
    for (let step = 0; step < ROOT_STEPS && high - low > 1e-4; step += 1) {
      const middle = (low + high) / 2
      if (mannWhitneyZ(left, right, middle) > level) low = middle
      else high = middle
    }
    return (low + high) / 2
  }
  return { low: crossing(z), middle: crossing(0), high: crossing(-z) }
}
