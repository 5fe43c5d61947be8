// People in front of the shop: each with cookies of their own, one page after the other, and the assets of a page when
// they do not have them yet. They know nothing of Sluice but its address.
import { request } from 'node:http'
import type { VisitLog } from './visit-log.ts'

export type Crowd = {
  readonly environment: string
  /** Host name under which they know the shop. */
  readonly host: string
  readonly port: number
  readonly people: number
  /** Time between two pages of one visitor, in milliseconds. */
  readonly pauseMs: number
}

export interface Visitors {
  /** Nobody clicks any more; what is under way is waited for. */
  stop(): Promise<void>
}

const PATHS = ['/', '/teapot', '/search', '/basket', '/orders'] as const
const ANSWER_MS_MAX = 30_000

export function sendVisitors(crowd: Crowd, log: VisitLog): Visitors {
  const stopped = new AbortController()
  const walks = Array.from({ length: crowd.people }, (_, index) => walk(crowd, index, log, stopped.signal))
  return {
    stop: async () => {
      stopped.abort()
      await Promise.all(walks)
    },
  }
}

/** Goes through the pages in turn, so that each page gets its fifth of the requests, whatever the machine is doing. */
async function walk(crowd: Crowd, index: number, log: VisitLog, stop: AbortSignal): Promise<void> {
  const cookies = new Map<string, string>()
  const assets = new Set<string>()
  const visitor = `${crowd.environment}-${index + 1}`
  const see = async (kind: 'page' | 'asset', path: string): Promise<string> => {
    const after = log.newest()
    const answer = await get(crowd, path, cookies)
    const { status, release, trouble } = answer
    log.add({ after, environment: crowd.environment, visitor, kind, path, status, release, trouble })
    return answer.body
  }
  await pause((crowd.pauseMs * index) / crowd.people, stop)
  for (let page = index; !stop.aborted; page += 1) {
    const body = await see('page', PATHS[page % PATHS.length] ?? '/')
    for (const asset of assetsOf(body))
      if (!assets.has(asset)) {
        assets.add(asset)
        await see('asset', asset)
      }
    await pause(crowd.pauseMs, stop)
  }
}

function assetsOf(body: string): readonly string[] {
  return [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].flatMap(([, path]) => path ?? [])
}

type Answer = {
  readonly status: number
  readonly release: number | null
  readonly body: string
  readonly trouble: string | null
}

/** Over a connection of its own, so that it may meet either router. */
function get(crowd: Crowd, path: string, cookies: Map<string, string>): Promise<Answer> {
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve({ status: 0, release: null, body: '', trouble: error.message })
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const asked = request(
      {
        host: '127.0.0.1',
        port: crowd.port,
        path,
        agent: false,
        timeout: ANSWER_MS_MAX,
        headers: { host: `${crowd.host}:${crowd.port}`, ...(cookie === '' ? {} : { cookie }) },
      },
      (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          if (name !== undefined && value !== undefined) cookies.set(name, value)
        }
        const release = Number(answer.headers['x-sluice-release'] ?? Number.NaN)
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', failed)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            release: Number.isNaN(release) ? null : release,
            body: Buffer.concat(chunks).toString('utf8'),
            trouble: null,
          }),
        )
      },
    )
    asked.on('error', failed)
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS_MAX / 1000} s`)))
    asked.end()
  })
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    stop.addEventListener('abort', end)
  })
}
