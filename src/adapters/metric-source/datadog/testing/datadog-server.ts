// Answers GET /api/v1/query as the public documentation of Datadog says, out of counts that a test makes. Its time goes
// faster than ours, so that spans of ten seconds pass while a test waits.
import { createServer, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'

export const TIMES_FASTER = 20

type Count = {
  readonly release: number
  readonly atSeconds: number
  readonly requests: number
  readonly errors: number
}
export type Asked = { readonly query: string; readonly headers: Readonly<Record<string, unknown>> }

export type DatadogServer = {
  readonly url: string
  readonly asked: readonly Asked[]
  now(): number
  serve(releases: readonly number[]): void
  answer(release: number, requests: number, errors: number): void
  /** In place of what it would say; null for what it would. */
  say(answer: ((response: ServerResponse) => void) | null): void
}

export async function startDatadogServer(): Promise<DatadogServer> {
  const began = performance.now()
  const beganAt = Date.now()
  const now = (): number => beganAt + TIMES_FASTER * (performance.now() - began)
  const counts: Count[] = []
  const asked: Asked[] = []
  let serving: readonly number[] = []
  let said: ((response: ServerResponse) => void) | null = null

  const server = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? '/', 'http://datadog')
    const query = searchParams.get('query') ?? ''
    asked.push({ query, headers: request.headers })
    response.setHeader('date', new Date(now()).toUTCString())
    if (said !== null) return said(response)
    if (pathname !== '/api/v1/query') return void response.writeHead(404).end('{"errors":["Not found"]}')
    const from = Number(searchParams.get('from'))
    const to = Number(searchParams.get('to'))
    const found =
      /^sum:shop\.(requests|errors)\{[^}]*\} by \{version\}\.as_count\(\)\.rollup\(sum, 10\)$/.exec(query)
    const kind = found?.[1] === 'errors' ? 'errors' : 'requests'
    const series = found === null ? [] : serving.map((release) => seriesOf(release, kind, { from, to }))
    response.end(JSON.stringify(wholeAnswer(query, { from, to }, series)))
  })

  const seriesOf = (
    release: number,
    kind: 'requests' | 'errors',
    { from, to }: { from: number; to: number },
  ) => {
    const points: [number, number][] = []
    for (let at = Math.floor(from / 10) * 10; at <= Math.min(to, now() / 1_000); at += 10) {
      const mine = counts.filter(
        (one) => one.release === release && one.atSeconds >= at && one.atSeconds < at + 10,
      )
      points.push([at * 1_000, mine.reduce((sum, one) => sum + one[kind], 0)])
    }
    return {
      metric: `shop.${kind}`,
      display_name: `shop.${kind}`,
      aggr: 'sum',
      interval: 10,
      scope: `version:${release}`,
      tag_set: [`version:${release}`],
      length: points.length,
      pointlist: points,
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const address = server.address()
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    asked,
    now,
    serve: (releases) => {
      serving = releases
    },
    answer: (release, requests, errors) =>
      void counts.push({ release, atSeconds: now() / 1_000, requests, errors }),
    say: (answer) => {
      said = answer
    },
  }
}

export function wholeAnswer(
  query: string,
  { from, to }: { readonly from: number; readonly to: number },
  series: readonly object[],
): object {
  return {
    status: 'ok',
    error: '',
    message: '',
    res_type: 'time_series',
    query,
    from_date: from * 1_000,
    to_date: to * 1_000,
    group_by: ['version'],
    series,
  }
}
