// Starts HAProxy where it does not run, as a process of its own that outlives us: it serves on while no server runs.
import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { CHOOSE_LUA } from './choose-lua.ts'
import { haproxyConfig, mapFile, MAPS, type HaproxyFiles } from './haproxy-config.ts'
import { askHaproxy, HaproxyGone } from './haproxy-socket.ts'

export type HaproxyPlace = {
  readonly stateDir: string
  readonly host: string
  readonly port: number
  readonly suffix: string
  /** `haproxy`, or where it is. */
  readonly program: string
  readonly clock: Pick<Clock, 'sleep'>
}

/** How many doors may be open at once. */
const DOORS = 16
const READY_TRIES = 100
const READY_LOOK_MS = 50
const STOP_ASK_MS = 1_000
const SOCKET_PATH_BYTES_MAX = 97

const doorsFile = z.object({ doors: z.array(z.int()).length(DOORS) })
const run = promisify(execFile)

export function haproxyFiles(stateDir: string): HaproxyFiles {
  const folder = join(stateDir, 'haproxy')
  return {
    folder,
    socket: join(folder, 'haproxy.sock'),
    pidFile: join(folder, 'haproxy.pid'),
    luaFile: join(folder, 'choose.lua'),
  }
}

/** Names this life of HAProxy; undefined when it does not run. */
export async function lifeOf(stateDir: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const text = await askHaproxy(haproxyFiles(stateDir).socket, 'show info', signal)
    const [, pid] = /^Pid: (\d+)$/m.exec(text) ?? []
    const [, started] = /^Start_time_sec: (\d+)$/m.exec(text) ?? []
    return `${pid}@${started}`
  } catch (error) {
    if (error instanceof HaproxyGone) return undefined
    throw error
  }
}

/** Takes nothing new and ends when what is under way has ended, after 30 seconds at the latest. */
export async function endHaproxy(stateDir: string): Promise<void> {
  endLife(await lifeOf(stateDir, AbortSignal.timeout(STOP_ASK_MS)).catch(() => undefined))
}

/** One that listens no more on our socket may still have requests under way. */
export function endLife(life: string | undefined): void {
  const pid = Number(life?.split('@')[0])
  // Only one that answers on our socket is ours: a number in a file may be somebody else's by now.
  if (pid > 0) process.kill(pid, 'SIGUSR1')
}

/** Another one with another address, or of another version of ours, has to give way. */
export function setupOf(place: HaproxyPlace): string {
  const files = haproxyFiles(place.stateDir)
  const text = haproxyConfig(files, { ...place, setup: '', doors: [] })
  return createHash('sha256').update(text).update(CHOOSE_LUA).digest('hex').slice(0, 32)
}

/** Whether the one that runs was started as it would be started now. */
export async function isSetUpAs(place: HaproxyPlace, signal: AbortSignal): Promise<boolean> {
  const text = await askHaproxy(haproxyFiles(place.stateDir).socket, 'show info', signal)
  return new RegExp(`^description: ${setupOf(place)}$`, 'm').test(text)
}

/** The ports of doors, as they were chosen when it was started. */
export async function doorPorts(stateDir: string): Promise<readonly number[]> {
  const text = await readFile(join(haproxyFiles(stateDir).folder, 'doors.json'), 'utf8')
  return doorsFile.parse(JSON.parse(text)).doors
}

/** Resolves when its socket answers. Its maps are empty then. */
export async function startHaproxy(place: HaproxyPlace): Promise<void> {
  const files = haproxyFiles(place.stateDir)
  if (Buffer.byteLength(files.socket) > SOCKET_PATH_BYTES_MAX)
    throw new PortFailure(`the state folder's path is too long for a socket: ${files.socket}`, {
      code: 'router/haproxy-did-not-start',
      again: 'never',
    })
  await mkdir(files.folder, { recursive: true, mode: 0o700 })
  // HAProxy shares its ports, with itself as well: a door on the port of the traffic would get half of it.
  const doors = (await freePorts(DOORS + 1)).filter((port) => port !== place.port).slice(0, DOORS)
  const config = join(files.folder, 'haproxy.cfg')
  await put(config, haproxyConfig(files, { ...place, setup: setupOf(place), doors }))
  await put(files.luaFile, CHOOSE_LUA)
  await put(join(files.folder, 'doors.json'), JSON.stringify({ doors }))
  for (const name of MAPS) await put(mapFile(files.folder, name), '')
  await checked(place.program, config)
  await begin(place.program, config)
  for (let look = 0; look < READY_TRIES; look += 1) {
    if ((await lifeOf(place.stateDir, AbortSignal.timeout(1_000)).catch(() => undefined)) !== undefined)
      return
    await place.clock.sleep(READY_LOOK_MS)
  }
  throw didNotStart('its socket does not answer')
}

async function put(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomBytes(4).toString('hex')}`
  await writeFile(beside, text, { mode: 0o600 })
  await rename(beside, file)
}

async function checked(program: string, config: string): Promise<void> {
  try {
    await run(program, ['-c', '-f', config])
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing)
      throw new PortFailure(
        `${program} is not installed; install HAProxy 2.6 or newer with Lua (apt install haproxy)`,
        {
          code: 'router/haproxy-missing',
          again: 'retry',
          cause: error,
        },
      )
    throw didNotStart(wordsOf(error), error)
  }
}

/** In the background (`-D`): it says itself whether it could take the port. */
function begin(program: string, config: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['-D', '-f', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
    child.on('error', (error) => reject(didNotStart(error.message, error)))
    child.on('exit', (code) => {
      child.stderr.destroy()
      if (code === 0) resolve()
      else reject(didNotStart(alertsIn(words)))
    })
  })
}

function didNotStart(why: string, cause?: unknown): PortFailure {
  return new PortFailure(`HAProxy did not start: ${why}; it is tried again`, {
    code: 'router/haproxy-did-not-start',
    again: 'retry',
    cause,
  })
}

function wordsOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return alertsIn(stderr)
}

function alertsIn(text: string): string {
  const alerts = text.split('\n').filter((line) => line.startsWith('[ALERT]'))
  return (alerts[0] ?? text).trim().slice(0, 300)
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', resolve)
      })
      return server
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
