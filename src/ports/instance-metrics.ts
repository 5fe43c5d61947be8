import type { MetricName } from '../domain/analysis/alarms/metric-name.ts'

/** One instance that is to be asked, and where. */
export type InstanceAsked = {
  readonly id: string
  readonly host: string
  readonly port: number
  readonly path: string
}

/** What one instance told. A metric that is not in `values` was not told, whatever the reason. */
export type InstanceTold = {
  readonly id: string
  /** When it was asked, by the clock that never goes back. */
  readonly atMs: number
  /** By the text of the metric's name. Counters count from the start of the instance, and fall when it starts anew. */
  readonly values: ReadonlyMap<string, { readonly kind: 'counter' | 'gauge'; readonly value: number }>
  /** Why something is not there, for people; empty where all is. */
  readonly trouble: string
}

export interface InstanceMetrics {
  /**
   * Asks all of them at once and says what they told, one each, within about half a second: who is slower, is down, or
   * tells what cannot be read has told nothing. Never throws for missing data.
   */
  read(asked: readonly InstanceAsked[], metrics: readonly MetricName[]): Promise<readonly InstanceTold[]>
}
