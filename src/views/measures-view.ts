// What was measured as people see it: rates and quantiles instead of counts.
import type { MeasuredRowView } from '../api/measures.ts'
import { quantileMs } from '../domain/analysis/latency-histogram.ts'
import type { MeasuredRow } from '../domain/analysis/measures/answer.ts'
import { releaseName } from '../domain/release-number.ts'

export function measuredRowView({ latency, release, track, value, ...row }: MeasuredRow): MeasuredRowView {
  const quantile = (part: number): number | null => quantileMs(latency, part) ?? null
  return {
    ...(release === undefined ? {} : { release, name: releaseName(release) }),
    ...(track === undefined ? {} : { track }),
    ...(value === undefined ? {} : { value }),
    requests: row.requests,
    errors: row.errors,
    // An answer may break off in the second after it was counted.
    errorRate: row.requests === 0 ? (row.errors > 0 ? 1 : 0) : Math.min(1, row.errors / row.requests),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
    p99Ms: quantile(0.99),
    missedMax: row.missedMax,
  }
}
