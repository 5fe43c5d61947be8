import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { realClock } from '../../../../test/kit/real-clock.ts'
import type { AnalysisDefinition } from '../../../domain/analysis/sources/analysis-definition.ts'
import { metricSourceContract, type MetricLab } from '../../../extend/contracts/metric-source.contract.ts'
import type { SourceAsked } from '../../../ports/metric-source.ts'
import type { OutsideLook } from '../../../ports/outside-metrics.ts'
import { createPolledSource } from '../polled/polled-source.ts'
import { createDatadogMetrics } from './datadog-metrics.ts'
import { startDatadogServer, wholeAnswer, type DatadogServer } from './testing/datadog-server.ts'

const ENVIRONMENT = { service: 'shop', stage: 'production' }
const secrets = { read: async ({ name }: { readonly name: string }) => `value of ${name}` }

function analysisAt(url: string, more: Partial<AnalysisDefinition> = {}): AnalysisDefinition {
  return {
    source: { kind: 'datadog', url, apiKey: 'DD_API_KEY', applicationKey: 'DD_APP_KEY' },
    everyMs: 500,
    version: 'version',
    counts: { requests: 'shop.requests{env:production}', errors: 'shop.errors{env:production}' },
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
    releases: releases.map((release) => ({ release, sha: '' })),
    queries,
    secrets: { DD_API_KEY: 1, DD_APP_KEY: 4 },
  }
}

async function lab(): Promise<MetricLab> {
  const server = await startDatadogServer()
  const analysis = analysisAt(server.url)
  const outside = createDatadogMetrics({ secrets, clock: server, settleSeconds: 0 })
  return {
    source: createPolledSource({ outside, clock: realClock }),
    environment: ENVIRONMENT,
    asked: (releases) => askedOf(analysis, releases),
    serve: async (releases) => server.serve(releases),
    answer: async (release, { requests, errors }) => server.answer(release, requests, errors),
    restart: async () => {},
    breakOff: async () => server.say((response) => void response.writeHead(503).end('upstream')),
    mend: async () => server.say(null),
  }
}

metricSourceContract('datadog', lab, { hasLatency: false, lateMsMax: 30_000 })

describe('datadog', () => {
  function look(
    server: DatadogServer,
    more: Partial<AnalysisDefinition> = {},
    { releases = [1], queries = [] }: { releases?: readonly number[]; queries?: readonly string[] } = {},
  ): Promise<OutsideLook> {
    return createDatadogMetrics({ secrets, clock: server, settleSeconds: 0 }).look(
      ENVIRONMENT,
      askedOf(analysisAt(server.url, more), releases, queries),
      AbortSignal.timeout(2_000),
    )
  }

  /** What it says in place of its own answer, and what comes of it. */
  async function saying(
    say: (response: ServerResponse) => void,
    more: Partial<AnalysisDefinition> = {},
  ): Promise<unknown> {
    const server = await startDatadogServer()
    server.serve([1])
    server.say(say)
    return look(server, more).catch((error: unknown) => error)
  }

  test('the keys are those of the secrets, and in no failure', async () => {
    const server = await startDatadogServer()
    server.say((response) => void response.writeHead(403).end('{"errors":["Forbidden"]}'))
    const failed = await look(server).catch((error: unknown) => error)
    expect(server.asked[0]?.headers).toMatchObject({
      'dd-api-key': 'value of DD_API_KEY',
      'dd-application-key': 'value of DD_APP_KEY',
    })
    expect(failed).toMatchObject({
      code: 'metric-source/refused',
      message: 'refuses the key (403): Forbidden; set another with sluice secret set',
    })
    expect(String(failed) + JSON.stringify(failed)).not.toContain('value of')
  })

  test('429 is left alone until its limit begins anew', async () => {
    const limits = { 'X-RateLimit-Limit': '1600', 'X-RateLimit-Period': '3600' }
    const reset = { ...limits, 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '43' }
    expect(
      await saying((response) => void response.writeHead(429, reset).end('{"errors":["Rate limit"]}')),
    ).toMatchObject({ code: 'metric-source/rate-limited', afterMs: 43_000 })
    expect(await saying((response) => void response.writeHead(429, limits).end())).toMatchObject({
      afterMs: 3_600_000,
    })
    expect(await saying((response) => void response.writeHead(429).end())).toMatchObject({ afterMs: 60_000 })
  })

  test('5xx, half of a JSON, none at all, and an error in a good answer each have their words', async () => {
    expect(await saying((response) => void response.writeHead(502).end('<html>'))).toMatchObject({
      code: 'metric-source/failed',
      message: 'answers 502',
    })
    expect(await saying((response) => void response.end('{"status":"ok","series":[{"scope'))).toMatchObject({
      code: 'metric-source/unreadable',
    })
    expect(await saying((response) => void response.end('{"status":"ok"}'))).toMatchObject({
      code: 'metric-source/unreadable',
    })
    expect(
      await saying((response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('{"status":"ok"', () => response.destroy())
      }),
    ).toMatchObject({ code: 'metric-source/unreachable' })
    expect(
      await saying((response) => void response.end('{"status":"error","error":"Unknown tag filter"}')),
    ).toMatchObject({
      code: 'metric-source/bad-query',
      message: 'does not understand what it is asked: Unknown tag filter',
    })
  })

  test('one that never ends its answer is too slow', async () => {
    const failed = await saying((response) => void response.write('{'))
    expect(failed).toMatchObject({ code: 'metric-source/slow' })
  })

  test('a metric that nothing fits is missing, and errors of another one are never zero for that', async () => {
    const server = await startDatadogServer()
    server.serve([1])
    const unknown = await look(server, { counts: { requests: 'shop.request', errors: 'shop.errors' } })
    expect(unknown).toMatchObject({ arms: [], missing: [{ release: 1, why: 'nothing fits shop.request' }] })
    const errors = await look(server, { counts: { requests: 'shop.requests', errors: 'shop.error' } })
    expect(errors.arms).toEqual([])
    expect(errors.missing[0]?.why).toContain('nothing fits shop.error; count it from zero on')
  })

  test('a release of which nothing is told is missing, with the versions that are', async () => {
    const server = await startDatadogServer()
    server.serve([1])
    const { arms, missing } = await look(server, {}, { releases: [1, 2] })
    expect(arms.map(({ release }) => release)).toEqual([1])
    expect(missing[0]?.why).toBe(
      'nothing is told of #2: of what fits shop.requests{env:production}, version is "1"',
    )
  })

  test('no value, one below zero, and points long ago are missing', async () => {
    const cases = [
      [(seconds: number) => [[seconds * 1_000, null]], 'nothing is told of #1'],
      [(seconds: number) => [[seconds * 1_000, -4]], 'a value of #1 cannot be'],
      [(seconds: number) => [[(seconds - 900) * 1_000, 4]], 'nothing new is told of #1'],
    ] as const
    for (const [points, words] of cases) {
      const server = await startDatadogServer()
      const series = [{ scope: 'version:1', pointlist: points(server.now() / 1_000) }]
      server.say((response) => void response.end(JSON.stringify(wholeAnswer('', { from: 0, to: 0 }, series))))
      const { arms, missing } = await look(server)
      expect(arms).toEqual([])
      expect(missing[0]?.why).toContain(words)
    }
  })

  test('more than a thousand series are a mistake of the query', async () => {
    const series = Array.from({ length: 1_001 }, (_, each) => ({
      scope: `version:1,path:${each}`,
      pointlist: [],
    }))
    const failed = await saying(
      (response) => void response.end(JSON.stringify(wholeAnswer('', { from: 0, to: 0 }, series))),
    )
    expect(failed).toMatchObject({ code: 'metric-source/too-many-series' })
  })

  test('a query of an alarm tells the last value of each version, or what is wrong with it', async () => {
    const server = await startDatadogServer()
    const at = server.now()
    const answers: Readonly<Record<string, readonly object[]>> = {
      good: [
        {
          scope: 'version:1',
          pointlist: [
            [at - 20_000, 3],
            [at - 10_000, 5],
            [at, null],
          ],
        },
        { scope: 'version:2', pointlist: [[at, 7]] },
      ],
      untagged: [{ scope: '*', tag_set: [], pointlist: [[at, 7]] }],
      empty: [],
    }
    const told: OutsideLook[] = []
    const { counts, ...without } = analysisAt(server.url)
    expect(counts).toBeDefined()
    for (const series of Object.values(answers)) {
      server.say((response) => void response.end(JSON.stringify(wholeAnswer('', { from: 0, to: 0 }, series))))
      told.push(
        await createDatadogMetrics({ secrets, clock: server }).look(
          ENVIRONMENT,
          askedOf(without, [1, 2], ['avg:queue{*} by {version}']),
          AbortSignal.timeout(2_000),
        ),
      )
    }
    expect(told[0]?.told.map(({ release, value }) => [release, value])).toEqual([
      [1, 5],
      [2, 7],
    ])
    expect(told.map(({ troubles }) => troubles)).toEqual([
      [],
      ['avg:queue{*} by {version}: none of it has the tag version; write by {version} after it'],
      ['avg:queue{*} by {version}: nothing fits it'],
    ])
  })
})
