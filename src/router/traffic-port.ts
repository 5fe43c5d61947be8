// Taking the traffic port: shared with other router processes of the same state folder, and with nobody else.
import type { Server } from 'node:http'
import { listRouters } from '../api/router-admin/router-processes.ts'
import { portOwners } from './port-owner.ts'

export type TrafficPort = {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly stateDir: string
  readonly pid: number
}

/** Resolves with the port. Throws a sentence that says who has it and what to do. */
export async function takePort(server: Server, { host, port, stateDir, pid }: TrafficPort): Promise<number> {
  // With a shared port a stranger of the same user would not be an error: it would get half of the requests.
  const strangers = port === 0 ? undefined : await strangersOn(host, port, stateDir, pid)
  if (strangers !== undefined) throw new Error(portTaken(port, strangers))
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, reusePort: port !== 0, backlog: 4096 }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') throw new Error(portTaken(port, ''), { cause: error })
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

function portTaken(port: number, by: string): string {
  const who = by === '' ? '' : ` (${by})`
  return `port ${port} is in use by another program${who}; stop it, or choose another port with --port`
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
