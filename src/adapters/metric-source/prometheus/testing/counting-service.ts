// A service of several releases that counts what it answers with the client library that most programs use, on one port
// for each release.
import { createServer, type Server } from 'node:http'
import { Counter, Histogram, Registry } from 'prom-client'
import { onTestFinished } from 'vitest'

export type CountingService = {
  readonly port: number
  answer(what: { readonly requests: number; readonly errors: number; readonly ms: number }): void
  /** All counters at zero again. */
  restart(): void
  /** Lines in place of what is counted; null for what is counted. */
  say(text: string | null): void
}

export async function startCountingService(): Promise<CountingService> {
  let counters = begun()
  let said: string | null = null
  const server = createServer((_, answer) => {
    const { register } = counters
    if (said !== null) answer.end(said)
    else
      void register.metrics().then((text) => answer.setHeader('content-type', register.contentType).end(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => closed(server))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    answer: ({ requests, errors, ms }) => {
      counters.requests.inc({ code: '200' }, requests - errors)
      if (errors > 0) counters.requests.inc({ code: '500' }, errors)
      for (let each = 0; each < requests; each += 1) counters.seconds.observe(ms / 1_000)
    },
    restart: () => {
      counters = begun()
    },
    say: (text) => {
      said = text
    },
  }
}

function begun() {
  const register = new Registry()
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests',
    labelNames: ['code'],
    registers: [register],
  })
  requests.inc({ code: '200' }, 0)
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Durations',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    registers: [register],
  })
  return { register, requests, seconds }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
