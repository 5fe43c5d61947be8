import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { Environment, ReleaseNumber } from '../domain/names.ts'

/** Cumulative since the source began to count; the reader takes differences and treats a fall as a restart. */
export type TrafficReading = {
  /** False when nobody answered; then `arms` is empty. */
  readonly seen: boolean
  /** Plan generation in force, by the source; 0 when it has none. */
  readonly generation: number
  readonly arms: readonly ArmReading[]
}

export type ArmReading = {
  readonly release: ReleaseNumber
  readonly requests: number
  readonly errors: number
  readonly latency: LatencyCounts
}

export interface MetricSource {
  /** Counters per release of one environment. Never throws for missing data: says `seen: false`. */
  read(environment: Environment): Promise<TrafficReading>
}
