// `sluice up`: starts the keeper apart from this terminal, waits until the server is ready, and joins the repository.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readServerRecord, type ServerRecord } from '../../api/server-record.ts'
import { CliFailure, EXIT } from '../../cli/failure.ts'
import type { CliWork } from '../../cli/parts.ts'
import { findConfigs } from '../../config/load/find-config.ts'
import { loadConfig } from '../../config/load/load-config.ts'
import { writeMistake } from '../../config/config-mistake.ts'
import type { ListenSettings } from '../../config/complete/complete-config.ts'
import { DEFAULTS } from '../../config/complete/defaults.ts'
import { keeperOf } from '../left-behind.ts'
import { placesIn, type Places } from '../places.ts'
import { type Env, install, isInstalled } from './install.ts'
import { keeperStart } from './keeper-start.ts'
import { isServed } from '../replace-left-behind.ts'

type UpRequest = Parameters<CliWork['up']>[0]
type UpResult = Awaited<ReturnType<CliWork['up']>>

const READY_MS_MAX = 60_000
const LOOK_MS = 100
/** A start says little; a refusal is at its end. */
const LOG_BYTES_MAX = 1024 * 1024
const FREE_BYTES_MIN = 64 * 1024

export async function up(env: Env, state: string, request: UpRequest): Promise<UpResult> {
  const places = placesIn(state)
  const config = await configOf(request.folder)
  const running = await runningServer(state)
  const isKept = keeperOf(places) !== undefined
  const told = logEnds(places)
  const listen = config?.listen ?? DEFAULTS.listen
  const installed = request.install ? await installKeeper(env, places, listen, isKept) : []
  const keeper = isKept || request.install ? undefined : startKeeper(places, listen, request)
  const alreadyRan = isKept && running !== undefined
  // A server without a keeper is replaced by one that has a keeper.
  const record = alreadyRan
    ? running
    : await waitUntilReady(places, request, { told, keeper, replaced: isKept ? undefined : running?.pid })
  const joined = config ? await join_(record, request.folder) : { services: [], problems: [] }
  const notes = [...joined.problems, ...installed]
  if (!config)
    notes.push(
      'this folder has no configuration; "sluice init" proposes one, "sluice add" joins another repository',
    )
  if (!isInstalled(env, state)) notes.push(REBOOT_NOTE)
  return { address: record.address, alreadyRan, services: joined.services, notes }
}

type Found = { readonly listen: ListenSettings }

/** A broken configuration is told before anything is started. */
async function configOf(folder: string): Promise<Found | undefined> {
  const [file] = await findConfigs(folder).catch(() => [])
  if (file === undefined) return undefined
  const loaded = await loadConfig(file)
  if (!loaded.ok)
    throw new CliFailure(EXIT.failed, 'config/broken', loaded.mistakes.map(writeMistake).join('\n'))
  return { listen: loaded.config.listen }
}

/** The server that runs on this state, if it answers. */
export async function runningServer(state: string): Promise<ServerRecord | undefined> {
  const record = await readServerRecord(state)
  if (!record) return undefined
  const answer = await fetch(`${record.address}/livez`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => undefined,
  )
  return answer?.ok ? record : undefined
}

/** The unit's keeper writes to the same log, so that a refusal of it is told as any other. */
async function installKeeper(
  env: Env,
  places: Places,
  listen: ListenSettings,
  isKept: boolean,
): Promise<readonly string[]> {
  closeSync(openKeeperLog(places))
  return install(env, keeperStart(places, listen), { isKept })
}

/** Says how the keeper ended, once it has. */
type Started = { readonly ended: () => string | undefined }

function startKeeper(places: Places, listen: ListenSettings, { say }: UpRequest): Started {
  const log = openKeeperLog(places)
  const { program, args, state } = keeperStart(places, listen)
  say(`starting the server and ${listen.trafficRouter === 'haproxy' ? 'HAProxy' : 'two routers'}`)
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], cwd: state })
  closeSync(log)
  let end: string | undefined
  child.once('exit', (code, signal) => (end = signal ?? `exit code ${code}`))
  child.once('error', (error) => (end = error.message))
  child.unref()
  return { ended: () => end }
}

/** The first thing written to the state: what is wrong with the place is found here. */
function openKeeperLog({ state, logs }: Places): number {
  const found = statSync(state, { throwIfNoEntry: false })
  const elsewhere = 'choose another place with SLUICE_STATE'
  if (found && !found.isDirectory())
    throw new CliFailure(
      EXIT.failed,
      'up/state-is-a-file',
      `${state} shall be the folder of the state, but it is a file. Move it away, or ${elsewhere}`,
    )
  try {
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    return openSync(join(logs, 'keeper.log'), 'a', 0o600)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new CliFailure(
      EXIT.failed,
      'up/state-not-writable',
      `the state folder ${state} cannot be written: ${said}. Mend its rights or its disk, or ${elsewhere}`,
      { cause: error },
    )
  }
}

type Waiting = {
  readonly told: LogEnds
  readonly replaced: number | undefined
  readonly keeper: Started | undefined
}

async function waitUntilReady(
  places: Places,
  { signal, say }: UpRequest,
  { told, replaced, keeper }: Waiting,
): Promise<ServerRecord> {
  const until = performance.now() + READY_MS_MAX
  let hasSaid = false
  while (performance.now() < until && !signal.aborted) {
    const record = await runningServer(places.state)
    if (record && record.pid !== replaced) {
      const ready = await fetch(`${record.address}/readyz`).catch(() => undefined)
      if (ready?.ok && (await isServed(places))) return record
      if (!hasSaid) say('recovering what happened before')
      hasSaid = true
    }
    const end = keeper?.ended()
    const refused = refusalSince(places, told) ?? (end === undefined ? undefined : silentEnd(places, end))
    if (refused !== undefined) throw new CliFailure(EXIT.failed, 'up/refused', refused)
    await sleep(LOOK_MS)
  }
  throw new CliFailure(
    EXIT.failed,
    'up/not-ready',
    `the server was not ready after ${READY_MS_MAX / 1000} s; its log is ${join(places.logs, 'server.log')}`,
  )
}

/** A full disk takes no log either. */
function silentEnd(places: Places, end: string): string {
  const { bavail, bsize } = statfsSync(places.state)
  return bavail * bsize < FREE_BYTES_MIN
    ? `the disk of ${places.state} is full: make room there, then run "sluice up" again`
    : `the keeper ended at once (${end}); look at ${join(places.logs, 'keeper.log')}`
}

const LOGS = ['keeper', 'server', 'router-1', 'router-2'] as const
type LogEnds = ReadonlyMap<string, number>

/** Where the logs end now: what an earlier start said is not what this one says. */
function logEnds(places: Places): LogEnds {
  return new Map(LOGS.map((name) => [name, sizeOf(join(places.logs, `${name}.log`))]))
}

/** What was said since by what refused to start. */
function refusalSince(places: Places, told: LogEnds): string | undefined {
  const since = (name: string): readonly string[] =>
    readFrom(join(places.logs, `${name}.log`), told.get(name) ?? 0)
      .trimEnd()
      .split('\n')
  const [keeper, ...children] = LOGS.map(since)
  const last = keeper?.findLast(
    (line) => line.endsWith('refused to start') || line.includes(' refused to start;'),
  )
  if (last === undefined) return undefined
  const words = [...children, keeper ?? []].flatMap(
    (lines) => lines.findLast((line) => line.startsWith('sluice ')) ?? [],
  )
  return words[0] ?? last
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function readFrom(file: string, offset: number): string {
  const bytes = Buffer.alloc(Math.min(LOG_BYTES_MAX, Math.max(0, sizeOf(file) - offset)))
  if (bytes.length === 0) return ''
  const opened = openSync(file, 'r')
  try {
    readSync(opened, bytes, 0, bytes.length, offset)
  } finally {
    closeSync(opened)
  }
  return bytes.toString('utf8')
}

async function join_(
  record: ServerRecord,
  folder: string,
): Promise<{ services: readonly string[]; problems: readonly string[] }> {
  const answer = await fetch(`${record.address}/api/repositories`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ folder }),
  })
  const body: unknown = await answer.json()
  if (typeof body !== 'object' || body === null)
    return { services: [], problems: ['the server gave no answer'] }
  const services = 'services' in body && Array.isArray(body.services) ? body.services.map(String) : []
  const problems = 'problems' in body && Array.isArray(body.problems) ? body.problems.map(String) : []
  if (!answer.ok && problems.length === 0)
    problems.push('text' in body ? String(body.text) : `the server answered ${answer.status}`)
  return { services, problems }
}

const REBOOT_NOTE =
  'a reboot of this machine does not bring it back: start it again with "sluice up", or let systemd do it with "sluice up --install"'
