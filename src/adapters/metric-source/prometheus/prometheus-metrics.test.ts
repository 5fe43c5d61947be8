import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePort, hasPrometheus, startPrometheus } from '../../../../test/kit/prometheus.ts'
import { realClock } from '../../../../test/kit/real-clock.ts'
import { until } from '../../../../test/kit/until.ts'
import type { AnalysisDefinition } from '../../../domain/analysis/sources/analysis-definition.ts'
import { metricSourceContract, type MetricLab } from '../../../extend/contracts/metric-source.contract.ts'
import type { SourceAsked } from '../../../ports/metric-source.ts'
import type { OutsideLook } from '../../../ports/outside-metrics.ts'
import { createPolledSource } from '../polled/polled-source.ts'
import { createPrometheusMetrics } from './prometheus-metrics.ts'
import { startCountingService, type CountingService } from './testing/counting-service.ts'

const ENVIRONMENT = { service: 'shop', stage: 'production' }
const SHAS: Readonly<Record<number, string>> = { 1: 'a1'.repeat(20), 2: 'b2'.repeat(20) }
const secrets = { read: async () => 'the-token' }

function analysisAt(url: string, more: Partial<AnalysisDefinition> = {}): AnalysisDefinition {
  return {
    source: { kind: 'prometheus', url },
    everyMs: 500,
    version: 'version',
    counts: {
      requests: 'http_requests_total{service="shop"}',
      errors: 'http_requests_total{service="shop",code=~"5.."}',
      latency: 'http_request_duration_seconds_bucket{service="shop"}',
    },
    ...more,
  }
}

function askedOf(
  analysis: AnalysisDefinition,
  releases: readonly number[] = [1, 2],
  queries: readonly string[] = [],
): SourceAsked {
  return {
    analysis,
    releases: releases.map((release) => ({ release, sha: SHAS[release] ?? '' })),
    queries,
    secrets: { PROMETHEUS_TOKEN: 3 },
  }
}

/** Release 1 is labelled by its number, release 2 by how its commit begins. */
const labelsOf = (release: number): Readonly<Record<string, string>> => ({
  service: 'shop',
  version: release === 1 ? '1' : (SHAS[release] ?? '').slice(0, 12),
})

async function realLab(): Promise<
  MetricLab & { readonly services: ReadonlyMap<number, CountingService>; readonly url: string }
> {
  const services = new Map<number, CountingService>()
  for (const release of [1, 2]) services.set(release, await startCountingService())
  const port = await freePort()
  const targets = [...services].map(([release, service]) => ({
    port: service.port,
    labels: labelsOf(release),
  }))
  let prometheus = await startPrometheus(targets, { port })
  const analysis = analysisAt(prometheus.url)
  const { url } = prometheus
  return {
    services,
    url,
    source: createPolledSource({ outside: createPrometheusMetrics({ secrets }), clock: realClock }),
    environment: ENVIRONMENT,
    asked: (releases) => askedOf(analysis, releases),
    serve: async () => {},
    answer: async (release, what) => services.get(release)?.answer(what),
    restart: async (release) => services.get(release)?.restart(),
    breakOff: () => prometheus.stop(),
    mend: async () => {
      prometheus = await startPrometheus(targets, { port })
    },
  }
}

describe.runIf(hasPrometheus())('a real Prometheus', () => {
  metricSourceContract('prometheus', realLab, { hasLatency: true, lateMsMax: 40_000 })

  async function looked(
    more: Partial<AnalysisDefinition>,
    { releases = [1, 2], queries = [] }: { releases?: readonly number[]; queries?: readonly string[] } = {},
    isThere: (look: OutsideLook) => boolean = () => true,
  ): Promise<OutsideLook> {
    const lab = await realLab()
    for (const service of lab.services.values()) service.answer({ requests: 10, errors: 1, ms: 12 })
    const outside = createPrometheusMetrics({ secrets })
    const full = analysisAt(lab.url)
    const ask = (analysis: AnalysisDefinition): Promise<OutsideLook> =>
      outside.look(ENVIRONMENT, askedOf(analysis, releases, queries), AbortSignal.timeout(10_000))
    await until(
      'both are scraped',
      async () => (await ask(full)).arms.length === releases.filter((one) => one < 3).length,
      30_000,
    )
    return until(
      'it is there',
      async () => {
        const look = await ask(analysisAt(lab.url, more))
        return isThere(look) ? look : undefined
      },
      20_000,
    )
  }

  test('a metric that does not exist is missing, and the nearest one is named', async () => {
    const counts = {
      requests: 'http_requests_total{service="shop"}',
      errors: 'http_request_total{service="shop",code=~"5.."}',
    }
    const { arms, missing } = await looked({ counts })
    expect(arms).toEqual([])
    expect(missing.map(({ why }) => why)).toContain(
      'nothing is called http_request_total. Did you mean "http_requests_total"?',
    )
  }, 90_000)

  test('errors by a label that nothing has are missing, and never zero', async () => {
    const counts = {
      requests: 'http_requests_total{service="shop"}',
      errors: 'http_requests_total{service="shop",status=~"5.."}',
    }
    const { arms, missing } = await looked({ counts })
    expect(arms).toEqual([])
    expect(missing[0]?.why).toContain('http_requests_total has no label status.')
  }, 90_000)

  test('errors that nobody had yet are zero, where they would be counted', async () => {
    const counts = {
      requests: 'http_requests_total{service="shop"}',
      errors: 'http_requests_total{service="shop",code="599"}',
    }
    const { arms, missing } = await looked({ counts })
    expect(missing).toEqual([])
    expect(arms.map(({ errors }) => errors)).toEqual([0, 0])
  }, 90_000)

  test('a release of which nothing is told is missing, with the versions that are', async () => {
    const { arms, missing } = await looked({}, { releases: [1, 2, 3] })
    expect(arms.map(({ release }) => release)).toEqual([1, 2])
    expect(missing).toEqual([{ release: 3, why: expect.stringContaining('nothing is told of #3') }])
    expect(missing[0]?.why).toContain('version is "1"')
  }, 90_000)

  test('queries of alarms tell a value for each version, or what is wrong with them', async () => {
    const queries = [
      'sum by (version) (http_requests_total)',
      'sum(http_requests_total)',
      'http_requests_total',
      'sum by (version) (http_request_totals)',
      'sum by (version) (http_requests_total) / 0',
      'vector(1)',
      'sum by (version) (http_requests_total',
    ]
    const whole = await looked({}, { queries: queries.slice(0, 6) })
    expect(whole.told).toEqual([
      { query: queries[0], release: 1, value: 10 },
      { query: queries[0], release: 2, value: 10 },
    ])
    expect(whole.troubles).toEqual([
      'sum(http_requests_total): none of it has the label version',
      'http_requests_total: has several values of #1; write sum by (version) (…) around it',
      'sum by (version) (http_request_totals): nothing is called http_request_totals. Did you mean "http_requests_total"?',
      'sum by (version) (http_requests_total) / 0: is not a number for #1',
      'vector(1): none of it has the label version',
    ])
    const broken = await looked({}, { queries: queries.slice(6) })
    expect(broken.arms).toHaveLength(2)
    expect(broken.troubles[0]).toContain('sum by (version) (http_requests_total: does not understand')
  }, 120_000)

  test('a counter that is not a number, or below zero, is missing', async () => {
    const lab = await realLab()
    const outside = createPrometheusMetrics({ secrets })
    const counts = { requests: 'http_requests_total', errors: 'http_requests_total{code="500"}' }
    const asked = askedOf(analysisAt(lab.url, { counts }))
    for (const value of ['NaN', '-5', '+Inf']) {
      lab.services
        .get(1)
        ?.say(`# TYPE http_requests_total counter\nhttp_requests_total{code="200"} ${value}\n`)
      const missing = await until(
        `${value} is missing`,
        async () => {
          const look = await outside.look(ENVIRONMENT, asked, AbortSignal.timeout(10_000))
          return look.missing.find(({ release, why }) => release === 1 && why.includes('cannot be'))
        },
        30_000,
      )
      expect(missing.why).toBe('a value of http_requests_total of #1 cannot be')
    }
  }, 120_000)
})

describe('whatever answers in place of Prometheus', () => {
  async function fake(listener: RequestListener): Promise<string> {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    )
    const address = server.address()
    return `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  }

  function look(url: string, more: Partial<AnalysisDefinition> = {}, signal = AbortSignal.timeout(5_000)) {
    return createPrometheusMetrics({ secrets }).look(ENVIRONMENT, askedOf(analysisAt(url, more)), signal)
  }

  test('429 is left alone for as long as it wants', async () => {
    const url = await fake((_, answer) => answer.writeHead(429, { 'retry-after': '17' }).end())
    await expect(look(url)).rejects.toMatchObject({ code: 'metric-source/rate-limited', afterMs: 17_000 })
  })

  test('a wrong token, a server that fails, and what is no Prometheus each have their words', async () => {
    const statuses = [
      [401, 'metric-source/refused', 'refuses the key (401)'],
      [503, 'metric-source/failed', 'answers 503'],
      [400, 'metric-source/bad-query', 'does not understand what it is asked: parse error'],
    ] as const
    for (const [status, code, words] of statuses) {
      const url = await fake((_, answer) =>
        answer.writeHead(status).end(status === 400 ? '{"status":"error","error":"parse error"}' : ''),
      )
      await expect(look(url)).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
    }
    const html = await fake((_, answer) => answer.end('<html>'))
    await expect(look(html)).rejects.toMatchObject({ code: 'metric-source/unreadable' })
    const other = await fake((_, answer) =>
      answer.end('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
    )
    await expect(look(other)).rejects.toMatchObject({ code: 'metric-source/unreadable' })
    const half = await fake((_, answer) => answer.end('{"status":"success","data":{"resul'))
    await expect(look(half)).rejects.toMatchObject({ code: 'metric-source/unreadable' })
    const nobody = `http://127.0.0.1:${await freePort()}`
    await expect(look(nobody)).rejects.toMatchObject({ code: 'metric-source/unreachable' })
  })

  test('one that never answers is too slow', async () => {
    const url = await fake(() => {})
    await expect(look(url, {}, AbortSignal.timeout(200))).rejects.toMatchObject({
      code: 'metric-source/slow',
    })
  })

  test('the token is that of the secret, and in no failure', async () => {
    const seen: (string | undefined)[] = []
    const url = await fake((request, answer) => {
      seen.push(request.headers.authorization)
      answer.writeHead(403).end()
    })
    const source = { kind: 'prometheus', url, token: 'PROMETHEUS_TOKEN' } as const
    const failed = await look(url, { source }).catch((error: unknown) => error)
    expect(seen).toEqual(['Bearer the-token'])
    expect(String(failed) + JSON.stringify(failed)).not.toContain('the-token')
  })

  test('a secret that nobody set is asked for', async () => {
    const source = { kind: 'prometheus', url: 'http://127.0.0.1:1', token: 'OTHER' } as const
    await expect(look('', { source })).rejects.toMatchObject({
      code: 'metric-source/no-key',
      message: 'its key is missing: sluice secret set production OTHER --service shop',
    })
  })

  /** Prometheus with these samples of release 1; `seconds` is its clock. */
  function sampling(
    seconds: number,
    series: readonly { readonly code: string; readonly values: readonly (readonly [number, string])[] }[],
  ): RequestListener {
    return (request, answer) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://p')
      const query = searchParams.get('query') ?? ''
      const fitting = series.filter(({ code }) => !query.includes('5..') || code.startsWith('5'))
      const result = query.includes('duration')
        ? []
        : fitting.map(({ code, values }) => ({ metric: { version: '1', code }, values }))
      const data = query.includes('time()')
        ? { resultType: 'scalar', result: [seconds, String(seconds)] }
        : pathname === '/api/v1/query'
          ? { resultType: 'matrix', result }
          : []
      answer.end(JSON.stringify({ status: 'success', data }))
    }
  }

  const { latency: _without, ...counts } = analysisAt('').counts ?? { requests: '', errors: '' }

  function lookAt(url: string) {
    const asked = askedOf(analysisAt(url, { counts }), [1])
    return createPrometheusMetrics({ secrets }).look(ENVIRONMENT, asked, AbortSignal.timeout(5_000))
  }

  test.each([-86_400, 86_400])('a Prometheus whose clock is %i seconds off is read right', async (off) => {
    const seconds = Date.now() / 1_000 + off
    const values = [
      [seconds - 2, '4'],
      [seconds - 1, '9'],
    ] as const
    const both = [
      { code: '200', values },
      { code: '500', values },
    ]
    const { arms, missing } = await lookAt(await fake(sampling(seconds, both)))
    expect(missing).toEqual([])
    // Series that began within the window are new, and all of them counts.
    expect(arms).toEqual([{ release: 1, requests: 18, errors: 9, latency: [] }])
  })

  test('samples that are as old as three scrapes are missing, though there are some', async () => {
    const values = [[988, '4']] as const
    const { arms, missing } = await lookAt(await fake(sampling(1_000, [{ code: '500', values }])))
    expect(arms).toEqual([])
    expect(missing[0]?.why).toBe('nothing new is told of #1; is `every` how often it is scraped?')
  })

  test('where nothing fits at all, nothing is zero', async () => {
    const { arms, missing } = await lookAt(await fake(sampling(1_000, [])))
    expect(arms).toEqual([])
    expect(missing[0]?.why).toBe('nothing is called http_requests_total. There is none yet.')
  })

  test('a selector that thousands of series fit is a mistake of it', async () => {
    const result = Array.from({ length: 5_001 }, (_, path) => ({
      metric: { version: '1', path: String(path) },
      values: [[1_000, '1']],
    }))
    const url = await fake((request, answer) => {
      const isTime = request.url?.includes('time%28%29') === true
      const data = isTime
        ? { resultType: 'scalar', result: [1_000, '1000'] }
        : { resultType: 'matrix', result }
      answer.end(JSON.stringify({ status: 'success', data }))
    })
    await expect(look(url)).rejects.toMatchObject({
      code: 'metric-source/too-many-series',
      message: expect.stringContaining('more than 5000 series fit http_requests_total'),
    })
  })
})
