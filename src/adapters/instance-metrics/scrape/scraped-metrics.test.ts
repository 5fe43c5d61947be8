import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { realClock } from '../../../../test/kit/real-clock.ts'
import { parseMetricName, type MetricName } from '../../../domain/analysis/alarms/metric-name.ts'
import type { InstanceAsked } from '../../../ports/instance-metrics.ts'
import { createScrapedMetrics } from './scraped-metrics.ts'

function name(text: string): MetricName {
  const found = parseMetricName(text)
  if (found === null) throw new Error(`${text} is no name`)
  return found
}

/** An instance that answers so; gone when the test is over. */
async function instance(listener: RequestListener, id = 'one'): Promise<InstanceAsked> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo
  return { id, host: '127.0.0.1', port, path: '/metrics' }
}

/** Values by metric, or what was wrong. */
async function told(
  listener: RequestListener,
  more: Partial<Parameters<typeof createScrapedMetrics>[0]> = {},
) {
  const source = createScrapedMetrics({ clock: realClock, ...more })
  const [one] = await source.read([await instance(listener)], [name('jobs_total')])
  return one?.values.get('jobs_total')?.value ?? one?.trouble
}

test('instances are asked for what their client library counts', async () => {
  const register = new Registry()
  const jobs = new Counter({ name: 'jobs_total', help: 'Jobs', registers: [register] })
  jobs.inc(3)
  const asked: string[] = []
  const answer: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    void register.metrics().then((text) => response.setHeader('content-type', register.contentType).end(text))
  }
  expect(await told(answer)).toBe(3)
  expect(asked).toEqual(['GET /metrics'])
})

test('each instance tells for itself, and one that is silent takes nothing from the others', async () => {
  const source = createScrapedMetrics({ clock: realClock, answerMsMax: 300 })
  const good = await instance((_, response) => response.end('jobs_total 1\n'), 'good')
  const silent = await instance(() => {}, 'silent')
  const down = { ...good, id: 'down', port: 1 }
  const answers = await source.read([good, silent, down], [name('jobs_total')])
  expect(answers.map(({ id, values }) => [id, values.size])).toEqual([
    ['good', 1],
    ['silent', 0],
    ['down', 0],
  ])
  expect(answers[1]?.trouble).toBe('GET /metrics of silent: not all of it came within 300 ms')
  expect(answers[2]?.trouble).toContain('ECONNREFUSED')
})

test('an answer that does not come to its end has told nothing', async () => {
  const trickle: RequestListener = (_, response) => {
    response.write('jobs_total 1\n')
  }
  expect(await told(trickle, { answerMsMax: 300 })).toContain('not all of it came within 300 ms')
  const torn: RequestListener = (_, response) => {
    response.setHeader('content-length', '100')
    response.write('jobs_total 1\n', () => response.destroy())
  }
  expect(await told(torn)).toContain('GET /metrics of one')
})

test('a text that is too long is not read to its end', async () => {
  let sent = 0
  const endless: RequestListener = (_, response) => {
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(10_000))) sent += 10_000
      if (!response.destroyed) response.once('drain', write)
    }
    write()
  }
  expect(await told(endless, { bytesMax: 100_000, answerMsMax: 20_000 })).toContain(
    'it is longer than 100000 bytes',
  )
  expect(sent).toBeLessThan(100_000_000)
})

test('another status than 200 has told nothing', async () => {
  const answer: RequestListener = (_, response) => response.writeHead(503).end('jobs_total 1\n')
  expect(await told(answer)).toContain('it answered 503, and 200 is needed')
})

test('an OpenMetrics text without its end has told nothing', async () => {
  const answer =
    (text: string): RequestListener =>
    (_, response) =>
      response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end(text)
  expect(await told(answer('jobs_total 1\n# EOF\n'))).toBe(1)
  expect(await told(answer('jobs_total 1\n'))).toContain('its end is missing (# EOF)')
})
