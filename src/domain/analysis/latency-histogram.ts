// Latency on a fixed logarithmic grid: eight buckets to an octave from 0.1 ms, so that any two histograms add up
// and a quantile is never off by more than 9 %.

/** Index into the grid -> how many; only buckets that hold something. Pairs sorted by index. */
export type LatencyCounts = readonly (readonly [bucket: number, count: number])[]

export const BUCKETS_PER_OCTAVE = 8
export const LOWEST_MS = 0.1
export const BUCKET_MAX = 167

export function latencyBucket(ms: number): number {
  if (!(ms > LOWEST_MS)) return 0
  return Math.min(BUCKET_MAX, Math.ceil(Math.log2(ms / LOWEST_MS) * BUCKETS_PER_OCTAVE))
}

/** Upper edge of a bucket. */
export function bucketMs(bucket: number): number {
  return LOWEST_MS * 2 ** (bucket / BUCKETS_PER_OCTAVE)
}

export function addLatency(left: LatencyCounts, right: LatencyCounts): LatencyCounts {
  const counts = new Map<number, number>()
  for (const [bucket, count] of left) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  for (const [bucket, count] of right) counts.set(bucket, (counts.get(bucket) ?? 0) + count)
  return [...counts].sort((a, b) => a[0] - b[0])
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
