// Buckets as Prometheus counts them (each with all that are lower in it) on our own latency grid: each stands at the
// middle of its edges, so that a coarse histogram is coarse for both sides of a comparison alike.
import { latencyBucket, type LatencyCounts } from '../../domain/analysis/latency-histogram.ts'

/** Beyond the highest edge nobody knows how far; so much is taken for it. */
const BEYOND_TIMES = 1.5
/** How much of its upper edge the lowest bucket stands at. */
const LOWEST_SHARE = 0.5

/** `counts`: upper edge in milliseconds, or infinity, and how many were at most so slow. */
export function latencyOfBuckets(
  counts: readonly (readonly [edgeMs: number, atMost: number])[],
): LatencyCounts {
  const found = new Map<number, number>()
  let [edgeBefore, before] = [0, 0]
  for (const [edgeMs, atMost] of counts.toSorted(([left], [right]) => left - right)) {
    // One that was told before the others may have fewer in it; it catches up.
    const more = Math.max(0, atMost - before)
    if (more > 0) {
      const bucket = latencyBucket(middleOf(edgeBefore, edgeMs))
      found.set(bucket, (found.get(bucket) ?? 0) + more)
    }
    if (Number.isFinite(edgeMs)) edgeBefore = edgeMs
    before = Math.max(before, atMost)
  }
  return [...found].sort(([left], [right]) => left - right)
}

function middleOf(fromMs: number, toMs: number): number {
  if (!Number.isFinite(toMs)) return fromMs * BEYOND_TIMES
  return fromMs > 0 ? Math.sqrt(fromMs * toMs) : toMs * LOWEST_SHARE
}
