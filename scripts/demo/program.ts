// The program under watch, as `sluice up` would start it: keeper, server and two routers on free ports, in a process
// group of their own so that Ctrl-C in the terminal reaches the demo alone, which then ends everything in order.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, type Client } from '../../src/api/client.ts'
import { placesIn } from '../../src/main/places.ts'
import { down } from '../../src/main/local/down.ts'

const KEEPER = fileURLToPath(new URL('../../src/main/keeper.ts', import.meta.url))
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 30_000

export type ProgramOptions = {
  readonly state: string
  /** 0: any free one. */
  readonly boardPort: number
  readonly withoutVerdicts: boolean
}

export interface Program {
  readonly client: Client
  readonly address: string
  readonly routerPort: number
  /** Ends keeper, server, routers and instances. */
  stop(): Promise<void>
}

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const boardPort = options.boardPort === 0 ? await freePort() : options.boardPort
  const routerPort = await freePort()
  const { state } = options
  const keeper = spawn(
    process.execPath,
    [
      KEEPER,
      ...['--state', state, '--api-port', String(boardPort), '--router-port', String(routerPort)],
      ...(options.withoutVerdicts ? ['--judge', 'none'] : []),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], detached: true },
  )
  const address = `http://127.0.0.1:${boardPort}`
  const client = createClient({ address, token: null })
  const stop = async (): Promise<void> => {
    await endKeeper(keeper)
    // Instances outlive the server on purpose; a demo that ends leaves nothing behind.
    await down(state, { everything: true, say: () => undefined })
  }
  try {
    await untilReady(client, keeper)
  } catch (error) {
    const log = await readFile(join(placesIn(state).logs, 'server.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`Sluice did not start on ${address}.\n${log.slice(-2_000)}`, { cause: error })
  }
  return { client, address, routerPort, stop }
}

async function untilReady(client: Client, keeper: ChildProcess): Promise<void> {
  const endAt = performance.now() + READY_MS_MAX
  for (;;) {
    const ready = await fetch(`${client.address}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (ready) return
    if (keeper.exitCode !== null) throw new Error(`the keeper ended with ${keeper.exitCode}`)
    if (performance.now() > endAt) throw new Error(`not ready within ${READY_MS_MAX / 1000} s`)
    await wait(50)
  }
}

async function endKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return
  const ended = new Promise((resolve) => keeper.once('exit', resolve))
  keeper.kill('SIGTERM')
  const late = AbortSignal.timeout(STOP_MS_MAX)
  late.addEventListener('abort', () => {
    // The group is ours alone: keeper, server and routers.
    if (keeper.pid !== undefined) process.kill(-keeper.pid, 'SIGKILL')
  })
  await ended
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address()
      const port = typeof bound === 'object' && bound !== null ? bound.port : 0
      server.close(() => resolve(port))
    })
  })
}
