// The keeper: starts the server and two routers, and starts again what dies. Small, so that there is nothing in it to
// die of. `node src/main/keeper.ts --state DIR …`
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { placesIn } from './places.ts'

/** Two routers share the port, so that one can die, or be replaced, without a lost request. */
const ROUTERS = 2
const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 5_000
/** A child that ran so long is well; the next pause is short again. */
const WELL_MS = 10_000
const STOP_MS_MAX = 20_000
/** The server refused to start for a reason that a person must mend. */
const EXIT_REFUSED = 78

const flags = parseArgs({
  options: {
    state: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    'api-port': { type: 'string', default: '7070' },
    'router-host': { type: 'string', default: '127.0.0.1' },
    'router-port': { type: 'string', default: '8080' },
    suffix: { type: 'string', default: 'localhost' },
    judge: { type: 'string', default: 'thresholds' },
    'log-level': { type: 'string', default: 'info' },
  },
}).values
if (flags.state === undefined) {
  console.error('usage: node src/main/keeper.ts --state DIR')
  process.exit(64)
}

const places = placesIn(flags.state)
mkdirSync(places.logs, { recursive: true, mode: 0o700 })
const stopping = new AbortController()
const here = dirname(fileURLToPath(import.meta.url))
const extension = extname(fileURLToPath(import.meta.url))
const children = new Set<ChildProcess>()

async function keep(name: string, script: string, args: readonly string[]): Promise<void> {
  let pauseMs = PAUSE_MS_MIN
  while (!stopping.signal.aborted) {
    const startedMs = performance.now()
    const log = openSync(join(places.logs, `${name}.log`), 'a', 0o600)
    const child = spawn(process.execPath, [join(here, `${script}${extension}`), ...args], {
      stdio: ['ignore', log, log],
    })
    children.add(child)
    const code = await new Promise<number | null>((resolve) => {
      child.once('exit', resolve)
      child.once('error', () => resolve(null))
    })
    children.delete(child)
    if (stopping.signal.aborted) return
    if (code === EXIT_REFUSED) {
      console.error(`${name} refused to start; see ${join(places.logs, `${name}.log`)}`)
      void stop(1)
      return
    }
    pauseMs = performance.now() - startedMs > WELL_MS ? PAUSE_MS_MIN : Math.min(PAUSE_MS_MAX, pauseMs * 2)
    await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
  }
}

async function stop(code: number): Promise<void> {
  if (stopping.signal.aborted) return
  stopping.abort()
  for (const child of children) child.kill('SIGTERM')
  const ended = Promise.all(
    [...children].map((child) => new Promise((resolve) => child.once('exit', resolve))),
  )
  await Promise.race([ended, sleep(STOP_MS_MAX, undefined, { ref: false })])
  for (const child of children) child.kill('SIGKILL')
  rmSync(join(places.state, 'keeper.pid'), { force: true })
  process.exit(code)
}

process.on('SIGTERM', () => void stop(0))
process.on('SIGINT', () => void stop(0))
writeFileSync(join(places.state, 'keeper.pid'), `${process.pid}\n`, { mode: 0o600 })

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
]
const serverArgs = [
  '--state',
  places.state,
  '--host',
  flags.host,
  '--api-port',
  flags['api-port'],
  '--router-port',
  flags['router-port'],
  '--suffix',
  flags.suffix,
  '--judge',
  flags.judge,
  '--log-level',
  flags['log-level'],
]
await Promise.all([
  keep('server', 'serve', serverArgs),
  ...Array.from({ length: ROUTERS }, (_, index) => keep(`router-${index + 1}`, 'route', routerArgs)),
])
