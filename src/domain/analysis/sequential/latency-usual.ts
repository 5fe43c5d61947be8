// What is known of how long a version takes, from all that was seen of it: its slow tails, how they come in clumps, and
// the slowest minute it had. The last is the yardstick where nothing is served beside a release: another hour, another
// load and a busier machine slow everything down, and must not be taken for the release.
import { bucketMs, latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import {
  addAbove,
  addTo,
  countsAbove,
  limitsOf,
  noneAbove,
  TAILS,
  type Above,
  type Limit,
} from './latency-tails.ts'
import { noScatter, withScattered, type LatencyScatter } from './latency-scatter.ts'

export type LatencyUsual = {
  /** All requests, by bucket, without those of the minute that is not over. */
  readonly counts: readonly number[]
  readonly limits: readonly Limit[]
  readonly scatter: LatencyScatter
  /** Per tail, the bucket it began at in the slowest minute so far. */
  readonly slowest: readonly number[]
  readonly minutes: number
  readonly minute: readonly number[]
  readonly minuteMs: number
  readonly block: Above
  readonly blockMs: number
}

export const nothingUsual: LatencyUsual = {
  counts: [],
  limits: [],
  scatter: noScatter,
  slowest: [],
  minutes: 0,
  minute: [],
  minuteMs: 0,
  block: noneAbove,
  blockMs: 0,
}

const MINUTE_MS = 60_000
/** Machines stutter for seconds: what is slow within one block may have one cause. */
export const LATENCY_BLOCK_MS = 5_000
/** A version that was watched for less has not shown what a bad minute of its machine is. */
const MINUTES_KNOWN = 60
/** Until then nothing below this is slow, nor below twice the usual. */
const UNKNOWN_PLUS_MS = 100
const UNKNOWN_TIMES = 2

export function withUsual(usual: LatencyUsual, counts: LatencyCounts, spanMs: number): LatencyUsual {
  if (counts.length === 0) return usual
  const scattered = withBlock(usual, counts, spanMs)
  const minute = addTo(usual.minute, counts)
  const minuteMs = usual.minuteMs + spanMs
  if (minuteMs < MINUTE_MS) return { ...usual, ...scattered, minute, minuteMs }
  const all = addDense(usual.counts, minute)
  const now = limitsOf(minute)
  return {
    counts: all,
    limits: limitsOf(all),
    ...scattered,
    slowest: now.length === 0 ? usual.slowest : slower(usual.slowest, now),
    minutes: usual.minutes + (now.length === 0 ? 0 : 1),
    minute: [],
    minuteMs: 0,
  }
}

type Scattered = Pick<LatencyUsual, 'scatter' | 'block' | 'blockMs'>

function withBlock(usual: LatencyUsual, counts: LatencyCounts, spanMs: number): Scattered {
  const buckets = usual.limits.map(({ bucket }) => bucket)
  const block = addAbove(usual.block, countsAbove(counts, buckets))
  const blockMs = usual.blockMs + spanMs
  if (blockMs < LATENCY_BLOCK_MS) return { scatter: usual.scatter, block, blockMs }
  return { scatter: withScattered(usual.scatter, block, buckets.join()), block: noneAbove, blockMs: 0 }
}

/** Everything that was seen. */
export function allCounts({ counts, minute }: LatencyUsual): readonly number[] {
  return addDense(counts, minute)
}

function addDense(left: readonly number[], right: readonly number[]): readonly number[] {
  if (left.length === 0) return right
  return right.length === 0 ? left : left.map((count, bucket) => count + (right[bucket] ?? 0))
}

function slower(slowest: readonly number[], now: readonly Limit[]): readonly number[] {
  return now.map(({ bucket }, at) => Math.max(bucket, slowest[at] ?? 0))
}

/** For each tail the last bucket that is still fine where nothing is beside; `tolerated` buckets above the slowest minute. */
export function fineAlone(
  { slowest, minutes }: Pick<LatencyUsual, 'slowest' | 'minutes'>,
  limits: readonly Limit[],
  tolerated: number,
): readonly number[] {
  return TAILS.map((_, at) => {
    const bucket = Math.max(limits[at]?.bucket ?? 0, slowest[at] ?? 0)
    if (minutes >= MINUTES_KNOWN) return bucket + tolerated
    return Math.max(bucket + tolerated, latencyBucket(UNKNOWN_TIMES * bucketMs(bucket) + UNKNOWN_PLUS_MS))
  })
}
