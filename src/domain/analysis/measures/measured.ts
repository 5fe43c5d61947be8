// What was counted of an environment, release by release and track by track, and apart by each dimension: who asked,
// by plan, customer, project. Nothing here takes part in a verdict; it is for people who look.
import type { EpochMs, ReleaseNumber } from '../../names.ts'
import type { RuleAttribute, TrackName } from '../../traffic/route-rule.ts'
import type { LatencyCounts } from '../latency-histogram.ts'

/** What requests are told apart by: `plan`, found where a rule would find it. */
export type Dimension = { readonly name: string; readonly attribute: RuleAttribute }

export type Counts = {
  readonly requests: number
  /** Answers of 500 and above, no answer, and answers that broke off. */
  readonly errors: number
  /** From the request's head to the answer's head; nothing where there was no answer. */
  readonly latency: LatencyCounts
}

/** The value of requests that say nothing of a dimension. */
export const UNSAID = ''

/** `missedMax`: so many of its requests, at most, are counted under *other* instead. */
export type MeasuredValue = Counts & { readonly value: string; readonly missedMax: number }

export type MeasuredDimension = {
  readonly dimension: string
  /** The heaviest ones; errors weigh ten times as much as requests. */
  readonly values: readonly MeasuredValue[]
  readonly other: Counts
  /** No value that is not listed has more requests than this within *other*. */
  readonly missedMax: number
}

/** `track` is null where a rule names the release itself. */
export type MeasuredArm = {
  readonly release: ReleaseNumber
  readonly track: TrackName | null
  readonly total: Counts
  readonly dimensions: readonly MeasuredDimension[]
}

export type MeasuredWindow = {
  readonly from: EpochMs
  readonly spanMs: number
  readonly arms: readonly MeasuredArm[]
}

/** Values told apart per release, track and dimension of a window. */
export const VALUES_KEPT = 256
/** A longer value is cut: nobody reads it, and a stranger chose it. */
export const VALUE_LENGTH_MAX = 128
