// Latency on trial: how many requests are slower than the slow ones of the baseline were a moment ago. Limits come from
// the past only; the candidate is given the tolerated slowdown on top. Evidence is taken a block at a time.
import type { LatencyCounts } from '../latency-histogram.ts'
import { BUCKET_MAX, BUCKETS_PER_OCTAVE } from '../latency-histogram.ts'
import { beginMixture, wealthOf, withGains, type GridMixture, type MixtureShape } from './grid-mixture.ts'
import { CAP_NATS, onsetOf } from './rate-trial.ts'
import type { WarmUp } from './warm-up.ts'

export type ExceedanceSettings = {
  /** Buckets of the latency grid by which the candidate may be slower; two are the first above a tenth. */
  readonly toleratedBuckets: number
  /** The same where nothing is served beside it: load and hour have changed too. */
  readonly toleratedBucketsAlone: number
  readonly clumping: number
  readonly warmUp: WarmUp
  readonly plannedMs: number
  readonly blockMs: number
}

export type ExceedanceTrial = {
  readonly mixture: GridMixture
  /** Bucket that each tail of the baseline began at, and its share above it; empty until the baseline showed one. */
  readonly limits: readonly Limit[]
  readonly limitsAgeMs: number
  /** The baseline's latest latencies, older ones fading. */
  readonly usual: readonly number[]
  readonly block: ExceedanceBlock
  /** Over all blocks: how many were above the limits of their time, for words. */
  readonly totals: ExceedanceTotals
}

/** Of the baseline where it was beside; otherwise what its share was to be. */
export type ExceedanceTotals = {
  readonly candidate: number
  readonly candidateAbove: readonly number[]
  readonly expectedAbove: readonly number[]
}

type Limit = { readonly bucket: number; readonly tail: number }

type ExceedanceBlock = {
  readonly spanMs: number
  readonly candidate: number
  readonly candidateAbove: readonly number[]
  readonly baseline: number
  readonly baselineAbove: readonly number[]
  readonly seen: readonly LatencyCounts[]
}

export type ExceedanceLook = {
  readonly spanMs: number
  /** How many times as long a new box may take. */
  readonly warming: number
  readonly candidate: LatencyCounts
  /** Null where nothing is served beside it. */
  readonly baseline: LatencyCounts | null
}

/** Tails that are watched: the slower half, quarter, tenth, twentieth, hundredth and thousandth. */
const TAILS = [0.5, 0.25, 0.1, 0.05, 0.01, 0.001] as const
const TAIL_WEIGHTS = [0.15, 0.15, 0.15, 0.15, 0.25, 0.15] as const
/** Odds of being slow, as multiples of the baseline's, that are bet on. */
const ODDS_TIMES = [1.25, 1.7, 2.5, 5, 15] as const
const CELL_WEIGHTS = TAIL_WEIGHTS.flatMap((weight) => ODDS_TIMES.map(() => weight / ODDS_TIMES.length))
const LIMITS_KEPT_MS = 60_000
const FADING = 0.8
/** Requests of the baseline from which its limits are taken. */
const USUAL_MIN = 100

const noBlock: ExceedanceBlock = {
  spanMs: 0,
  candidate: 0,
  candidateAbove: [],
  baseline: 0,
  baselineAbove: [],
  seen: [],
}

/** `history`: what the baseline was seen to need before the trial. */
export function beginExceedances(settings: ExceedanceSettings, history: readonly number[]): ExceedanceTrial {
  return {
    mixture: beginMixture(shapeOf(settings)),
    limits: limitsOf(history),
    limitsAgeMs: 0,
    usual: history,
    block: noBlock,
    totals: { candidate: 0, candidateAbove: [], expectedAbove: [] },
  }
}

export function withLatency(
  settings: ExceedanceSettings,
  trial: ExceedanceTrial,
  look: ExceedanceLook,
): ExceedanceTrial {
  const block = withSpan(settings, trial, look)
  if (block.spanMs < settings.blockMs) return { ...trial, block }
  const gains = gainsOf(settings, trial.limits, block)
  const usual = block.seen.reduce(addTo, trial.usual)
  const limitsAgeMs = trial.limitsAgeMs + block.spanMs
  const isDue = trial.limits.length === 0 || limitsAgeMs >= LIMITS_KEPT_MS
  const renewed = isDue && block.seen.length > 0 ? limitsOf(usual) : trial.limits
  return {
    mixture: withGains(shapeOf(settings), trial.mixture, gains, block.spanMs),
    limits: renewed,
    limitsAgeMs: isDue ? 0 : limitsAgeMs,
    usual: isDue && block.seen.length > 0 ? usual.map((count) => count * FADING) : usual,
    block: noBlock,
    totals: withBlock(trial, block),
  }
}

function withBlock({ totals, limits }: ExceedanceTrial, block: ExceedanceBlock): ExceedanceTotals {
  if (limits.length === 0) return totals
  return {
    candidate: totals.candidate + block.candidate,
    candidateAbove: limits.map((_, at) => (totals.candidateAbove[at] ?? 0) + (block.candidateAbove[at] ?? 0)),
    expectedAbove: limits.map(({ tail }, at) => {
      const share = block.baseline > 0 ? (block.baselineAbove[at] ?? 0) / block.baseline : tail
      return (totals.expectedAbove[at] ?? 0) + share * block.candidate
    }),
  }
}

export function exceedanceEvidence(settings: ExceedanceSettings, { mixture }: ExceedanceTrial): number {
  return wealthOf(shapeOf(settings), mixture)
}

/** Counts by bucket, dense; the history of a baseline is made of these. */
export function addTo(usual: readonly number[], counts: LatencyCounts): readonly number[] {
  if (counts.length === 0) return usual
  const sums = usual.length > 0 ? [...usual] : Array.from({ length: BUCKET_MAX + 1 }, () => 0)
  for (const [bucket, count] of counts) sums[bucket] = (sums[bucket] ?? 0) + count
  return sums
}

function withSpan(
  settings: ExceedanceSettings,
  { limits, block }: ExceedanceTrial,
  { spanMs, warming, candidate, baseline }: ExceedanceLook,
): ExceedanceBlock {
  const isBeside = baseline !== null && baseline.length > 0
  const given = isBeside ? settings.toleratedBuckets : settings.toleratedBucketsAlone
  const shift = given + Math.ceil(BUCKETS_PER_OCTAVE * Math.log2(Math.max(1, warming)))
  const mine = countsAbove(candidate, limits, shift)
  const theirs = countsAbove(baseline ?? [], limits, 0)
  return {
    spanMs: block.spanMs + spanMs,
    candidate: block.candidate + mine.all,
    candidateAbove: mine.above.map((count, at) => count + (block.candidateAbove[at] ?? 0)),
    baseline: block.baseline + theirs.all,
    baselineAbove: theirs.above.map((count, at) => count + (block.baselineAbove[at] ?? 0)),
    seen: isBeside ? [...block.seen, baseline] : block.seen,
  }
}

function countsAbove(
  counts: LatencyCounts,
  limits: readonly Limit[],
  given: number,
): { readonly all: number; readonly above: readonly number[] } {
  const above = limits.map(() => 0)
  let all = 0
  for (const [bucket, count] of counts) {
    all += count
    for (let at = 0; at < limits.length; at += 1)
      // What fell into the last bucket is slower than can be told; no limit with its tolerance lies beyond it.
      if (bucket > Math.min((limits[at]?.bucket ?? 0) + given, BUCKET_MAX - 1))
        above[at] = (above[at] ?? 0) + count
  }
  return { all, above }
}

function gainsOf(
  { clumping }: ExceedanceSettings,
  limits: readonly Limit[],
  { candidate, candidateAbove, baseline, baselineAbove }: ExceedanceBlock,
): readonly number[] | null {
  if (limits.length === 0 || candidate === 0) return null
  return limits.flatMap(({ tail }, at) =>
    ODDS_TIMES.map((times) => {
      const mine = { n: candidate, above: candidateAbove[at] ?? 0 }
      const gain =
        baseline > 0
          ? gainBeside(mine, { n: baseline, above: baselineAbove[at] ?? 0 }, tail, times)
          : gainAlone(mine, tail, times)
      return gain / clumping
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

function limitsOf(usual: readonly number[]): readonly Limit[] {
  const all = usual.reduce((sum, count) => sum + count, 0)
  if (all < USUAL_MIN) return []
  return TAILS.map((wanted) => {
    let above = 0
    let bucket = usual.length - 1
    while (bucket > 0 && above + (usual[bucket] ?? 0) <= wanted * all) {
      above += usual[bucket] ?? 0
      bucket -= 1
    }
    // At least what a tail that was never seen could still be, and never all.
    return { bucket, tail: Math.min(0.9, Math.max(above / all, 1 / (all + 1), wanted / 4)) }
  })
}

function shapeOf({ warmUp, plannedMs, blockMs }: ExceedanceSettings): MixtureShape {
  return { weights: CELL_WEIGHTS, capNats: CAP_NATS, blockMs, onset: onsetOf(warmUp, plannedMs) }
}
