import { expect, test } from 'vitest'
import { readConfig } from './read-config.ts'
import { problems, withService } from './sample-configs.ts'

const PROMETHEUS = { prometheus: { url: 'http://p:9090' } }
const KEYS = { apiKey: { secret: 'DD_API_KEY' }, applicationKey: { secret: 'DD_APP_KEY' } }
const COUNTS = { requests: 'r_total{service="shop"}', errors: 'r_total{service="shop",code=~"5.."}' }

function withAnalysis(analysis: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return withService({ run: 'node server.js', pipeline: [{ stage: 'production', analysis, ...more }] })
}

function stageOf(raw: unknown) {
  const reading = readConfig(raw, '/repo')
  return reading.ok ? reading.config.services[0]?.stages[0] : undefined
}

test('a source alone is for the queries of alarms, with the label version and a scrape every fifteen seconds', () => {
  expect(stageOf(withAnalysis(PROMETHEUS))?.analysis).toEqual({
    source: { kind: 'prometheus', url: 'http://p:9090' },
    everyMs: 15_000,
    version: 'version',
  })
})

test('with requests and errors the source counts', () => {
  const written = { ...PROMETHEUS, ...COUNTS, every: '5s', version: 'sha', latency: 'r_seconds_bucket' }
  expect(stageOf(withAnalysis(written))?.analysis).toEqual({
    source: { kind: 'prometheus', url: 'http://p:9090' },
    everyMs: 5_000,
    version: 'sha',
    counts: { ...COUNTS, latency: 'r_seconds_bucket' },
  })
})

test('keys are names of secrets, and Datadog is asked where its site says', () => {
  expect(stageOf(withAnalysis({ datadog: { site: 'us5.datadoghq.com', ...KEYS } }))?.analysis).toEqual({
    source: {
      kind: 'datadog',
      url: 'https://api.us5.datadoghq.com',
      apiKey: 'DD_API_KEY',
      applicationKey: 'DD_APP_KEY',
    },
    everyMs: 30_000,
    version: 'version',
  })
})

test('a stage without a source means what it meant before', () => {
  expect(stageOf(withAnalysis(undefined))).not.toHaveProperty('analysis')
})

test('an alarm may be set on a query of the source', () => {
  const alarms = [{ alarm: 'checkout', query: ' sum by (version) (x) ', above: 1 }]
  expect(stageOf(withAnalysis(PROMETHEUS, { alarms }))?.alarms?.[0]?.of).toEqual({
    from: 'source',
    query: 'sum by (version) (x)',
  })
})

test.each([
  [{}, 'must have either `prometheus` or `datadog`'],
  [{ ...PROMETHEUS, datadog: KEYS }, 'must have either `prometheus` or `datadog`'],
  [{ ...PROMETHEUS, requests: 'r_total' }, 'must have both `requests` and `errors`, or neither'],
  [{ ...PROMETHEUS, latency: 'r_bucket' }, 'must have both `requests` and `errors`, or neither'],
  [
    { ...PROMETHEUS, ...COUNTS, errors: 'rate(r_total[1m])' },
    'a rate or a sum forgets when a counter began anew',
  ],
  [{ ...PROMETHEUS, ...COUNTS, errors: 'r_total{code=5}' }, 'must be a name with labels'],
  [{ ...PROMETHEUS, ...COUNTS, latency: 'r_seconds' }, 'their name ends in `_bucket`'],
  [{ datadog: KEYS, requests: 'a.b{x:y}', errors: 'a.c', latency: 'a.d' }, 'quantiles cannot be added up'],
  [{ datadog: KEYS, ...COUNTS }, 'must be a metric with its filter'],
  [{ datadog: { ...KEYS, apiKey: 'abc123' } }, "must name a secret: { secret: 'NAME' }"],
  [{ prometheus: { url: 'prometheus:9090' } }, 'must be a URL that starts with https:// or http://'],
  [{ ...PROMETHEUS, every: '100ms' }, 'must be at least 500ms'],
  [{ ...PROMETHEUS, version: 'a b' }, 'is not the name of a label'],
])('%j is a mistake', (analysis, words) => {
  expect(problems(withAnalysis(analysis)).join('\n')).toContain(words)
})

test('a query without a source is asked of nobody', () => {
  const alarms = [{ alarm: 'a', query: 'x', above: 1 }]
  expect(problems(withAnalysis(undefined, { alarms })).join('\n')).toContain('is asked of nobody: say where')
})

test('a service without a port has no requests to count', () => {
  const service = { processes: { worker: 'node worker.js' } }
  const stage = { stage: 'production', analysis: { ...PROMETHEUS, ...COUNTS } }
  expect(problems(withService({ ...service, run: undefined, pipeline: [stage] })).join('\n')).toContain(
    'is of a service with a port',
  )
})
