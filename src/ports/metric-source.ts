import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { AnalysisDefinition } from '../domain/analysis/sources/analysis-definition.ts'
import type { VersionOf } from '../domain/analysis/sources/version-label.ts'
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
  /** What queries of alarms came to. One that is not here was not told. Absent: none was asked for. */
  readonly told?: readonly QueryTold[]
  /** Why something is not there, for people; stays the same while nothing changes. Absent: all is. */
  readonly trouble?: string
}

export type QueryTold = { readonly query: string; readonly release: ReleaseNumber; readonly value: number }

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

/** What a source outside is asked. */
export type SourceAsked = {
  readonly analysis: AnalysisDefinition
  /** Releases that serve. Where nothing is told of one of them, nothing is seen: missing is never zero. */
  readonly releases: readonly VersionOf[]
  /** What alarms are set on. */
  readonly queries: readonly string[]
  /** Secrets of the environment, each with the version of its value. */
  readonly secrets: Readonly<Record<string, number>>
}

export interface MetricSource {
  /**
   * Counters per release of one environment. Never throws for missing data: says `seen: false`. Answers within a second,
   * also where the source behind it is slow: then with what it told last, as long as that is not too old. `asked` is
   * there where the environment is measured outside; a source that counts itself needs none of it.
   */
  read(environment: Environment, asked?: SourceAsked): Promise<TrafficReading>
}
