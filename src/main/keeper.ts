// The keeper: starts the server and two routers, and starts again what dies. Small, so that there is nothing in it to
// die of. When it is killed all the same, its children go on, and the next keeper replaces them.
// `node src/main/keeper.ts --state DIR …`
import { endHaproxy } from '../adapters/traffic-router/haproxy/haproxy-process.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type StoreLock, takeStoreLock } from '../adapters/event-log/sqlite/store-lock.ts'
import { childEnvironment, SERVER_FLAGS } from './node-settings.ts'
import { EXIT_REFUSED } from './local/keeper-start.ts'
import { placesIn } from './places.ts'
import { watchLogs } from './rotate-logs.ts'
import { endOldServers, relieveOldRouters, somethingLeft } from './replace-left-behind.ts'

/** Two routers share the port, so that one can die, or be replaced, without a lost request. */
const ROUTERS = 2
const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 5_000
/** A child that ran so long was well, and is started again at once. */
const WELL_MS = 3_000
const STOP_MS_MAX = 20_000

const flags = parseArgs({
  options: {
    state: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-port': { type: 'string', default: '7070' },
    'router-host': { type: 'string', default: '127.0.0.1' },
    'router-port': { type: 'string', default: '8080' },
    suffix: { type: 'string', default: 'localhost' },
    judge: { type: 'string', default: 'sequential' },
    'log-level': { type: 'string', default: 'info' },
    'tls-port': { type: 'string' },
    certificates: { type: 'string' },
    'trusted-proxy': { type: 'string', multiple: true, default: [] },
    'access-log-share': { type: 'string', default: '0.01' },
    'no-release-header': { type: 'boolean', default: false },
    'body-bytes-max': { type: 'string' },
    'traffic-router': { type: 'string', default: 'built-in' },
  },
}).values
if (flags.state === undefined) {
  console.error('usage: node src/main/keeper.ts --state DIR')
  process.exit(64)
}

const places = placesIn(flags.state)
const place = takePlace()
const stopping = new AbortController()
const here = dirname(fileURLToPath(import.meta.url))
const extension = extname(fileURLToPath(import.meta.url))
const children = new Set<ChildProcess>()

async function keep(
  name: string,
  script: string,
  args: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<void> {
  let pauseMs = 0
  while (!stopping.signal.aborted) {
    const startedMs = performance.now()
    const log = openSync(join(places.logs, `${name}.log`), 'a', 0o600)
    const child = spawn(process.execPath, [...nodeFlags, join(here, `${script}${extension}`), ...args], {
      stdio: ['ignore', log, log],
      env: childEnvironment(places.compiled),
    })
    closeSync(log)
    children.add(child)
    const code = await new Promise<number | null>((resolve) => {
      child.once('exit', resolve)
      child.once('error', () => resolve(null))
    })
    children.delete(child)
    if (stopping.signal.aborted) return
    if (code === EXIT_REFUSED) {
      console.error(`${name} refused to start; see ${join(places.logs, `${name}.log`)}`)
      if (!isAnybodyServed()) {
        void stop(EXIT_REFUSED)
        return
      }
      // The routers go on for those they serve, and what was mended is taken up without a word.
      await sleep(PAUSE_MS_MAX, undefined, { signal: stopping.signal }).catch(() => undefined)
      continue
    }
    const wasWell = performance.now() - startedMs > WELL_MS
    pauseMs = wasWell ? 0 : Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, pauseMs * 2))
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
}

/** One keeper per state, and a folder it can write to. */
function takePlace(): StoreLock {
  try {
    mkdirSync(places.logs, { recursive: true, mode: 0o700 })
    return takeStoreLock(join(places.state, 'keeper'))
  } catch (error) {
    console.error(`sluice keeper: ${error instanceof Error ? error.message : String(error)}`)
    console.error('keeper refused to start')
    process.exit(EXIT_REFUSED)
  }
}

/** Whether there are plans that the routers follow: then they are not stopped because something else has trouble. */
function isAnybodyServed(): boolean {
  const plans = join(places.router, 'plans')
  return existsSync(plans) && readdirSync(plans).length > 0
}

async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  for (const child of children) child.kill('SIGTERM')
  // The server started it, and it outlives the server.
  if (flags['traffic-router'] === 'haproxy') await endHaproxy(places.router)
  const ended = Promise.all(
    [...children].map((child) => new Promise((resolve) => child.once('exit', resolve))),
  )
  await Promise.race([ended, sleep(STOP_MS_MAX, undefined, { ref: false })])
  for (const child of children) child.kill('SIGKILL')
  rmSync(join(places.state, 'keeper.pid'), { force: true })
  place.release()
  process.exit(code)
}

process.on('SIGTERM', () => void stop(0))
process.on('SIGINT', () => void stop(0))
writeFileSync(join(places.state, 'keeper.pid'), `${process.pid}\n`, { mode: 0o600 })

watchLogs(places.logs, (error) => console.error('a log could not be put aside:', error))

const routerArgs = [
  '--state',
  places.router,
  '--host',
  flags['router-host'],
  '--port',
  flags['router-port'],
  '--suffix',
  flags.suffix,
  '--log-level',
  flags['log-level'],
  '--access-log',
  join(places.logs, 'access.log'),
  '--access-log-share',
  flags['access-log-share'],
  ...(flags['no-release-header'] ? ['--no-release-header'] : []),
  ...(flags['body-bytes-max'] === undefined ? [] : ['--body-bytes-max', flags['body-bytes-max']]),
  ...flags['trusted-proxy'].flatMap((proxy) => ['--trusted-proxy', proxy]),
  ...(flags['tls-port'] === undefined || flags.certificates === undefined
    ? []
    : ['--tls-port', flags['tls-port'], '--certificates', flags.certificates]),
]
const serverArgs = [
  '--state',
  places.state,
  '--host',
  flags.host,
  '--api-port',
  flags['api-port'],
  '--router-host',
  flags['router-host'],
  '--router-port',
  flags['router-port'],
  '--traffic-router',
  flags['traffic-router'],
  '--suffix',
  flags.suffix,
  '--judge',
  flags.judge,
  '--log-level',
  flags['log-level'],
]
const isHaproxy = flags['traffic-router'] === 'haproxy'
const left = somethingLeft(places)
const serve = async (): Promise<void> => {
  await endOldServers(left?.servers ?? [])
  await keep('server', 'serve', serverArgs, SERVER_FLAGS)
}
const relieve = async (): Promise<void> => {
  if (left && left.routers.length > 0 && !(await relieveOldRouters(places, left.routers)))
    console.error('routers of an earlier keeper go on, for no new one became ready')
}
await Promise.all([
  serve(),
  relieve(),
  ...Array.from({ length: isHaproxy ? 0 : ROUTERS }, (_, index) =>
    keep(`router-${index + 1}`, 'route', routerArgs),
  ),
])
