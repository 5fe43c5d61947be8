// Customers who call a component over and over, each on a connection of its own, and note what they got and when.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type Answered = {
  readonly who: string
  /** What the component says of itself; empty where it said nothing. */
  readonly version: string
  /** As the router says; empty where no release answered. */
  readonly release: string
  readonly status: number
  readonly sentMs: number
  readonly atMs: number
}

export type Callers = {
  readonly answers: readonly Answered[]
  /** The newest answer of one of them. */
  last(who: string): Answered | undefined
  stop(): Promise<void>
}

export type CallersOptions = {
  readonly port: number
  readonly host: string
  readonly header: string
  readonly names: readonly string[]
  readonly pauseMs: number
}

export function startCallers({ port, host, header, names, pauseMs }: CallersOptions): Callers {
  const answers: Answered[] = []
  const newest = new Map<string, Answered>()
  const stopped = new AbortController()
  const agent = new Agent({ keepAlive: true })

  const call = (who: string): Promise<void> =>
    new Promise((resolve) => {
      const sentMs = performance.now()
      const note = (status: number, release: string, body: string): void => {
        const answered = { who, version: versionIn(body), release, status, sentMs, atMs: performance.now() }
        answers.push(answered)
        newest.set(who, answered)
        resolve()
      }
      const asked = request({ host: '127.0.0.1', port, agent, headers: { host, [header]: who } })
      asked.on('error', () => note(0, '', ''))
      asked.on('response', (answer) => {
        let body = ''
        answer.on('data', (part) => (body += String(part)))
        answer.on('error', () => note(0, '', ''))
        answer.on('end', () =>
          note(answer.statusCode ?? 0, String(answer.headers['x-sluice-release'] ?? ''), body),
        )
      })
      asked.end()
    })
  const lane = async (who: string): Promise<void> => {
    while (!stopped.signal.aborted) {
      await call(who)
      await sleep(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }
  const lanes = names.map(lane)
  return {
    answers,
    last: (who) => newest.get(who),
    stop: async () => {
      stopped.abort()
      await Promise.all(lanes)
      agent.destroy()
    },
  }
}

function versionIn(body: string): string {
  try {
    const said: unknown = JSON.parse(body)
    return typeof said === 'object' && said !== null && 'version' in said ? String(said.version) : ''
  } catch {
    return ''
  }
}
