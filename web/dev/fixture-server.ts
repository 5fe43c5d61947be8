// A server for looking at the page: it serves `dist/web` and plays a board from `fixtures.ts`. A tool for development;
// nothing of it ships. Acts answer plausibly, and a lock really appears on the board.
//
//   vite build web && node web/dev/fixture-server.ts baking 4600
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { extname, join } from 'node:path'
import { type ActName, type ActOutcome, actBodies } from '../../src/api/acts.ts'
import type { Board, Lock } from '../../src/api/board.ts'
import { auditOf, buildLog, said, sentences } from './fixture-answers.ts'
import {
  backlogOf,
  explanation,
  forecastOf,
  lookupRowOf,
  lookups,
  measuresOf,
  planOf,
  routesOf,
  seenOf,
  settingsOf,
} from './fixture-pages.ts'
import { release } from './fixture-parts.ts'
import { type StateName, boardOf, isStateName } from './fixtures.ts'

const builtRoot = join(import.meta.dirname, '../../dist/web')
const hourMs = 3_600_000
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
// The policy of the real server, so that what it would block is blocked here too.
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export type FixtureServer = {
  readonly address: string
  /** Acts that were really done, in order. */
  readonly acts: readonly { readonly act: string; readonly service: string; readonly body: unknown }[]
  readonly play: (state: StateName) => void
  /** What goes wrong from now on: nothing, everything answers 500, nothing answers, or a token is asked for. */
  readonly fail: (how: 'nothing' | 'broken' | 'silent' | 'sign-in') => void
  readonly close: () => Promise<void>
}

export async function createFixtureServer(options: {
  readonly state: StateName
  readonly port: number
  readonly now?: () => number
  /** False plays a token that may only look. */
  readonly mayAct?: boolean
  /** Folder of the built page; `dist/web` when left out. */
  readonly webRoot?: string
}): Promise<FixtureServer> {
  const now = options.now ?? Date.now
  const webRoot = options.webRoot ?? builtRoot
  const streams = new Set<ServerResponse>()
  const acts: { act: string; service: string; body: unknown }[] = []
  let state = options.state
  let failing: 'nothing' | 'broken' | 'silent' | 'sign-in' = 'nothing'
  let position = 100
  const locks = new Map<string, Lock[]>()

  const board = (): Board => {
    const played = boardOf(state, now(), position)
    return {
      ...played,
      services: played.services.map((service) => ({
        ...service,
        stages: service.stages.map((stage) => ({
          ...stage,
          locks: locks.get(`${service.service}/${stage.stage}`) ?? stage.locks,
        })),
      })),
    }
  }
  const changed = () => {
    position++
    for (const stream of streams) stream.write(`event: changed\ndata: {"position":${position}}\n\n`)
  }

  const act = (name: ActName, service: string, body: Record<string, unknown>, isDry: boolean): ActOutcome => {
    const stage = said(body, 'stage')
    const seen = board()
      .services.find((each) => each.service === service)
      ?.stages.find((each) => each.stage === stage)
    if (name === 'skip-bake' && seen?.bake?.hold)
      return refused('gate/hold', `The bake of ${stage} is on hold; a hold cannot be skipped.`)
    if (name === 'pin' && seen?.rollout)
      return refused(
        'rollout/under-way',
        `A rollout is under way in ${stage}; pin it when it has ended, or go back.`,
      )
    const text = sentences[name](stage, body)
    if (isDry) return { done: false, refusal: null, position: null, lock: null, text }
    acts.push({ act: name, service, body })
    const key = `${service}/${stage}`
    const standing = seen?.locks ?? []
    if (name === 'lock')
      locks.set(key, [
        ...standing,
        {
          id: `lock-${position}`,
          owner: 'anna',
          reason: 'suspected trouble',
          since: now(),
          expiresAt: now() + 4 * hourMs,
          opensAt: now() + 4 * hourMs,
          incident: null,
          suspect: seen?.rollout?.release ?? seen?.live?.release ?? null,
          hard: false,
          everywhere: false,
        },
      ])
    if (name === 'unlock' && body['incidentClosed'] === true)
      locks.set(
        key,
        standing.map((each) => ({ ...each, incident: null, opensAt: each.expiresAt })),
      )
    else if (name === 'unlock')
      locks.set(key, body['lock'] === undefined ? [] : standing.filter((each) => each.id !== body['lock']))
    if (name === 'edit-lock')
      locks.set(
        key,
        standing.map((each) => (each.id === body['lock'] ? { ...each, ...edited(body, now()) } : each)),
      )
    const made = name === 'lock' ? (locks.get(key)?.at(-1)?.id ?? null) : null
    changed()
    return { done: true, refusal: null, position, lock: made, text }
  }

  const server = createServer((request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fixture')
    if (!url.pathname.startsWith('/api/')) return sendFile(webRoot, url.pathname, response)
    if (failing === 'silent') return void request.socket.destroy()
    if (failing === 'broken')
      return sendJson(response, 500, {
        code: 'server/defect',
        text: 'The server met a defect of its own; it is in its log as d-4f2a.',
        id: 'd-4f2a',
        issues: [],
      })
    if (url.pathname === '/api/session') {
      const { token } = (await bodyOf(request)) as { token?: string }
      if (token !== 'right')
        return sendJson(response, 401, {
          code: 'session/unknown-token',
          text: 'No token like this is known here.',
        })
      failing = 'nothing'
      return sendJson(response, 200, {})
    }
    if (failing === 'sign-in')
      return sendJson(response, 401, { code: 'session/none', text: 'Sign in first.' })
    if (url.pathname === '/api/events') return openStream(response)
    if (url.pathname === '/api/me')
      return sendJson(response, 200, { name: 'anna', mayAct: options.mayAct ?? true, csrf: null })
    if (url.pathname === '/api/board') return sendJson(response, 200, board())
    if (url.pathname === '/api/audit') return sendJson(response, 200, auditOf(url, now()))
    const page = pageAnswer(url, now())
    if (page !== undefined) return sendJson(response, 200, page)
    const [, service = '', kind = '', rest = '', tail = ''] =
      url.pathname.match(/^\/api\/services\/([^/]+)\/(releases|acts)(?:\/([^/]+))?(?:\/(log))?$/) ?? []
    if (kind === 'acts') {
      const name = rest as ActName
      const read = actBodies[name].safeParse(await bodyOf(request))
      if (!read.success)
        return sendJson(response, 400, { code: 'request/bad-body', text: read.error.message })
      const outcome = act(
        name,
        service,
        read.data as Record<string, unknown>,
        url.searchParams.get('dryRun') === 'true',
      )
      return sendJson(response, outcome.refusal === null ? 200 : 409, outcome)
    }
    if (kind === 'releases') return sendRelease({ service, rest, tail, url, response })
    sendJson(response, 404, { code: 'request/no-such-route', text: 'There is no such thing here.' })
  }

  function sendRelease(asked: {
    service: string
    rest: string
    tail: string
    url: URL
    response: ServerResponse
  }): void {
    const rows = board().services.find((each) => each.service === asked.service)?.releases ?? []
    if (asked.rest === '') {
      const before = Number(asked.url.searchParams.get('before') ?? Number.POSITIVE_INFINITY)
      const limit = Number(asked.url.searchParams.get('limit') ?? 50)
      const oldest = rows.at(-1)?.release ?? 1
      const older = Array.from({ length: oldest - 1 }, (_, index) => release(now(), oldest - 1 - index))
      return sendJson(
        asked.response,
        200,
        [...rows, ...older].filter((row) => row.release < before).slice(0, limit),
      )
    }
    const number = Number(asked.rest)
    const row = rows.find((each) => each.release === number)
    if (row === undefined)
      return sendJson(asked.response, 404, {
        code: 'release/unknown',
        text: `The newest is #${rows[0]?.release}.`,
      })
    if (asked.tail === 'log') {
      const offset = Number(asked.url.searchParams.get('offset') ?? 0)
      asked.response.writeHead(200, {
        'content-type': 'text/plain; charset=utf-8',
        'x-total': String(Buffer.byteLength(buildLog)),
        'x-ended': String(row.build.state !== 'running'),
      })
      return void asked.response.end(Buffer.from(buildLog).subarray(offset))
    }
    sendJson(asked.response, 200, {
      ...row,
      why: row.standings.map((each) => ({
        stage: each.stage,
        why:
          each.standing === 'waiting'
            ? [{ code: 'gate/locked', text: `Waits for ${each.stage}`, until: now() + hourMs }]
            : [],
      })),
    })
  }

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`retry: 1000\nevent: changed\ndata: {"position":${position}}\n\n`)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  await new Promise<void>((resolve) => server.listen(options.port, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port
  return {
    address: `http://127.0.0.1:${port}`,
    acts,
    play: (next) => {
      state = next
      locks.clear()
      changed()
    },
    fail: (how) => {
      failing = how
      if (how !== 'nothing') for (const stream of streams) stream.destroy()
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** The pages of a service, which are the same in every state. */
function pageAnswer(url: URL, at: number): unknown {
  const [, service = '', rest = ''] = url.pathname.match(/^\/api\/services\/([^/]+)\/(.+)$/) ?? []
  if (rest === 'plan') return planOf(at)
  if (rest === 'backlog') return backlogOf(service, at)
  if (rest === 'forecast') return forecastOf(service, at)
  if (rest === 'lookups') return lookups
  const [, key] = rest.match(/^lookups\/[^/]+\/rows\/(.+)$/) ?? []
  if (key !== undefined) return lookupRowOf(key)
  const [, stage = '', page = '', number = ''] =
    rest.match(
      /^stages\/([^/]+)\/(settings|measures|routes\/explain|routes|releases\/(\d+)\/(?:seen|output))$/,
    ) ?? []
  if (page === 'settings') return settingsOf(stage, at)
  if (page === 'measures')
    return measuresOf(service, stage, url.searchParams.get('by')?.split(',').at(-1) ?? 'track', at)
  if (page === 'routes') return routesOf(service, stage, at)
  if (page === 'routes/explain') return explanation
  if (page.endsWith('/seen')) return seenOf(stage, Number(number), at)
  if (page.endsWith('/output')) return [{ instance: 'ins_4f2a', text: 'listening on 4711\n' }]
  return undefined
}

async function sendFile(webRoot: string, path: string, response: ServerResponse): Promise<void> {
  const isFile = /^\/(?:assets\/)?[\w-]+(?:\.[\w-]+)+$/.test(path)
  const name = isFile ? path : '/index.html'
  try {
    const bytes = await readFile(join(webRoot, name))
    response.writeHead(200, {
      'content-type': types[extname(name)] ?? 'application/octet-stream',
      'content-security-policy': policy,
    })
    response.end(bytes)
  } catch {
    response.writeHead(404).end('There is no such file; was the page built?\n')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return parts.length === 0 ? {} : JSON.parse(Buffer.concat(parts).toString('utf8'))
}

function refused(code: string, text: string): ActOutcome {
  return { done: false, refusal: { code, text }, position: null, lock: null, text }
}

function edited(body: Record<string, unknown>, at: number): Partial<Lock> {
  return {
    ...(typeof body['reason'] === 'string' ? { reason: body['reason'] } : {}),
    ...(typeof body['forMs'] === 'number' ? { expiresAt: at + body['forMs'] } : {}),
    ...(body['incident'] === undefined ? {} : { incident: body['incident'] as string | null }),
    ...(body['suspect'] === undefined ? {} : { suspect: body['suspect'] as number | null }),
  }
}

if (import.meta.main) {
  const [name = 'calm', port = '4600'] = process.argv.slice(2)
  if (!isStateName(name)) throw new Error(`there is no state called ${name}`)
  const server = await createFixtureServer({ state: name, port: Number(port) })
  console.log(`${name}: ${server.address}`)
}
