// The slow tails of a version's latency: where each begins, and how many requests lie beyond. Limits come from the past.
import { BUCKET_MAX, type LatencyCounts } from '../latency-histogram.ts'

/** Tails that are watched: the slower half, quarter, tenth, twentieth, hundredth and thousandth. */
export const TAILS = [0.5, 0.25, 0.1, 0.05, 0.01, 0.001] as const

/** Bucket that a tail of the baseline began at, and the share of its requests above it. */
export type Limit = { readonly bucket: number; readonly tail: number }

/** How many requests there were, and how many of them beyond each tail's limit. */
export type Above = { readonly all: number; readonly above: readonly number[] }

/** Requests from which limits are taken; fewer say too little of a slow twentieth. */
const USUAL_MIN = 100

/** Counts by bucket, dense. */
export function addTo(usual: readonly number[], counts: LatencyCounts): readonly number[] {
  if (counts.length === 0) return usual
  const sums = usual.length > 0 ? [...usual] : Array.from({ length: BUCKET_MAX + 1 }, () => 0)
  for (const [bucket, count] of counts) sums[bucket] = (sums[bucket] ?? 0) + count
  return sums
}

/** None until enough was seen. */
export function limitsOf(usual: readonly number[]): readonly Limit[] {
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

/** `buckets`: for each tail the last bucket that is still fine. */
export function countsAbove(counts: LatencyCounts, buckets: readonly number[]): Above {
  const above = buckets.map(() => 0)
  let all = 0
  for (const [bucket, count] of counts) {
    all += count
    for (let at = 0; at < buckets.length; at += 1)
      // What fell into the last bucket is slower than can be told; no limit lies beyond it.
      if (bucket > Math.min(buckets[at] ?? 0, BUCKET_MAX - 1)) above[at] = (above[at] ?? 0) + count
  }
  return { all, above }
}

export function addAbove(left: Above, right: Above): Above {
  if (left.all === 0) return right
  return {
    all: left.all + right.all,
    above: right.above.map((count, at) => count + (left.above[at] ?? 0)),
  }
}

export const noneAbove: Above = { all: 0, above: [] }
