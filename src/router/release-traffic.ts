// What happens to one release, by one track of one environment: counters that only grow, and what is under way.
import { BUCKET_MAX, latencyBucket } from '../domain/analysis/latency-histogram.ts'
import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { STABLE, type TrackName } from '../domain/traffic/route-rule.ts'
import type { ArmCounters } from '../api/router-admin/wire.ts'

/** A request, an event stream or an upgraded connection. `cut` ends it, politely where that is possible. */
export type UnderWay = { isStream: boolean; cut(): void }

/** What one instance did; `buckets` is the sum of the latency buckets of its answers, which tells how boxes differ. */
type BoxCounters = { requests: number; errors: number; buckets: number }

/** More are not told apart: whoever came first speaks for all. */
const BOXES_MAX = 64

export class ReleaseTraffic {
  readonly release: ReleaseNumber
  readonly track: TrackName | null
  requests = 0
  errors = 0
  noUpstream = 0
  retried = 0
  wereCut = 0
  clientLeft = 0
  assetFallbacks = 0
  readonly #latency = new Float64Array(BUCKET_MAX + 1)
  readonly #underWay = new Set<UnderWay>()
  readonly #boxes = new Map<string, BoxCounters>()

  /** Null: by a rule that names the release itself. */
  constructor(release: ReleaseNumber, track: TrackName | null = STABLE) {
    this.release = release
    this.track = track
  }

  /** One answered request. `latencyMs` is from the request's head to the answer's head; `box` is who answered, if known. */
  answered(status: number, latencyMs: number, box?: string): void {
    this.requests += 1
    const isError = status >= 500
    if (isError) this.errors += 1
    const bucket = latencyBucket(latencyMs)
    this.#latency[bucket] = (this.#latency[bucket] ?? 0) + 1
    const counted = box === undefined ? undefined : this.#boxOf(box)
    if (counted === undefined) return
    counted.requests += 1
    counted.buckets += bucket
    if (isError) counted.errors += 1
  }

  /** An answer that had been counted as well. */
  brokeOff(box: string): void {
    this.errors += 1
    const counted = this.#boxOf(box)
    if (counted !== undefined) counted.errors += 1
  }

  #boxOf(box: string): BoxCounters | undefined {
    const known = this.#boxes.get(box)
    if (known !== undefined || this.#boxes.size >= BOXES_MAX) return known
    const fresh = { requests: 0, errors: 0, buckets: 0 }
    this.#boxes.set(box, fresh)
    return fresh
  }

  unanswered(): void {
    this.requests += 1
    this.errors += 1
  }

  begin(one: UnderWay): void {
    this.#underWay.add(one)
  }

  end(one: UnderWay): void {
    this.#underWay.delete(one)
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0
  }

  inFlight(): { readonly requests: number; readonly streams: number } {
    let streams = 0
    for (const one of this.#underWay) if (one.isStream) streams += 1
    return { requests: this.#underWay.size - streams, streams }
  }

  /** How many were ended. */
  cut(): number {
    return this.#cutAll([...this.#underWay])
  }

  /** Streams do not end by themselves; requests do. */
  cutStreams(): number {
    return this.#cutAll([...this.#underWay].filter((one) => one.isStream))
  }

  #cutAll(all: readonly UnderWay[]): number {
    this.wereCut += all.length
    for (const one of all) one.cut()
    return all.length
  }

  counters(): ArmCounters {
    return {
      release: this.release,
      ...(this.track === STABLE ? {} : { track: this.track }),
      requests: this.requests,
      errors: this.errors,
      latency: this.latency().map(([bucket, count]): [number, number] => [bucket, count]),
      noUpstream: this.noUpstream,
      retried: this.retried,
      cut: this.wereCut,
      clientLeft: this.clientLeft,
      assetFallbacks: this.assetFallbacks,
      boxes: Array.from(this.#boxes, ([id, counted]) => ({ id, ...counted })),
    }
  }

  latency(): LatencyCounts {
    const counts: (readonly [number, number])[] = []
    for (const [bucket, count] of this.#latency.entries()) if (count > 0) counts.push([bucket, count])
    return counts
  }
}
