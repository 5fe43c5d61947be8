// How far the old version's own boxes differ in how quick they are: another host, another neighbour. A new box may be
// slower by as much without being another version.
import { BUCKETS_PER_OCTAVE } from '../latency-histogram.ts'
import { studentAbove } from '../numbers/student-tail.ts'
import type { BoxTick } from '../tick.ts'
import { BOX_CHANCE, BOXES_MIN, GUESSED_SPREAD, type Spread } from './spread.ts'

/** `buckets`: sum of the latency buckets of its answers. */
export type BoxPace = { readonly id: string; readonly requests: number; readonly buckets: number }

const PACES_KEPT = 32
/** A box that answered fewer has not shown its pace. */
const REQUESTS_MIN = 100
const SPREAD_MAX = 1

export function withPaces(paces: readonly BoxPace[], boxes: readonly BoxTick[]): readonly BoxPace[] {
  if (boxes.length === 0) return paces
  const sums = new Map(paces.map((box) => [box.id, box]))
  for (const { id, requests, buckets } of boxes) {
    if (buckets === undefined) continue
    const known = sums.get(id)
    if (known) sums.set(id, { id, requests: known.requests + requests, buckets: known.buckets + buckets })
    else if (sums.size < PACES_KEPT) sums.set(id, { id, requests, buckets })
  }
  return [...sums.values()]
}

/** Guessed where too few boxes are told apart. */
export function latencySpreadOf(paces: readonly BoxPace[]): Spread {
  const means = paces.flatMap(({ requests, buckets }) =>
    requests >= REQUESTS_MIN ? [buckets / requests] : [],
  )
  if (means.length < BOXES_MIN) return GUESSED_SPREAD
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length
  const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (means.length - 1)
  const boxes = Math.min(SPREAD_MAX, (Math.sqrt(variance) * Math.LN2) / BUCKETS_PER_OCTAVE)
  return { clumping: 1, boxes, boxTimes: studentAbove(BOX_CHANCE, means.length - 1) }
}
