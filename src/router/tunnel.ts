// Two connections made into one: an upgraded connection, whatever protocol it speaks now.
import type { Clock } from '../ports/clock.ts'
import type { Wire, WireReader } from './http1/wire.ts'
import type { RouterLimits } from './limits.ts'
import type { UnderWay } from './release-traffic.ts'
import { closeFrame, FrameTracker } from './websocket-frames.ts'

export type TunnelParts = {
  readonly client: Wire
  readonly release: Wire
  readonly isWebSocket: boolean
  readonly clock: Clock
  readonly limits: RouterLimits
  readonly onEnd: () => void
}

/** One direction: passes on with back-pressure, half-closes when its source does. Reads the wire it comes from. */
class Lane implements WireReader {
  readonly #from: Wire
  readonly #to: Wire
  readonly #frames: FrameTracker | undefined
  readonly #onClosed: () => void
  /** Set by `sayGoodbye`: sent between two frames, after which nothing more goes this way. */
  #goodbye: Buffer | undefined
  #isShut = false

  constructor(from: Wire, to: Wire, isWebSocket: boolean, onClosed: () => void) {
    this.#from = from
    this.#to = to
    this.#frames = isWebSocket ? new FrameTracker() : undefined
    this.#onClosed = onClosed
  }

  onConnect(): void {}

  onBytes(bytes: Buffer, from: number, to: number): void {
    if (this.#isShut) return
    const chunk = bytes.subarray(from, to)
    const end = this.#goodbye === undefined ? chunk.length : this.#endOfFrame(chunk)
    if (this.#goodbye === undefined) this.#frames?.follow(chunk)
    this.#to.bytes(chunk, 0, end)
    this.#sendGoodbyeWhenBetween()
  }

  onEnd(): void {
    this.#to.end()
  }

  /** The wire that this lane reads takes no more at the moment: the other lane has to wait. */
  onBlocked(): void {
    this.#to.pause()
  }

  onDrain(): void {
    this.#to.resume()
  }

  onClose(): void {
    // What is on its way still arrives; after that nobody is left to talk to.
    this.#to.endAndDestroy()
    this.#onClosed()
  }

  onLate(): void {
    this.#from.destroy()
  }

  sayGoodbye(frame: Buffer): void {
    this.#goodbye = frame
    this.#sendGoodbyeWhenBetween()
  }

  /** With a goodbye waiting, only what ends the current frame is passed on. */
  #endOfFrame(chunk: Buffer): number {
    for (let at = 0; at < chunk.length; at++) {
      if (this.#frames?.isBetweenFrames === true) return at
      this.#frames?.follow(chunk.subarray(at, at + 1))
    }
    return chunk.length
  }

  #sendGoodbyeWhenBetween(): void {
    if (this.#goodbye === undefined || this.#isShut || this.#frames?.isBetweenFrames !== true) return
    this.#isShut = true
    if (!this.#frames.sawClose) this.#to.bytes(this.#goodbye, 0, this.#goodbye.length)
  }
}

export class Tunnel implements UnderWay {
  readonly isStream = true
  readonly #parts: TunnelParts
  readonly #toClient: Lane
  readonly #toRelease: Lane
  readonly #ended = new AbortController()
  #closed = 0

  constructor(parts: TunnelParts) {
    const { client, release, isWebSocket } = parts
    const onClosed = () => {
      this.#closed += 1
      if (this.#closed < 2) return
      this.#ended.abort()
      parts.onEnd()
    }
    this.#parts = parts
    this.#toClient = new Lane(release, client, isWebSocket, onClosed)
    this.#toRelease = new Lane(client, release, isWebSocket, onClosed)
  }

  /** What either side said behind its head goes on first. */
  open(fromClient: Buffer, fromRelease: Buffer): void {
    const { client, release, limits } = this.#parts
    client.reader = this.#toRelease
    release.reader = this.#toClient
    for (const wire of [client, release]) {
      wire.deadlineMs = Infinity
      wire.idleMsMax = limits.streamIdleMsMax
      wire.resume()
    }
    if (fromClient.length > 0) this.#toRelease.onBytes(fromClient, 0, fromClient.length)
    if (fromRelease.length > 0) this.#toClient.onBytes(fromRelease, 0, fromRelease.length)
  }

  cut(): void {
    const { client, release, isWebSocket, clock, limits } = this.#parts
    if (isWebSocket) {
      this.#toClient.sayGoodbye(closeFrame('client'))
      this.#toRelease.sayGoodbye(closeFrame('server'))
    } else {
      client.end()
      release.end()
    }
    // Both sides may answer our close frame and end by themselves; then this changes nothing.
    void clock.sleep(limits.closeFrameMsMax, this.#ended.signal).then(() => {
      client.destroy()
      release.destroy()
    })
  }
}
