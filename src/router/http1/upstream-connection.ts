// One connection to an instance: takes a request, reads its answer, rests until the next one.
import { chunkLine, LAST_CHUNK, requestText } from '../forwarded-head.ts'
import type { ForwardedRequest } from '../forwarded-head.ts'
import { NoAnswerInTime } from '../release-line.ts'
import type { AnswerTaker, Asker, Failure, ReleaseLine } from '../release-line.ts'
import type { Upstream } from '../upstream.ts'
import { readAnswerHead } from './answer-head.ts'
import { BodyReader, BROKEN } from './body-reader.ts'
import { INCOMPLETE, MALFORMED } from './header-fields.ts'
import type { BodyKind } from './message-head.ts'
import type { Timekeeper } from './timekeeper.ts'
import { Wire } from './wire.ts'
import type { WireReader } from './wire.ts'

export type ConnectionLimits = {
  readonly upstreamConnectMsMax: number
  readonly upstreamHeadMsMax: number
  readonly upstreamIdleMsMax: number
  readonly upstreamHeaderBytesMax: number
  readonly upstreamHeadersMax: number
  readonly upstreamKeepAliveMs: number
}

export class UpstreamConnection implements WireReader, ReleaseLine {
  readonly upstream: Upstream
  readonly wire: Wire
  /** It has carried a request before, so its other end may be closing it right now. */
  hasRested = false
  readonly #limits: ConnectionLimits
  readonly #time: Timekeeper
  #asker: Asker | undefined
  #taker: AnswerTaker | undefined
  #body: BodyReader | undefined
  #isToHead = false
  #isUploadChunked = false
  #mayRest = false
  #isBusy = false
  #isDropped = false
  /** The beginning of a head whose end has not come. */
  #kept: Buffer | undefined

  constructor(upstream: Upstream, limits: ConnectionLimits, time: Timekeeper) {
    this.upstream = upstream
    this.#limits = limits
    this.#time = time
    this.wire = Wire.connect(upstream, this, time)
    this.wire.deadlineMs = time.after(limits.upstreamConnectMsMax)
  }

  begin(asker: Asker, options: { readonly isToHead: boolean; readonly mayRest: boolean }): void {
    this.#asker = asker
    this.#isToHead = options.isToHead
    this.#mayRest = options.mayRest
    this.#isBusy = true
    this.upstream.inFlight += 1
    if (this.wire.isConnected) this.#mayBeSent(asker)
  }

  send(request: ForwardedRequest, isLast: boolean, body: BodyKind): void {
    this.#isUploadChunked = body === 'chunked'
    this.wire.text(requestText(request, isLast))
  }

  bodyText(text: string): void {
    this.wire.text(this.#isUploadChunked ? `${chunkLine(text.length)}${text}\r\n` : text)
  }

  bodyBytes(bytes: Buffer, from: number, to: number): void {
    if (this.#isUploadChunked) this.wire.text(chunkLine(to - from))
    this.wire.bytes(bytes, from, to)
    if (this.#isUploadChunked) this.wire.text('\r\n')
  }

  bodyEnd(trailerLines: string): void {
    if (this.#isUploadChunked) this.wire.text(`${LAST_CHUNK}${trailerLines}\r\n`)
  }

  pause(): void {
    this.wire.pause()
  }

  resume(): void {
    this.wire.resume()
  }

  allowSilence(ms: number): void {
    this.wire.idleMsMax = ms
  }

  release(): void {
    this.#free()
    if (this.#isDropped || this.wire.isClosed) return
    this.wire.resume()
    this.wire.idleMsMax = Infinity
    this.wire.deadlineMs = this.#time.after(this.#limits.upstreamKeepAliveMs)
    // One that may not rest is closed by the release, so that our local ports are not used up.
    if (this.#mayRest && !this.upstream.rest(this)) this.wire.destroy()
    this.hasRested = true
  }

  drop(): void {
    this.#isDropped = true
    this.#free()
    this.wire.destroy()
  }

  onConnect(): void {
    if (this.#asker !== undefined) this.#mayBeSent(this.#asker)
  }

  onBytes(bytes: Buffer, from: number, to: number): void {
    if (this.#body !== undefined) this.#readBody(this.#body, bytes, from, to)
    else if (this.#asker === undefined) this.wire.destroy()
    else if (this.#kept === undefined) this.#readHead(this.#asker, bytes, from, to)
    else {
      const all = Buffer.concat([this.#kept, bytes.subarray(from, to)])
      this.#kept = undefined
      this.#readHead(this.#asker, all, 0, all.length)
    }
  }

  onEnd(): void {
    this.upstream.forget(this)
    this.#body?.endByClose()
    if (this.#isBusy) this.#fail(new Error(`${this.upstream.key} closed the connection`))
    this.wire.destroy()
  }

  onBlocked(): void {
    this.#asker?.onUploadBlocked(true)
  }

  onDrain(): void {
    this.#asker?.onUploadBlocked(false)
  }

  onClose(error: Error | undefined): void {
    this.upstream.forget(this)
    if (this.#isBusy) this.#fail(error ?? new Error(`${this.upstream.key} closed the connection`))
  }

  onLate(): void {
    if (!this.#isBusy) {
      this.upstream.forget(this)
      this.wire.destroy()
      return
    }
    const what = this.wire.isConnected ? 'gave no answer in time' : 'could not be reached in time'
    this.#fail(new NoAnswerInTime(`${this.upstream.key} ${what}`))
  }

  #mayBeSent(asker: Asker): void {
    this.wire.deadlineMs = Infinity
    this.wire.seenMs = this.#time.nowMs
    this.wire.idleMsMax = this.#limits.upstreamHeadMsMax
    asker.onConnected()
  }

  #readHead(asker: Asker, bytes: Buffer, from: number, to: number): void {
    const { upstreamHeadersMax: headersMax, upstreamHeaderBytesMax } = this.#limits
    const head = readAnswerHead(bytes, from, to, { headersMax, isToHead: this.#isToHead })
    if (head === MALFORMED) return this.#fail(new Error(`${this.upstream.key} does not answer in HTTP/1`))
    if (head === INCOMPLETE) {
      if (to - from > upstreamHeaderBytesMax) return this.#failTooLarge()
      this.#kept = Buffer.from(bytes.subarray(from, to))
      return
    }
    if (head.length > upstreamHeaderBytesMax) return this.#failTooLarge()
    const at = from + head.length
    if (head.status === 101) {
      this.#asker = undefined
      this.#free()
      asker.onSwitch(head, this.wire, Buffer.from(bytes.subarray(at, to)))
      return
    }
    if (head.status < 200) {
      asker.onInformation(head)
      if (at < to && this.#asker !== undefined) this.#readHead(this.#asker, bytes, at, to)
      return
    }
    this.#mayRest &&= head.keepsConnection
    this.wire.idleMsMax = this.#limits.upstreamIdleMsMax
    const taker = asker.onAnswer(head)
    if (taker === undefined) return this.drop()
    this.#taker = taker
    this.#body = new BodyReader(head.framing, taker)
    // What comes unasked behind an answer belongs to no request.
    if (head.framing.kind === 'none' && at < to) this.#mayRest = false
    this.#body.endIfEmpty()
    if (at < to && this.#body !== undefined) this.#readBody(this.#body, bytes, at, to)
  }

  #failTooLarge(): void {
    this.#fail(new Error(`${this.upstream.key} answers with a head that is too large`))
  }

  #readBody(body: BodyReader, bytes: Buffer, from: number, to: number): void {
    const hasUnasked = body.hasEnded
    const at = hasUnasked ? from : body.read(bytes, from, to)
    if (at === BROKEN) this.#fail(new Error(`${this.upstream.key} sends a malformed body`))
    else if (at < to) {
      // Bytes behind an answer belong to no request.
      this.#mayRest = false
      this.upstream.forget(this)
      this.wire.destroy()
    }
  }

  #fail(error: Error): void {
    const [asker, taker, isConnected] = [this.#asker, this.#taker, this.wire.isConnected]
    this.drop()
    if (taker !== undefined) taker.onBrokenOff(error)
    else if (asker !== undefined) asker.onFailed({ error, when: this.#whenItFailed(error, isConnected) })
  }

  #whenItFailed(error: Error, isConnected: boolean): Failure['when'] {
    if (!isConnected) return 'refused'
    if (error instanceof NoAnswerInTime) return 'too-late'
    return this.hasRested ? 'on-rested-connection' : 'after-sending'
  }

  #free(): void {
    const wasBusy = this.#isBusy
    this.#isBusy = false
    this.#asker = undefined
    this.#taker = undefined
    this.#body = undefined
    this.#kept = undefined
    // Last: somebody who waited may be on this very connection when it comes back.
    if (wasBusy) this.upstream.free()
  }
}
