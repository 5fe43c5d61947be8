// A real installation in a temporary folder, started and stopped as a person would, with the command line.
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ActName } from '../../../src/api/acts.ts'
import type { AuditRow, Board } from '../../../src/api/board.ts'
import { scratchFolder } from '../../kit/scratch-repository.ts'
import { programs } from './processes.ts'

const CLI = join(import.meta.dirname, '..', '..', '..', 'bin', 'sluice.cjs')
const UP_MS_MAX = 90_000
const ANSWER_MS_MAX = 10_000

export type ActAnswer = {
  readonly status: number
  readonly body: { readonly text?: string; readonly code?: string; readonly lock?: string | null }
}
export type CliAnswer = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type Installation = {
  readonly state: string
  readonly apiPort: number
  readonly routerPort: number
  /** `sluice …` in a folder, with this installation's state. */
  cli(folder: string, ...words: readonly string[]): Promise<CliAnswer>
  up(folder: string): Promise<CliAnswer>
  board(): Promise<Board>
  /** Newest first; `release` is one of the service `shop`. */
  audit(limit: number, release?: number): Promise<readonly AuditRow[]>
  /** The whole build log that is kept. */
  log(service: string, release: number): Promise<string>
  /** Rejects when no answer came: then nobody knows whether it happened. */
  act(act: ActName, body: Readonly<Record<string, unknown>>): Promise<ActAnswer>
  /** Stops everything, instances too, and removes the state. */
  remove(): Promise<void>
}

/** Unless told otherwise, everything is its own. */
export type InstallationOptions = {
  readonly state?: string
  readonly apiPort?: number
  readonly routerPort?: number
  /** Variables of the command line, which the programs inherit. */
  readonly env?: Readonly<Record<string, string>>
}

export async function installation(options: InstallationOptions = {}): Promise<Installation> {
  const state = options.state ?? scratchFolder('state')
  const apiPort = options.apiPort ?? (await freePort())
  const routerPort = options.routerPort ?? (await freePort())
  const api = `http://127.0.0.1:${apiPort}`
  // Node's own options go along, so that the program can be profiled (--cpu-prof).
  const nodeOptions = process.env['NODE_OPTIONS']
  const env = {
    PATH: process.env['PATH'],
    HOME: state,
    SLUICE_STATE: state,
    LANG: 'C.UTF-8',
    ...(nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions }),
    ...options.env,
  }

  const cli: Installation['cli'] = async (folder, ...words) => {
    const run = promisify(execFile)(process.execPath, [CLI, ...words], {
      cwd: folder,
      env,
      timeout: UP_MS_MAX,
    })
    return run.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code?: unknown; stdout?: string; stderr?: string }) => ({
        code: Number(error.code ?? -1),
        stdout: error.stdout ?? '',
        stderr: error.stderr ?? '',
      }),
    )
  }
  const get = async (path: string): Promise<unknown> => {
    const ask = () => fetch(`${api}${path}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    // A kept connection may just have been closed for being idle.
    const answer = await ask().catch(ask)
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
    return answer.json()
  }

  const log = async (service: string, release: number): Promise<string> => {
    let text = ''
    for (;;) {
      const path = `/api/services/${service}/releases/${release}/log?offset=${text.length}`
      const answer = await fetch(`${api}${path}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
      // One letter a byte, so that the length is the offset.
      const more = Buffer.from(await answer.arrayBuffer()).toString('latin1')
      if (!answer.ok || more === '') return text
      text += more
    }
  }

  return {
    log,
    state,
    apiPort,
    routerPort,
    cli,
    up: (folder) => cli(folder, 'up', '--json'),
    board: async () => (await get('/api/board')) as Board,
    audit: async (limit, release) => {
      const about = release === undefined ? '' : `&service=shop&release=${release}`
      return (await get(`/api/audit?limit=${limit}${about}`)) as readonly AuditRow[]
    },
    act: async (act, body) => {
      const answer = await fetch(`${api}/api/services/shop/acts/${act}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      })
      return { status: answer.status, body: (await answer.json()) as ActAnswer['body'] }
    },
    remove: async () => {
      await cli(tmpdir(), 'down', '--everything', '--yes')
      for (const role of ['keeper', 'server', 'router'] as const)
        for (const pid of programs(role, state)) process.kill(pid, 'SIGKILL')
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** Below what Linux gives to outgoing connections (32768 up), and beside what instances take (20000 to 29999). */
const PORTS = { from: 30_000, to: 32_700 }

/** A port that nobody listens on, where nothing takes one unasked between this look and its use. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < 100; tried++) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from))
    if (!given.has(port) && (await isFree(port))) {
      given.add(port)
      return port
    }
  }
  throw new Error(`no port from ${PORTS.from} to ${PORTS.to} is free`)
}

const given = new Set<number>()

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
