import { request } from 'node:http'
import { connect } from 'node:net'
import { askOverHttp2 } from '../../../api/ask-over-http2.ts'

/** An answer that takes longer than this counts as none. */
export const probeLimitMs = 2_000

/** `wasReached`: somebody answered, well or not. `words` say what was wrong; empty when it is well. */
export type ProbeResult = { readonly isWell: boolean; readonly wasReached: boolean; readonly words: string }

const well: ProbeResult = { isWell: true, wasReached: true, words: '' }

/**
 * Asks an instance once. With a path: GET on loopback, well on any status from 200 to 399. Without: an open port is
 * enough. Never rejects.
 */
export function probeHealth(
  address: {
    readonly host: string
    readonly port: number
    readonly path: string | null
    readonly protocol?: 'h2c' | undefined
  },
  signal: AbortSignal,
): Promise<ProbeResult> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)])
  const { path } = address
  if (path === null) return probePort(address, limited)
  return address.protocol === 'h2c'
    ? probeOverHttp2({ ...address, path }, limited)
    : probePath({ ...address, path }, limited)
}

async function probeOverHttp2(
  address: { readonly host: string; readonly port: number; readonly path: string },
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    return judged(address.path, await askOverHttp2(address, signal))
  } catch (error) {
    const words = `GET ${address.path} in HTTP/2 got no answer: ${wordsOf(error instanceof Error ? error : new Error(String(error)))}`
    return { isWell: false, wasReached: false, words }
  }
}

function judged(path: string, status: number): ProbeResult {
  if (status >= 200 && status < 400) return well
  return { isWell: false, wasReached: true, words: `GET ${path} answered ${status}` }
}

function probePath(
  address: { readonly host: string; readonly port: number; readonly path: string },
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const unwell = (error: Error) =>
      resolve({
        isWell: false,
        wasReached: false,
        words: `GET ${address.path} got no answer: ${wordsOf(error)}`,
      })
    const asked = request(
      {
        host: address.host,
        port: address.port,
        path: address.path,
        signal,
        // A connection of its own each time: a kept one may belong to a process that is already gone.
        agent: false,
        headers: { connection: 'close', 'user-agent': 'sluice-health' },
      },
      (answer) => {
        const status = answer.statusCode ?? 0
        // The status is the answer; an endless body must hold up nobody.
        answer.destroy()
        resolve(judged(address.path, status))
      },
    )
    asked.on('error', unwell)
    asked.end()
  })
}

function probePort(
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port, signal })
    const end = (result: ProbeResult) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => end(well))
    socket.on('error', (error) =>
      end({
        isWell: false,
        wasReached: false,
        words: `port ${address.port} does not open: ${wordsOf(error)}`,
      }),
    )
  })
}

function wordsOf(error: Error): string {
  return error.name === 'AbortError' || error.name === 'TimeoutError'
    ? `nothing within ${probeLimitMs} ms`
    : error.message
}
