// What a team itself wants to be told of: a limit on something that Sluice counts anyhow, or that instances tell.
import type { MetricName } from './metric-name.ts'
import type { OwnMetric } from './own-metrics.ts'

export type AlarmDefinition = {
  /** What people call it. */
  readonly alarm: string
  readonly of: AlarmSubject
  readonly rule: AlarmRule
  /** It fires when the rule is broken in `ticks` of the last `ofTicks` that say anything. */
  readonly ticks: number
  readonly ofTicks: number
  /** Once the rule is broken it stays broken until the value is on the good side of this; absent: of the limit itself. */
  readonly clear?: number
}

export type AlarmSubject =
  | { readonly from: 'sluice'; readonly metric: OwnMetric }
  /** Counters are told as growth, by each instance and second, or by each request of the release. */
  | { readonly from: 'instances'; readonly metric: MetricName; readonly per: 'second' | 'request' }
  /** What a query of the stage's source comes to for each version. */
  | { readonly from: 'source'; readonly query: string }

export type AlarmRule =
  | { readonly kind: 'above' | 'below'; readonly limit: number }
  /** Change in a minute, beside that of the baseline where it serves at the same time. */
  | { readonly kind: 'rises' | 'falls'; readonly limit: number }
  /** Above the middle of the baseline by so many of its usual spreads. */
  | { readonly kind: 'sigma'; readonly limit: number }

export const ALARMS_MAX = 10
export const OF_TICKS_MAX = 30
/** Three in a row, where nothing else is said. */
export const TICKS_DEFAULT = 3

/** What the metric of an alarm is called in ticks. */
export function tickMetricOf(of: AlarmSubject): string {
  // No metric that an instance tells has a dot in its name.
  if (of.from === 'sluice') return `sluice.${of.metric}`
  if (of.from === 'source') return `query ${of.query}`
  return of.per === 'request' ? `${of.metric.text} per request` : of.metric.text
}

/** The same for people. */
export function subjectInWords(of: AlarmSubject): string {
  if (of.from === 'source') return of.query
  return of.from === 'sluice' ? of.metric : tickMetricOf(of)
}
