// Latency on trial: how many requests are slower than the slow ones of the baseline were a moment ago. Limits come from
// the past only; the candidate is given the tolerated slowdown on top. Evidence is taken a block at a time.
import { BUCKETS_PER_OCTAVE, type LatencyCounts } from '../latency-histogram.ts'
import { beginMixture, wealthOf, withGains, type GridMixture, type MixtureShape } from './grid-mixture.ts'
import { clumpingsOf, noScatter, withScattered, type LatencyScatter } from './latency-scatter.ts'
import { addAbove, addTo, countsAbove, limitsOf, noneAbove, type Above, type Limit } from './latency-tails.ts'
import { allCounts, fineAlone, LATENCY_BLOCK_MS, type LatencyUsual } from './latency-usual.ts'
import { CAP_NATS, onsetOf } from './rate-trial.ts'
import type { WarmUp } from './warm-up.ts'

export type ExceedanceSettings = {
  /** Buckets of the latency grid by which the candidate may be slower; two are the first above a tenth. */
  readonly toleratedBuckets: number
  /** The same above the slowest minute of the baseline, where nothing is served beside it. */
  readonly toleratedBucketsAlone: number
  readonly warmUp: WarmUp
  readonly plannedMs: number
}

export type ExceedanceTrial = {
  readonly mixture: GridMixture
  /** Empty until the baseline showed its tails. */
  readonly limits: readonly Limit[]
  readonly limitsAgeMs: number
  /** The baseline's latest latencies, older ones fading. */
  readonly usual: readonly number[]
  /** How the candidate's own slow requests come. */
  readonly scatter: LatencyScatter
  readonly block: ExceedanceBlock
  /** Over all blocks: how many were above the limits of their time, for words. */
  readonly totals: ExceedanceTotals
}

/** Of the baseline where it was beside; otherwise what its share was to be. */
export type ExceedanceTotals = {
  readonly candidate: number
  readonly candidateAbove: readonly number[]
  readonly expectedAbove: readonly number[]
  /** Per tail, the last bucket that was still fine in the newest block. */
  readonly fine: readonly number[]
}

type ExceedanceBlock = {
  readonly spanMs: number
  readonly mine: Above
  readonly theirs: Above
  readonly seen: readonly LatencyCounts[]
  readonly fine: readonly number[]
}

export type ExceedanceLook = {
  readonly spanMs: number
  /** How many times as long a new box, or just another box, may take. */
  readonly slowness: number
  readonly candidate: LatencyCounts
  /** Null where nothing is served beside it. */
  readonly baseline: LatencyCounts | null
  /** What was known of the baseline before this look. */
  readonly known: LatencyUsual
}

const TAIL_WEIGHTS = [0.15, 0.15, 0.15, 0.15, 0.25, 0.15] as const
/** Odds of being slow, as multiples of the baseline's, that are bet on. */
const ODDS_TIMES = [1.25, 1.7, 2.5, 5, 15] as const
const CELL_WEIGHTS = TAIL_WEIGHTS.flatMap((weight) => ODDS_TIMES.map(() => weight / ODDS_TIMES.length))
const LIMITS_KEPT_MS = 60_000
const FADING = 0.8
/** Alone a tail may also be this much thicker, and one request in a hundred may be slow for reasons of its own. */
const TAIL_TIMES_ALONE = 2
const TAIL_ALONE_MIN = 0.01
const TAIL_MAX = 0.9

const noBlock: ExceedanceBlock = { spanMs: 0, mine: noneAbove, theirs: noneAbove, seen: [], fine: [] }

/** `known`: what the baseline was seen to need before the trial. */
export function beginExceedances(settings: ExceedanceSettings, known: LatencyUsual): ExceedanceTrial {
  const usual = allCounts(known)
  return {
    mixture: beginMixture(shapeOf(settings)),
    limits: limitsOf(usual),
    limitsAgeMs: 0,
    usual,
    scatter: noScatter,
    block: noBlock,
    totals: { candidate: 0, candidateAbove: [], expectedAbove: [], fine: [] },
  }
}

export function withLatency(
  settings: ExceedanceSettings,
  trial: ExceedanceTrial,
  look: ExceedanceLook,
): ExceedanceTrial {
  const block = withSpan(settings, trial, look)
  if (block.spanMs < LATENCY_BLOCK_MS) return { ...trial, block }
  const theirs = clumpingsOf(look.known.scatter)
  const mine = clumpingsOf(trial.scatter, theirs)
  const clumpings = theirs.map((clumping, at) => Math.max(clumping, mine[at] ?? 1))
  const gains = gainsOf(trial.limits, block, clumpings)
  const usual = block.seen.reduce(addTo, trial.usual)
  const limitsAgeMs = trial.limitsAgeMs + block.spanMs
  const isDue = trial.limits.length === 0 || limitsAgeMs >= LIMITS_KEPT_MS
  const renewed = isDue && block.seen.length > 0 ? limitsOf(usual) : trial.limits
  return {
    mixture: withGains(shapeOf(settings), trial.mixture, gains, block.spanMs),
    limits: renewed,
    limitsAgeMs: isDue ? 0 : limitsAgeMs,
    usual: isDue && block.seen.length > 0 ? usual.map((count) => count * FADING) : usual,
    scatter: withScattered(trial.scatter, block.mine, block.fine.join()),
    block: noBlock,
    totals: withBlock(trial, block),
  }
}

function withBlock({ totals, limits }: ExceedanceTrial, block: ExceedanceBlock): ExceedanceTotals {
  if (limits.length === 0) return totals
  const { mine, theirs, fine } = block
  return {
    candidate: totals.candidate + mine.all,
    candidateAbove: limits.map((_, at) => (totals.candidateAbove[at] ?? 0) + (mine.above[at] ?? 0)),
    expectedAbove: limits.map(({ tail }, at) => {
      const share = theirs.all > 0 ? (theirs.above[at] ?? 0) / theirs.all : tail
      return (totals.expectedAbove[at] ?? 0) + share * mine.all
    }),
    fine,
  }
}

export function exceedanceEvidence(settings: ExceedanceSettings, { mixture }: ExceedanceTrial): number {
  return wealthOf(shapeOf(settings), mixture)
}

function withSpan(
  { toleratedBuckets, toleratedBucketsAlone }: ExceedanceSettings,
  { limits, block }: ExceedanceTrial,
  { spanMs, slowness, candidate, baseline, known }: ExceedanceLook,
): ExceedanceBlock {
  const isBeside = baseline !== null && baseline.length > 0
  const given = Math.ceil(BUCKETS_PER_OCTAVE * Math.log2(Math.max(1, slowness)))
  const fine = isBeside
    ? limits.map(({ bucket }) => bucket + toleratedBuckets + given)
    : fineAlone(known, limits, toleratedBucketsAlone + given).slice(0, limits.length)
  return {
    spanMs: block.spanMs + spanMs,
    mine: addAbove(block.mine, countsAbove(candidate, fine)),
    theirs: isBeside
      ? addAbove(
          block.theirs,
          countsAbove(
            baseline,
            limits.map(({ bucket }) => bucket),
          ),
        )
      : block.theirs,
    seen: isBeside ? [...block.seen, baseline] : block.seen,
    fine,
  }
}

function gainsOf(
  limits: readonly Limit[],
  { mine, theirs }: ExceedanceBlock,
  clumpings: readonly number[],
): readonly number[] | null {
  if (limits.length === 0 || mine.all === 0) return null
  return limits.flatMap(({ tail }, at) =>
    ODDS_TIMES.map((times) => {
      const candidate = { n: mine.all, above: mine.above[at] ?? 0 }
      const gain =
        theirs.all > 0
          ? gainBeside(candidate, { n: theirs.all, above: theirs.above[at] ?? 0 }, tail, times)
          : gainAlone(candidate, Math.min(TAIL_MAX, Math.max(tail * TAIL_TIMES_ALONE, TAIL_ALONE_MIN)), times)
      return gain / (clumpings[at] ?? 1)
    }),
  )
}

type Tail = { readonly n: number; readonly above: number }

/** Two samples against one common share; its mean is at most one while the candidate is slow no more often. */
function gainBeside(candidate: Tail, baseline: Tail, tail: number, times: number): number {
  const worse = oddsTimes(tail, times)
  const common = (candidate.n * worse + baseline.n * tail) / (candidate.n + baseline.n)
  return (
    candidate.above * Math.log(worse / common) +
    (candidate.n - candidate.above) * Math.log((1 - worse) / (1 - common)) +
    baseline.above * Math.log(tail / common) +
    (baseline.n - baseline.above) * Math.log((1 - tail) / (1 - common))
  )
}

/** One sample against the share that is usual. */
function gainAlone({ n, above }: Tail, tail: number, times: number): number {
  const worse = oddsTimes(tail, times)
  return above * Math.log(worse / tail) + (n - above) * Math.log((1 - worse) / (1 - tail))
}

function oddsTimes(share: number, times: number): number {
  return (share * times) / (1 - share + share * times)
}

function shapeOf({ warmUp, plannedMs }: ExceedanceSettings): MixtureShape {
  return {
    weights: CELL_WEIGHTS,
    capNats: CAP_NATS,
    blockMs: LATENCY_BLOCK_MS,
    onset: onsetOf(warmUp, plannedMs),
  }
}
