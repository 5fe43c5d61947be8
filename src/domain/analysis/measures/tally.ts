// Requests, errors and latencies that are being counted. Latencies stand on a coarser grid than those of a verdict (two
// steps to an octave, so a quantile is at most two fifths too high), for there is one of these per customer.
import { BUCKET_MAX, latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import type { Counts } from './measured.ts'

const FINE_PER_COARSE = 4
const COARSE = Math.ceil(BUCKET_MAX / FINE_PER_COARSE) + 1

export class Tally {
  requests = 0
  errors = 0
  readonly #latency = new Float64Array(COARSE)

  /** `latencyMs` is undefined where nothing was answered, or the answer was counted before. */
  count(requests: number, errors: number, latencyMs: number | undefined): void {
    this.requests += requests
    this.errors += errors
    if (latencyMs !== undefined) this.#latency[Math.ceil(latencyBucket(latencyMs) / FINE_PER_COARSE)]! += 1
  }

  add({ requests, errors, latency }: Counts): void {
    this.requests += requests
    this.errors += errors
    for (const [bucket, count] of latency)
      this.#latency[Math.min(COARSE - 1, Math.ceil(bucket / FINE_PER_COARSE))]! += count
  }

  addTally(other: Tally): void {
    this.requests += other.requests
    this.errors += other.errors
    for (let at = 0; at < COARSE; at += 1) this.#latency[at]! += other.#latency[at] ?? 0
  }

  read(): Counts {
    const latency: (readonly [number, number])[] = []
    for (let at = 0; at < COARSE; at += 1) {
      const count = this.#latency[at] ?? 0
      if (count > 0) latency.push([Math.min(BUCKET_MAX, at * FINE_PER_COARSE), count])
    }
    const counts: LatencyCounts = latency
    return { requests: this.requests, errors: this.errors, latency: counts }
  }
}
