// The source outside of one stage, with every default filled in.
import type {
  AnalysisDefinition,
  CountedThere,
  SourceDefinition,
} from '../../domain/analysis/sources/analysis-definition.ts'
import { parseMetricQuery } from '../../domain/analysis/sources/metric-query.ts'
import { parseSelector } from '../../domain/analysis/sources/series-selector.ts'
import type { ConfigPath } from '../config-mistake.ts'
import type { WrittenAnalysis } from '../schema/analysis-schema.ts'
import type { ProblemList } from './problem-list.ts'

export type AnalysisPlace = {
  readonly path: ConfigPath
  readonly problems: ProblemList
  readonly hasPort: boolean
}

const EVERY_MS = { prometheus: 15_000, datadog: 30_000 } as const
const VERSION = 'version'

export function completeAnalysis(written: WrittenAnalysis, place: AnalysisPlace): AnalysisDefinition | null {
  const source = sourceOf(written, place)
  if (source === null) return null
  const counts = countsOf(written, source, place)
  return {
    source,
    everyMs: written.every ?? EVERY_MS[source.kind],
    version: written.version ?? VERSION,
    ...(counts === undefined ? {} : { counts }),
  }
}

function sourceOf(
  { prometheus, datadog }: WrittenAnalysis,
  { path, problems }: AnalysisPlace,
): SourceDefinition | null {
  if (prometheus !== undefined && datadog === undefined) {
    const { url, token } = prometheus
    return { kind: 'prometheus', url, ...(token === undefined ? {} : { token: token.secret }) }
  }
  if (datadog !== undefined && prometheus === undefined) {
    const { site = 'datadoghq.com', url, apiKey, applicationKey } = datadog
    return {
      kind: 'datadog',
      url: url ?? `https://api.${site}`,
      apiKey: apiKey.secret,
      applicationKey: applicationKey.secret,
    }
  }
  problems.add(path, 'must have either `prometheus` or `datadog`')
  return null
}

function countsOf(
  { requests, errors, latency }: WrittenAnalysis,
  { kind }: SourceDefinition,
  { path, problems, hasPort }: AnalysisPlace,
): CountedThere | undefined {
  if (requests === undefined && errors === undefined && latency === undefined) return undefined
  if (!hasPort)
    problems.add(
      [...path, 'requests'],
      'is of a service with a port; jobs are told by what the service writes',
    )
  if (requests === undefined || errors === undefined) {
    problems.add(path, 'must have both `requests` and `errors`, or neither')
    return undefined
  }
  for (const [key, text] of [
    ['requests', requests],
    ['errors', errors],
    ['latency', latency],
  ] as const)
    if (text !== undefined) checkSeries(text, kind, { path: [...path, key], problems })
  if (kind === 'datadog' && latency !== undefined)
    problems.add([...path, 'latency'], 'is not known of Datadog: quantiles cannot be added up; leave it out')
  if (kind === 'prometheus' && latency !== undefined && !/^\s*[a-zA-Z0-9_:]*_bucket\b/.test(latency))
    problems.add([...path, 'latency'], 'must be the buckets of a histogram: their name ends in `_bucket`')
  return { requests, errors, ...(latency === undefined ? {} : { latency }) }
}

function checkSeries(
  text: string,
  kind: SourceDefinition['kind'],
  { path, problems }: Pick<AnalysisPlace, 'path' | 'problems'>,
): void {
  if (kind === 'prometheus' && parseSelector(text) === null)
    problems.add(
      path,
      'must be a name with labels, such as `http_requests_total{service="shop"}`: a rate or a sum forgets when a counter began anew',
    )
  if (kind === 'datadog' && parseMetricQuery(text) === null)
    problems.add(path, 'must be a metric with its filter, such as `shop.requests{env:production}`')
}
