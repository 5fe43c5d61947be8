// One instance as the router sees it: its connections, how busy it is, whether it answers.
import { Agent } from 'node:http'
import type { PlanInstance } from '../domain/traffic/plan.ts'
import type { RouterLimits } from './limits.ts'

export class Upstream {
  readonly key: string
  readonly host: string
  readonly port: number
  inFlight = 0
  /** When it was last found dead, by the monotonic clock; undefined while it is well. */
  downSinceMs: number | undefined
  isRetired = false
  /** Connections that carry what may be sent twice. */
  readonly resting: Agent
  /**
   * Connections for everything else. The other side may close a resting connection at the very moment we write to
   * it, and nobody could say whether a POST was processed. So these rest for a few milliseconds at most, far less than
   * any server waits before it closes; at a low rate that means a new connection each, at a high rate they are reused.
   */
  readonly fresh: Agent

  constructor(key: string, instance: PlanInstance, limits: RouterLimits) {
    this.key = key
    this.host = instance.host
    this.port = instance.port
    const shared = {
      keepAlive: true,
      scheduling: 'lifo',
      maxFreeSockets: limits.upstreamFreeSocketsMax,
    } as const
    this.resting = new Agent({ ...shared, timeout: limits.upstreamKeepAliveMs })
    this.fresh = new Agent({ ...shared, timeout: limits.upstreamFreshMsMax })
  }

  /** Lets go of resting connections; those in use go on. */
  retire(): void {
    this.isRetired = true
    for (const agent of [this.resting, this.fresh]) {
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of [...(sockets ?? [])]) socket.destroy()
      }
    }
  }
}

/**
 * The least busy of those that answer and were not tried yet; `turn` breaks ties, so that equals take turns. When all
 * of them are down, the one that has been down longest: it is the likeliest to be back.
 */
export function pickUpstream(
  upstreams: readonly Upstream[],
  tried: ReadonlySet<Upstream>,
  turn: number,
): Upstream | undefined {
  let best: Upstream | undefined
  let lastHope: Upstream | undefined
  for (let step = 0; step < upstreams.length; step++) {
    const upstream = upstreams[(turn + step) % upstreams.length]
    if (upstream === undefined || tried.has(upstream)) continue
    if (upstream.downSinceMs === undefined) {
      if (best === undefined || upstream.inFlight < best.inFlight) best = upstream
    } else if (lastHope?.downSinceMs === undefined || upstream.downSinceMs < lastHope.downSinceMs) {
      lastHope = upstream
    }
  }
  return best ?? lastHope
}
