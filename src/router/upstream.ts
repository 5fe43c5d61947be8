// One instance as the router sees it: its connections, how busy it is, whether it answers.
import type { PlanInstance } from '../domain/traffic/plan.ts'
import { UpstreamSession } from './http2/upstream-session.ts'
import { UpstreamStream } from './http2/upstream-stream.ts'
import type { RouterLimits } from './limits.ts'
import { AnswerWindow } from './outliers.ts'
import type { RequestQueue } from './request-queue.ts'
import type { ReleaseLine } from './release-line.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import { UpstreamConnection } from './http1/upstream-connection.ts'

/** What an instance speaks: HTTP/1.1, or HTTP/2 in clear text and nothing else. */
export type UpstreamProtocol = 'http' | 'h2c'

export class Upstream {
  readonly key: string
  /** The instance's own name. */
  readonly id: string
  readonly host: string
  readonly port: number
  inFlight = 0
  /** The turn in which it was last picked; equals take turns by it. */
  lastTurn = -1
  /** When it was last found dead, by the monotonic clock; undefined while it is well. */
  downSinceMs: number | undefined
  isRetired = false
  /** It fails too often, and is left out for a while although it answers. */
  isResting = false
  readonly window = new AnswerWindow()
  /** Requests that wait for room here, or at another instance of the release. */
  queue: RequestQueue | undefined
  readonly #limits: RouterLimits
  readonly #time: Timekeeper
  /** Connections that wait for the next request, the one used last at the end. */
  readonly #resting: UpstreamConnection[] = []
  readonly protocol: UpstreamProtocol
  /** Of HTTP/2: each carries many requests. */
  readonly #sessions: UpstreamSession[] = []

  constructor(
    key: string,
    instance: PlanInstance & { readonly protocol?: 'h2c' | undefined },
    limits: RouterLimits,
    time: Timekeeper,
  ) {
    this.key = key
    this.protocol = instance.protocol ?? 'http'
    this.id = instance.id
    this.host = instance.host
    this.port = instance.port
    this.#limits = limits
    this.#time = time
  }

  /**
   * A connection for one request. `isFresh` asks for one that has not rested: the other side may close a resting
   * connection at the very moment we write to it, and then nobody can say whether a POST was processed.
   */
  connection(isFresh: boolean): ReleaseLine {
    if (this.protocol === 'h2c') return new UpstreamStream(this, this.#session(), this.#limits)
    const rested = isFresh ? undefined : this.#resting.pop()
    return rested ?? new UpstreamConnection(this, this.#limits, this.#time)
  }

  /** One request less is under way. */
  free(): void {
    this.inFlight -= 1
    if (this.queue !== undefined && this.queue.length > 0) this.queue.wake()
  }

  /** True when it looks bad. */
  answered(status: number): boolean {
    if (!this.isResting) this.downSinceMs = undefined
    return this.window.count(status, this.#time.nowMs)
  }

  /** Whether the connection may wait here for the next request. */
  rest(connection: UpstreamConnection): boolean {
    if (this.isRetired || this.#resting.length >= this.#limits.upstreamFreeSocketsMax) return false
    this.#resting.push(connection)
    return true
  }

  /** It has closed, or is about to. */
  forget(connection: UpstreamConnection): void {
    const at = this.#resting.indexOf(connection)
    if (at >= 0) this.#resting.splice(at, 1)
  }

  /** Lets go of resting connections; those in use go on. */
  retire(): void {
    this.isRetired = true
    for (const connection of this.#resting.splice(0)) connection.wire.destroy()
    for (const session of this.#sessions.splice(0)) session.closeWhenIdle()
  }

  #session(): UpstreamSession {
    const known = this.#sessions.find((session) => session.hasRoom)
    if (known !== undefined) return known
    const session = new UpstreamSession(this, this.#limits, (gone) => {
      const at = this.#sessions.indexOf(gone)
      if (at >= 0) this.#sessions.splice(at, 1)
    })
    // Of one that has left every plan nobody else will ask anything.
    if (this.isRetired) session.closeWhenIdle()
    else this.#sessions.push(session)
    return session
  }
}

/**
 * The least busy of those that answer and were not tried yet; equals take turns. When all of them are down, the one
 * that has been down longest: it is the likeliest to be back. Those with no room are not picked.
 */
export function pickUpstream(
  upstreams: readonly Upstream[],
  tried: ReadonlySet<Upstream>,
  turn: number,
  inFlightMax: number,
): Upstream | undefined {
  let best: Upstream | undefined
  let lastHope: Upstream | undefined
  for (const upstream of upstreams) {
    if (tried.has(upstream) || upstream.inFlight >= inFlightMax) continue
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
