// Two sockets made into one: an upgraded connection, whatever protocol it speaks now.
import type { Duplex } from 'node:stream'
import type { Clock } from '../ports/clock.ts'
import type { UnderWay } from './release-traffic.ts'
import { closeFrame, FrameTracker } from './websocket-frames.ts'

export type Splice = {
  readonly client: Duplex
  readonly upstream: Duplex
  readonly isWebSocket: boolean
  readonly clock: Clock
  readonly closeFrameMsMax: number
  readonly onEnd: () => void
}

/** One direction: passes on with back-pressure, half-closes when its source does. */
class Lane {
  readonly from: Duplex
  readonly to: Duplex
  readonly frames: FrameTracker | undefined
  /** Set by `sayGoodbye`: sent between two frames, after which nothing more goes this way. */
  #goodbye: Buffer | undefined
  #isShut = false

  constructor(from: Duplex, to: Duplex, isWebSocket: boolean) {
    this.from = from
    this.to = to
    this.frames = isWebSocket ? new FrameTracker() : undefined
  }

  open(): void {
    this.from.on('data', (chunk: Buffer) => this.#pass(chunk))
    this.to.on('drain', () => this.from.resume())
    this.from.on('end', () => this.to.end())
  }

  sayGoodbye(frame: Buffer): void {
    this.#goodbye = frame
    this.#sendGoodbyeWhenBetween()
  }

  #pass(chunk: Buffer): void {
    if (this.#isShut) return
    const rest = this.#goodbye === undefined ? undefined : this.#endOfFrame(chunk)
    const passed = rest ?? chunk
    if (rest === undefined) this.frames?.follow(chunk)
    if (!this.to.write(passed)) this.from.pause()
    this.#sendGoodbyeWhenBetween()
  }

  /** With a goodbye waiting, only what ends the current frame is passed on. */
  #endOfFrame(chunk: Buffer): Buffer {
    for (let at = 0; at < chunk.length; at++) {
      if (this.frames?.isBetweenFrames === true) return chunk.subarray(0, at)
      this.frames?.follow(chunk.subarray(at, at + 1))
    }
    return chunk
  }

  #sendGoodbyeWhenBetween(): void {
    if (this.#goodbye === undefined || this.#isShut || this.frames?.isBetweenFrames !== true) return
    this.#isShut = true
    if (!this.frames.sawClose && this.to.writable) this.to.write(this.#goodbye)
  }
}

export class SplicedConnection implements UnderWay {
  readonly isStream = true
  readonly #splice: Splice
  readonly #toClient: Lane
  readonly #toUpstream: Lane
  readonly #ended = new AbortController()

  constructor(splice: Splice) {
    this.#splice = splice
    const { client, upstream, isWebSocket } = splice
    this.#toClient = new Lane(upstream, client, isWebSocket)
    this.#toUpstream = new Lane(client, upstream, isWebSocket)
  }

  /** `clientHead` and `upstreamHead` came along with the handshake. */
  open(clientHead: Buffer, upstreamHead: Buffer): void {
    const { client, upstream, onEnd } = this.#splice
    let closed = 0
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy())
      socket.on('timeout', () => socket.destroy())
      socket.on('close', () => {
        // What is on its way still arrives; after that nobody is left to talk to.
        if (other.writableFinished) other.destroy()
        else other.end(() => other.destroy())
        closed += 1
        if (closed < 2) return
        this.#ended.abort()
        onEnd()
      })
    }
    this.#toClient.open()
    this.#toUpstream.open()
    if (clientHead.length > 0) client.unshift(clientHead)
    if (upstreamHead.length > 0) upstream.unshift(upstreamHead)
  }

  cut(): void {
    const { client, upstream, isWebSocket, clock, closeFrameMsMax } = this.#splice
    if (!isWebSocket) {
      client.end()
      upstream.end()
    } else {
      this.#toClient.sayGoodbye(closeFrame('client'))
      this.#toUpstream.sayGoodbye(closeFrame('server'))
    }
    // Both sides may answer our close frame and end by themselves; then this changes nothing.
    void clock.sleep(closeFrameMsMax, this.#ended.signal).then(() => {
      client.destroy()
      upstream.destroy()
    })
  }
}
