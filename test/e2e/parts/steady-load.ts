// Users who come again and again, each over one kept-alive connection with a cookie of their own, and what became of
// every request that was not answered as it should be.
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Failure = {
  readonly host: string
  readonly method: string
  readonly startedMs: number
  readonly endedMs: number
  /** An error code of the connection, or the status of the answer. */
  readonly what: string
  readonly page: string | null
  readonly release: number | null
  /** Our end of the connection, and since when it stood; 0 where there was none. */
  readonly clientPort: number
  readonly connectedMs: number
}

export type Answer = {
  readonly host: string
  readonly release: number
  readonly startedMs: number
  /** What the instance said of when it got the request, where it says so; else 0. */
  readonly acceptedMs: number
}

export type Load = {
  answered(): number
  readonly failures: readonly Failure[]
  stop(): Promise<void>
}

export type LoadPlan = {
  readonly port: number
  /** Users by host name. */
  readonly users: Readonly<Record<string, number>>
  /** Between an answer and the next request of the same user. */
  readonly pauseMs: number
  /** Every so many requests a POST, and every so many one that takes 200 ms. */
  readonly postEvery: number
  readonly slowEvery: number
  readonly onAnswer?: (answer: Answer) => void
}

const SLOW_MS = 200
const ANSWER_MS_MAX = 15_000

export function steadyLoad(plan: LoadPlan): Load {
  const stopping = new AbortController()
  const failures: Failure[] = []
  const since = new WeakMap<Socket, number>()
  let answered = 0

  const user = async (host: string, number: number): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    let cookie: string | undefined
    for (let turn = number; !stopping.signal.aborted; turn += 1) {
      const method = turn % plan.postEvery === 0 ? 'POST' : 'GET'
      const path = turn % plan.slowEvery === 0 ? `/slow?slow=${SLOW_MS}` : '/'
      const end = await ask({ agent, port: plan.port, host, method, path, cookie, since })
      cookie = end.cookie ?? cookie
      if (end.failure) failures.push(end.failure)
      else {
        answered += 1
        plan.onAnswer?.({ host, ...end })
      }
      await sleep(plan.pauseMs)
    }
    agent.destroy()
  }
  const users = Object.entries(plan.users).flatMap(([host, count]) =>
    Array.from({ length: count }, (_, number) => user(host, number)),
  )
  return {
    answered: () => answered,
    failures,
    stop: async () => {
      stopping.abort()
      await Promise.all(users)
    },
  }
}

type Asking = {
  readonly agent: Agent
  readonly port: number
  readonly host: string
  readonly method: string
  readonly path: string
  readonly cookie: string | undefined
  readonly since: WeakMap<Socket, number>
}
type End = {
  readonly cookie: string | undefined
  readonly failure: Failure | undefined
  readonly release: number
  readonly startedMs: number
  readonly acceptedMs: number
}

function ask({ agent, port, host, method, path, cookie, since }: Asking): Promise<End> {
  const startedMs = performance.now()
  return new Promise((resolve) => {
    let socket: Socket | undefined
    let clientPort = 0
    const failure = (what: string, page: string | null = null, release: number | null = null): Failure => ({
      host,
      method,
      startedMs,
      endedMs: performance.now(),
      what,
      page,
      release,
      clientPort,
      connectedMs: socket === undefined ? 0 : (since.get(socket) ?? 0),
    })
    const failed = (what: string): void =>
      resolve({ cookie: undefined, failure: failure(what), release: 0, startedMs, acceptedMs: 0 })
    const headers = { host, ...(cookie === undefined ? {} : { cookie }) }
    const asked = request({ agent, host: '127.0.0.1', port, method, path, headers, timeout: ANSWER_MS_MAX })
    asked.on('socket', (given) => {
      socket = given
      const noteConnected = (): void => {
        clientPort = given.localPort ?? 0
        if (!since.has(given)) since.set(given, performance.now())
      }
      if (given.connecting) given.once('connect', noteConnected)
      else noteConnected()
    })
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'NO_ANSWER' })))
    asked.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? error.message))
    asked.on('response', (answer) => {
      answer.on('error', (error: NodeJS.ErrnoException) => failed(error.code ?? error.message))
      answer.on('aborted', () => failed('ABORTED'))
      answer.resume()
      answer.on('end', () => {
        const release = Number(answer.headers['x-sluice-release'] ?? 0)
        const given = answer.headers['set-cookie']?.[0]?.split(';')[0]
        const acceptedMs = Number(answer.headers['x-accepted-us'] ?? 0) / 1_000
        const page = answer.headers['x-sluice-page']
        const wrong =
          answer.statusCode === 200
            ? undefined
            : failure(String(answer.statusCode), page === undefined ? null : String(page), release)
        resolve({ cookie: given, failure: wrong, release, startedMs, acceptedMs })
      })
    })
    asked.end(method === 'POST' ? 'an order' : undefined)
  })
}
