import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { TrackName } from '../domain/traffic/route-rule.ts'

/** Cumulative since the source began to count; the reader takes differences and treats a fall as a restart. */
export type TrafficReading = {
  /** False when nobody answered; then `arms` is empty. */
  readonly seen: boolean
  /** Plan generation in force, by the source; 0 when it has none. */
  readonly generation: number
  /** By the track `stable` alone. */
  readonly arms: readonly ArmReading[]
  /** By every other track, and by rules that name a release. Absent: the source does not tell tracks apart. */
  readonly tracks?: readonly TrackReading[]
}

export type ArmReading = {
  readonly release: ReleaseNumber
  readonly requests: number
  readonly errors: number
  readonly latency: LatencyCounts
  /** The same instance by instance; absent where the source does not tell them apart. */
  readonly boxes?: readonly BoxReading[]
}

/** `buckets` is the sum of the latency buckets of its answers. */
export type BoxReading = {
  readonly id: string
  readonly requests: number
  readonly errors: number
  readonly buckets: number
}

/** `track` is null where a rule names the release itself. */
export type TrackReading = ArmReading & { readonly track: TrackName | null }

export interface MetricSource {
  /** Counters per release of one environment. Never throws for missing data: says `seen: false`. */
  read(environment: Environment): Promise<TrafficReading>
}
