// Brings an instance back that was found dead: asks it again and again until it answers or left every plan.
import { request } from 'node:http'
import { connect } from 'node:net'
import { askOverHttp2 } from '../api/ask-over-http2.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { RouterLimits } from './limits.ts'
import type { Upstream } from './upstream.ts'

export type Probing = {
  readonly clock: Clock
  readonly log: Log
  readonly limits: RouterLimits
  readonly signal: AbortSignal
}

/** Marks an upstream down and starts to probe it, once. `healthPath: null` asks for an open port only. */
export function markDown(
  upstream: Upstream,
  healthPath: string | null,
  error: Error,
  { clock, log, limits, signal }: Probing,
): void {
  const isProbed = upstream.downSinceMs !== undefined
  upstream.downSinceMs = clock.monotonicMs()
  if (isProbed) return
  log.warn({ instance: upstream.key, error: error.message }, 'an instance does not answer and is left out')
  void probeUntilBack(upstream, healthPath, { clock, log, limits, signal })
}

async function probeUntilBack(
  upstream: Upstream,
  healthPath: string | null,
  probing: Probing,
): Promise<void> {
  const { clock, log, limits, signal } = probing
  let delayMs = limits.probeFirstMs
  while (!signal.aborted && !upstream.isRetired && upstream.downSinceMs !== undefined) {
    await clock.sleep(delayMs, signal)
    delayMs = Math.min(limits.probeMsMax, delayMs * 2)
    if (await answers(upstream, healthPath, limits.probeAnswerMsMax)) upstream.downSinceMs = undefined
  }
  if (upstream.downSinceMs === undefined) log.info({ instance: upstream.key }, 'an instance answers again')
}

function answers(upstream: Upstream, healthPath: string | null, timeoutMs: number): Promise<boolean> {
  const { host, port } = upstream
  if (healthPath !== null && upstream.protocol === 'h2c') {
    const asked = askOverHttp2({ host, port, path: healthPath }, AbortSignal.timeout(timeoutMs))
    return asked.then(
      (status) => status < 400,
      () => false,
    )
  }
  return new Promise((resolve) => {
    if (healthPath === null) {
      const socket = connect({ host, port, timeout: timeoutMs })
      const end = (isOpen: boolean) => {
        socket.destroy()
        resolve(isOpen)
      }
      socket.on('connect', () => end(true))
      socket.on('timeout', () => end(false))
      socket.on('error', () => end(false))
      return
    }
    const asked = request({ host, port, path: healthPath, agent: false, timeout: timeoutMs })
    asked.on('response', (answer) => {
      answer.destroy()
      resolve((answer.statusCode ?? 500) < 400)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.on('close', () => resolve(false))
    asked.end()
  })
}
