// Is it shown that the release is not slower by what matters: the slowest hundredth half as slow again? A bet on "at
// least as many requests are slower than that as the baseline has in its slowest hundredth" against "fewer".
import { BUCKETS_PER_OCTAVE, type LatencyCounts } from '../latency-histogram.ts'
import { beginMixture, wealthOf, withGains, type GridMixture } from './grid-mixture.ts'
import { clumpingsOf } from './latency-scatter.ts'
import { countsAbove, TAILS } from './latency-tails.ts'
import type { LatencyUsual } from './latency-usual.ts'
import { gainsAlone, gainsBeside } from './ratio-gains.ts'
import { BETTER_TIMES, SAFETY_SHAPE } from './safety-trial.ts'

const MATTERS_TIMES = 1.5
/** Rounded down: who is not slower by this is not slower by what matters. */
const MATTERS_BUCKETS = Math.floor(BUCKETS_PER_OCTAVE * Math.log2(MATTERS_TIMES))
const HUNDREDTH = 0.01
const SLOWEST_HUNDREDTH = TAILS.indexOf(HUNDREDTH)

export type LatencySafety = GridMixture

export const beginLatencySafety = (): LatencySafety => beginMixture(SAFETY_SHAPE)

/** `known`: of the baseline, before this look. Without a limit nothing is shown. */
export function withLatencySafety(
  safety: LatencySafety,
  look: {
    readonly spanMs: number
    readonly candidate: LatencyCounts
    readonly baseline: LatencyCounts | null
    readonly known: LatencyUsual
  },
): LatencySafety {
  return withGains(SAFETY_SHAPE, safety, gainsOf(look), look.spanMs)
}

/** At least 1/β with probability at most β while the slowest hundredth is half as slow again. */
export function latencySafetyEvidence(safety: LatencySafety): number {
  return wealthOf(SAFETY_SHAPE, safety)
}

function gainsOf({
  candidate,
  baseline,
  known,
}: Parameters<typeof withLatencySafety>[1]): readonly number[] | null {
  const limit = known.limits[SLOWEST_HUNDREDTH]
  if (!limit) return null
  const clumping = clumpingsOf(known.scatter)[SLOWEST_HUNDREDTH] ?? 1
  // One bucket lower at least a hundredth is above it, also where all requests take equally long.
  const from = limit.bucket - 1
  const mine = hits(candidate, from + MATTERS_BUCKETS)
  const theirs = baseline === null ? null : hits(baseline, from)
  return theirs === null || theirs.requests === 0
    ? gainsAlone(mine, HUNDREDTH, BETTER_TIMES, clumping)
    : gainsBeside(mine, theirs, 1, BETTER_TIMES, clumping)
}

function hits(counts: LatencyCounts, bucket: number): { readonly requests: number; readonly hits: number } {
  const { all, above } = countsAbove(counts, [bucket])
  return { requests: all, hits: above[0] ?? 0 }
}
