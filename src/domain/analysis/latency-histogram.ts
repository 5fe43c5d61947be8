// Latency on a fixed logarithmic grid: eight buckets to an octave from 0.1 ms, so that any two histograms add up
// and a quantile is never off by more than 9 %.

/** Index into the grid -> how many; only buckets that hold something. Pairs sorted by index. */
export type LatencyCounts = readonly (readonly [bucket: number, count: number])[]

export const BUCKETS_PER_OCTAVE = 8
export const LOWEST_MS = 0.1
export const BUCKET_MAX = 167

/** A second's counts are small numbers, and the last ten ticks of ten thousand environments are full of them. */
const SHARED_COUNT_MAX = 255
const shared: (readonly [bucket: number, count: number])[] = []

/** The same pair each time, where it is a common one. */
export function latencyPair(bucket: number, count: number): readonly [bucket: number, count: number] {
  if (count > SHARED_COUNT_MAX || bucket > BUCKET_MAX) return [bucket, count]
  return (shared[bucket * (SHARED_COUNT_MAX + 1) + count] ??= [bucket, count])
}

export function latencyBucket(ms: number): number {
  if (!(ms > LOWEST_MS)) return 0
  return Math.min(BUCKET_MAX, Math.ceil(Math.log2(ms / LOWEST_MS) * BUCKETS_PER_OCTAVE))
}

/** Upper edge of a bucket. */
export function bucketMs(bucket: number): number {
  return LOWEST_MS * 2 ** (bucket / BUCKETS_PER_OCTAVE)
}

/** Both are sorted, so they are merged; this is done for every arm of every tick. */
export function addLatency(left: LatencyCounts, right: LatencyCounts): LatencyCounts {
  if (left.length === 0) return right
  if (right.length === 0) return left
  const sum: (readonly [bucket: number, count: number])[] = []
  let at = 0
  for (const pair of left) {
    for (let other = right[at]; other && other[0] < pair[0]; other = right[at]) {
      sum.push(other)
      at += 1
    }
    const twin = right[at]
    if (twin?.[0] === pair[0]) {
      sum.push([pair[0], pair[1] + twin[1]])
      at += 1
    } else sum.push(pair)
  }
  return [...sum, ...right.slice(at)]
}

/** Upper edge of the bucket that holds the given quantile (0 to 1), or undefined for an empty histogram. */
export function quantileMs(counts: LatencyCounts, quantile: number): number | undefined {
  const total = counts.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) return undefined
  let seen = 0
  for (const [bucket, count] of counts) {
    seen += count
    if (seen >= quantile * total) return bucketMs(bucket)
  }
  return undefined
}
