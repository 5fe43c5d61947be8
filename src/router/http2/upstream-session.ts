// One connection to an instance that speaks HTTP/2 in clear text, for many requests at once.
import { connect as connectHttp2 } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { connect } from 'node:net'
import type { RouterLimits } from '../limits.ts'
import type { Upstream } from '../upstream.ts'

/** Who waits for the connection to stand, or uses it. */
export interface SessionUser {
  onSessionUp(): void
  /** It could not be reached. What has a stream hears of its end there. */
  onSessionLost(error: Error): void
}

/** So that one large answer does not wait for a word from us with every 64 KiB. */
const STREAM_WINDOW_BYTES = 256 * 1024
const SESSION_WINDOW_BYTES = 1024 * 1024
/** Until the other side says how many it takes. */
const STREAMS_FIRST = 100

export class UpstreamSession {
  isUp = false
  /** New streams may be begun here. */
  isOpen = true
  readonly #session: ClientHttp2Session
  readonly #upstream: Upstream
  readonly #limits: RouterLimits
  readonly #users = new Set<SessionUser>()

  constructor(upstream: Upstream, limits: RouterLimits, onGone: (session: UpstreamSession) => void) {
    const { host, port } = upstream
    this.#upstream = upstream
    this.#limits = limits
    this.#session = connectHttp2(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      createConnection: () => connect({ host, port, noDelay: true }),
      maxHeaderListPairs: limits.upstreamHeadersMax,
      peerMaxConcurrentStreams: STREAMS_FIRST,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: limits.upstreamHeaderBytesMax,
      },
    })
    // Every request listens for itself.
    this.#session.setMaxListeners(0)
    this.#session.setTimeout(limits.upstreamConnectMsMax, () => this.#onSilence())
    this.#session.on('connect', () => this.#onConnect())
    this.#session.on('goaway', () => {
      this.isOpen = false
      onGone(this)
    })
    let error = new Error(`${upstream.key} closed the connection`)
    this.#session.on('error', (met) => {
      error = met
    })
    this.#session.on('close', () => {
      this.isOpen = false
      onGone(this)
      for (const user of [...this.#users]) user.onSessionLost(error)
    })
  }

  get hasRoom(): boolean {
    const most = this.#session.remoteSettings?.maxConcurrentStreams ?? STREAMS_FIRST
    return this.isOpen && !this.#session.closed && this.#users.size < most
  }

  enter(user: SessionUser): void {
    this.#users.add(user)
  }

  leave(user: SessionUser): void {
    this.#users.delete(user)
    if (!this.isOpen) this.closeWhenIdle()
  }

  request(headers: OutgoingHttpHeaders, hasBody: boolean): ClientHttp2Stream {
    return this.#session.request(headers, { endStream: !hasBody, waitForTrailers: hasBody })
  }

  /** Takes no more streams; those under way, and who waits for the connection, come to their end. */
  closeWhenIdle(): void {
    this.isOpen = false
    if (this.#users.size === 0 && !this.#session.closed) this.#session.close()
  }

  #onConnect(): void {
    this.isUp = true
    this.#session.setLocalWindowSize(SESSION_WINDOW_BYTES)
    this.#session.setTimeout(this.#limits.upstreamKeepAliveMs)
    for (const user of [...this.#users]) user.onSessionUp()
  }

  #onSilence(): void {
    if (!this.isUp) this.#session.destroy(new Error(`${this.#upstream.key} could not be reached in time`))
    // Whoever waits here has a limit of its own.
    else if (this.#users.size === 0) this.closeWhenIdle()
  }
}
