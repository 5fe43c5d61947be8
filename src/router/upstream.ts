// One instance as the router sees it: its connections, how busy it is, whether it answers.
import { Agent } from 'node:http'
import type { PlanInstance } from '../domain/traffic/plan.ts'
import type { RouterLimits } from './limits.ts'

export class Upstream {
  readonly key: string
  readonly host: string
  readonly port: number
  inFlight = 0
  /** The turn in which it was last picked; equals take turns by it. */
  lastTurn = -1
  /** When it was last found dead, by the monotonic clock; undefined while it is well. */
  downSinceMs: number | undefined
  isRetired = false
  /** Connections that carry what may be sent twice. */
  readonly resting: Agent
  /**
   * A new connection each, for everything else. The other side may close a resting connection at the very moment we
   * write to it, and then nobody can say whether a POST was processed. These say `Connection: close`, so that it is the
   * release that closes and our local ports are not used up.
   */
  readonly fresh: Agent

  constructor(key: string, instance: PlanInstance, limits: RouterLimits) {
    this.key = key
    this.host = instance.host
    this.port = instance.port
    this.resting = new Agent({
      keepAlive: true,
      scheduling: 'lifo',
      maxFreeSockets: limits.upstreamFreeSocketsMax,
      timeout: limits.upstreamKeepAliveMs,
    })
    this.fresh = new Agent({ keepAlive: false })
  }

  /** Lets go of resting connections; those in use go on. */
  retire(): void {
    this.isRetired = true
    for (const sockets of Object.values(this.resting.freeSockets)) {
      for (const socket of [...(sockets ?? [])]) socket.destroy()
    }
  }
}

/**
 * The least busy of those that answer and were not tried yet; equals take turns. When all of them are down, the one
 * that has been down longest: it is the likeliest to be back.
 */
export function pickUpstream(
  upstreams: readonly Upstream[],
  tried: ReadonlySet<Upstream>,
  turn: number,
): Upstream | undefined {
  let best: Upstream | undefined
  let lastHope: Upstream | undefined
  for (const upstream of upstreams) {
    if (tried.has(upstream)) continue
    if (upstream.downSinceMs === undefined) {
      if (best === undefined || comesBefore(upstream, best)) best = upstream
    } else if (lastHope?.downSinceMs === undefined || upstream.downSinceMs < lastHope.downSinceMs) {
      lastHope = upstream
    }
  }
  const picked = best ?? lastHope
  if (picked !== undefined) picked.lastTurn = turn
  return picked
}

function comesBefore(left: Upstream, right: Upstream): boolean {
  return (
    left.inFlight < right.inFlight || (left.inFlight === right.inFlight && left.lastTurn < right.lastTurn)
  )
}
