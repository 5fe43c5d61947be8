import { createServer } from 'node:net'
import { PortFailure } from '../../../ports/port-failure.ts'
import { listeningInodes } from './proc.ts'

/** `from` and `to` inclusive. */
export type PortRange = { readonly from: number; readonly to: number }

/** Below the range Linux takes outgoing ports from (32768 up), so that no client connection is in the way. */
export const portRangeDefault: PortRange = { from: 20_000, to: 29_999 }

export interface PortPool {
  /** A port that nobody else has and nobody listens on; `wanted` when it is still free. Given back with `release`. */
  take(wanted: number | null): Promise<number>
  /** Notes a port that is in use already, by an instance found running. */
  keep(port: number): void
  release(port: number): void
}

/** `start` says where in the range to begin, so that several installations on one machine rarely meet. */
export function createPortPool(range: PortRange, start: number): PortPool {
  const size = range.to - range.from + 1
  const given = new Set<number>()
  let next = start % size

  const claim = async (port: number): Promise<boolean> => {
    if (given.has(port)) return false
    // Given before it is checked: two checks at once must not both succeed.
    given.add(port)
    if (await isFree(port)) return true
    given.delete(port)
    return false
  }
  return {
    take: async (wanted) => {
      if (wanted !== null && wanted >= range.from && wanted <= range.to && (await claim(wanted)))
        return wanted
      for (let tried = 0; tried < size; tried += 1) {
        const port = range.from + next
        next = (next + 1) % size
        if (await claim(port)) return port
      }
      throw new PortFailure(
        `No free port for an instance: all of ${range.from}-${range.to} are taken. Widen the range, or stop instances.`,
        { code: 'target/no-free-port', again: 'retry', afterMs: 10_000 },
      )
    },
    keep: (port) => {
      given.add(port)
    },
    release: (port) => {
      given.delete(port)
    },
  }
}

/** Free at every address: an instance may listen on all of them, and a stranger on any. */
export async function isFree(port: number): Promise<boolean> {
  if (listeningInodes(port).length > 0) return false
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))
}

const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

// Also finds what is bound and does not listen yet, which no list shows. Without IPv6 nobody is in the way there.
function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(NO_SUCH_ADDRESS.has(error.code ?? '')))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
