// Wealth of a bet against "the release is no worse", spread over a grid of how much worse it may be and over when that
// began. Whatever the bets, the mean of the wealth at any moment it may be looked at is at most one while the release
// is no worse: so a judge that acts at 1/α is wrong in at most α of all trials, however often it looks.
//
// A block is a few seconds of evidence. What one block may win is capped, so that no single burst convicts; that only
// takes wealth away, and so keeps the promise.

export type GridMixture = {
  /** Wealth per cell when the open block began, its new stake included. */
  readonly settled: readonly number[]
  /** Log of what each cell's bet won within the open block. */
  readonly open: readonly number[]
  readonly openMs: number
  /** Watched time before the open block. */
  readonly beforeMs: number
  /** Share of the stake that was laid so far; the rest is kept as it is. */
  readonly staked: number
}

export type MixtureShape = {
  /** The stake's parts per cell; they sum to one. */
  readonly weights: readonly number[]
  /** The most that a block may win, as a logarithm. */
  readonly capNats: number
  readonly blockMs: number
  readonly onset: Onset
}

/** When a regression is expected to begin; what is left is laid ever more slowly after `evenlyToMs`. */
export type Onset = {
  readonly atStart: number
  /** A share laid at one later moment, such as the end of the warm-up; null for none. */
  readonly later: { readonly atMs: number; readonly share: number } | null
  readonly evenlyToMs: number
}

/** Part of the stake kept for what begins after the planned time. */
const KEPT_FOR_LATER = 0.05
/** Far beyond any threshold; keeps the numbers finite and comparable on every machine. */
const WEALTH_MAX = 1e100

export function beginMixture({ weights, onset }: MixtureShape): GridMixture {
  const staked = stakedBy(onset, 0)
  return {
    settled: weights.map((weight) => weight * staked),
    open: noGains(weights.length),
    openMs: 0,
    beforeMs: 0,
    staked,
  }
}

/** `gains`: the log-likelihood ratio of each cell over this span; null where nothing happened. */
export function withGains(
  shape: MixtureShape,
  mixture: GridMixture,
  gains: readonly number[] | null,
  spanMs: number,
): GridMixture {
  const open = gains === null ? mixture.open : mixture.open.map((sum, cell) => sum + (gains[cell] ?? 0))
  const openMs = mixture.openMs + spanMs
  if (openMs < shape.blockMs)
    return { settled: mixture.settled, open, openMs, beforeMs: mixture.beforeMs, staked: mixture.staked }
  const beforeMs = mixture.beforeMs + openMs
  const staked = Math.max(mixture.staked, stakedBy(shape.onset, beforeMs))
  const stake = staked - mixture.staked
  return {
    settled: mixture.settled.map((wealth, cell) =>
      Math.min(
        WEALTH_MAX,
        wealth * Math.exp(Math.min(open[cell] ?? 0, shape.capNats)) + (shape.weights[cell] ?? 0) * stake,
      ),
    ),
    open: noGains(open.length),
    openMs: 0,
    beforeMs,
    staked,
  }
}

export function wealthOf(shape: MixtureShape, { settled, open, staked }: GridMixture): number {
  let sum = 1 - staked
  for (let cell = 0; cell < settled.length; cell += 1) {
    const won = open[cell] ?? 0
    sum += (settled[cell] ?? 0) * (won === 0 ? 1 : Math.exp(Math.min(won, shape.capNats)))
  }
  return Math.min(sum, WEALTH_MAX)
}

/** The share of the stake that is laid by a moment of watched time; grows to one and never falls. */
export function stakedBy({ atStart, later, evenlyToMs }: Onset, watchedMs: number): number {
  const laterShare = later === null ? 0 : later.share
  const evenly = Math.max(0, 1 - atStart - laterShare - KEPT_FOR_LATER)
  const passed = evenlyToMs > 0 ? Math.min(1, watchedMs / evenlyToMs) : 1
  const late = watchedMs > evenlyToMs ? KEPT_FOR_LATER * (1 - (evenlyToMs + 1) / (watchedMs + 1)) : 0
  return atStart + (later !== null && watchedMs >= later.atMs ? laterShare : 0) + evenly * passed + late
}

/** One list for all trials: most blocks of most of them are never opened, and ten thousand may run at once. */
function noGains(cells: number): readonly number[] {
  const known = NO_GAINS.get(cells)
  if (known) return known
  const zeros = Object.freeze(Array.from({ length: cells }, () => 0))
  NO_GAINS.set(cells, zeros)
  return zeros
}

const NO_GAINS = new Map<number, readonly number[]>()

/** Equal parts. */
export function evenWeights(cells: number): readonly number[] {
  return Array.from({ length: cells }, () => 1 / cells)
}
