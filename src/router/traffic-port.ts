// Taking the traffic port: shared with other router processes of the same state folder, and with nobody else.
import type { Server } from 'node:net'
import { listRouters } from '../api/router-admin/router-processes.ts'
import { portOwners } from './port-owner.ts'

export type TrafficPort = {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly stateDir: string
  readonly pid: number
  readonly sleep: (ms: number) => Promise<void>
}

/** One of our own kind that is just ending looks like a stranger for a moment. */
const LOOKS_MAX = 5
const LOOK_AGAIN_MS = 200

/** Resolves with the port. Throws a sentence that says who has it and what to do. */
export async function takePort(server: Server, wish: TrafficPort): Promise<number> {
  for (let look = 1; ; look += 1) {
    try {
      return await tryPort(server, wish)
    } catch (error) {
      if (!(error instanceof PortTaken) || look >= LOOKS_MAX) throw error
      await wish.sleep(LOOK_AGAIN_MS)
    }
  }
}

async function tryPort(server: Server, { host, port, stateDir, pid }: TrafficPort): Promise<number> {
  // With a shared port a stranger of the same user would not be an error: it would get half of the requests.
  const strangers = port === 0 ? undefined : await strangersOn(host, port, stateDir, pid)
  if (strangers !== undefined) throw new PortTaken(port, strangers)
  try {
    await listen(server, { host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new PortTaken(port, '', { cause: error })
    if (code === 'EACCES') {
      throw new Error(
        `port ${port} may not be opened by this user; choose one above 1023 with --port, or allow it (setcap cap_net_bind_service)`,
        { cause: error },
      )
    }
    throw error
  }
  const address = server.address()
  return address === null || typeof address === 'string' ? port : address.port
}

function listen(server: Server, { host, port }: Pick<TrafficPort, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, reusePort: port !== 0, backlog: 4096 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

class PortTaken extends Error {
  constructor(port: number, by: string, options?: ErrorOptions) {
    const who = by === '' ? '' : ` (${by})`
    super(
      `port ${port} is in use by another program${who}; stop it, or choose another port with --port (in the configuration: listen.port)`,
      options,
    )
    this.name = 'PortTaken'
  }
}

/** Undefined when nobody of this user has the port but our own kind; other users' processes the kernel keeps away. */
async function strangersOn(
  host: string,
  port: number,
  stateDir: string,
  pid: number,
): Promise<string | undefined> {
  const kin = new Set([pid, ...(await listRouters(stateDir)).map((router) => router.pid)])
  const strangers = (await portOwners(host, port)).filter((owner) => !kin.has(owner.pid))
  if (strangers.length === 0) return undefined
  return strangers.map((owner) => `process ${owner.pid}: ${owner.command}`).join('; ')
}
