// One stream of HTTP/2 to an instance: takes a request, reads its answer, is over.
import { constants } from 'node:http2'
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import type { ForwardedRequest } from '../forwarded-head.ts'
import type { BodyKind, HeaderSet } from '../http1/message-head.ts'
import type { RouterLimits } from '../limits.ts'
import { NoAnswerInTime } from '../release-line.ts'
import type { AnswerTaker, Asker, Failure, ReleaseLine } from '../release-line.ts'
import type { Upstream } from '../upstream.ts'
import { answerHead, trailersOf } from './answer-text.ts'
import { headersOf, requestHeaders } from './request-text.ts'
import type { SessionUser, UpstreamSession } from './upstream-session.ts'

export class UpstreamStream implements ReleaseLine, SessionUser {
  readonly upstream: Upstream
  readonly #session: UpstreamSession
  readonly #limits: RouterLimits
  #asker: Asker | undefined
  #taker: AnswerTaker | undefined
  #stream: ClientHttp2Stream | undefined
  #isToHead = false
  #isBusy = false
  #isBlocked = false
  #trailers: HeaderSet | undefined
  #requestTrailers = ''

  constructor(upstream: Upstream, session: UpstreamSession, limits: RouterLimits) {
    this.upstream = upstream
    this.#session = session
    this.#limits = limits
  }

  begin(asker: Asker, options: { readonly isToHead: boolean }): void {
    this.#asker = asker
    this.#isToHead = options.isToHead
    this.#isBusy = true
    this.upstream.inFlight += 1
    this.#session.enter(this)
    if (this.#session.isUp) asker.onConnected()
  }

  onSessionUp(): void {
    this.#asker?.onConnected()
  }

  onSessionLost(error: Error): void {
    if (this.#stream === undefined) this.#fail({ error, when: 'refused' })
  }

  send(request: ForwardedRequest, _isLast: boolean, body: BodyKind): void {
    try {
      this.#listen(this.#session.request(requestHeaders(request), body !== 'none'))
    } catch (error) {
      // The connection has gone away in this very moment, or a header is not one of HTTP/2.
      const failed = error instanceof Error ? error : new Error(String(error))
      queueMicrotask(() => this.#fail({ error: failed, when: 'not-taken' }))
    }
  }

  bodyText(text: string): void {
    this.#write(Buffer.from(text, 'latin1'))
  }

  bodyBytes(bytes: Buffer, from: number, to: number): void {
    this.#write(Buffer.from(bytes.subarray(from, to)))
  }

  bodyEnd(trailerLines: string): void {
    this.#requestTrailers = trailerLines
    if (this.#stream?.writable === true) this.#stream.end()
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  allowSilence(ms: number): void {
    this.#stream?.setTimeout(ms)
  }

  release(): void {
    this.#free()
  }

  drop(): void {
    const stream = this.#stream
    this.#free()
    if (stream !== undefined && !stream.closed) stream.close(constants.NGHTTP2_CANCEL)
  }

  #write(bytes: Buffer): void {
    const stream = this.#stream
    if (stream?.writable !== true || stream.write(bytes) || this.#isBlocked) return
    this.#isBlocked = true
    this.#asker?.onUploadBlocked(true)
  }

  #listen(stream: ClientHttp2Stream): void {
    this.#stream = stream
    stream.setTimeout(this.#limits.upstreamHeadMsMax, () => this.#onLate())
    stream.on('drain', () => {
      this.#isBlocked = false
      this.#asker?.onUploadBlocked(false)
    })
    stream.on('wantTrailers', () => this.#sendTrailers(stream))
    stream.on('headers', (headers) => {
      const head = answerHead(headers, {
        endsHere: true,
        isToHead: true,
        headersMax: this.#limits.upstreamHeadersMax,
      })
      if (head !== undefined) this.#asker?.onInformation(head)
    })
    stream.on('response', (headers, flags) => this.#onResponse(stream, headers, flags))
    stream.on('trailers', (headers) => {
      this.#trailers = trailersOf(headers, this.#limits.upstreamHeadersMax)
    })
    // What goes wrong ends in 'close'.
    let error = new Error(`${this.upstream.key} closed the stream`)
    stream.on('error', (met) => {
      error = met
    })
    stream.on('close', () => {
      const isRefused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
      this.#fail({ error, when: isRefused ? 'not-taken' : 'after-sending' })
    })
  }

  #onResponse(stream: ClientHttp2Stream, headers: IncomingHttpHeaders, flags: number): void {
    const asker = this.#asker
    if (asker === undefined) return
    const endsHere = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    const { upstreamHeadersMax: headersMax } = this.#limits
    const head = answerHead(headers, { endsHere, isToHead: this.#isToHead, headersMax })
    if (head === undefined || head.status < 200) {
      const error = new Error(`${this.upstream.key} answers with a head that cannot be passed on`)
      this.#fail({ error, when: 'after-sending' })
      return
    }
    stream.setTimeout(this.#limits.upstreamIdleMsMax)
    const taker = asker.onAnswer(head)
    if (taker === undefined) {
      this.drop()
      return
    }
    this.#taker = taker
    stream.on('data', (chunk: Buffer) => this.#taker?.onBody(chunk, 0, chunk.length))
    stream.on('end', () => {
      // One that was broken off ends, too; then 'close' tells.
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted)
        this.#taker?.onBodyEnd(this.#trailers)
    })
  }

  #sendTrailers(stream: ClientHttp2Stream): void {
    try {
      stream.sendTrailers(headersOf(this.#requestTrailers))
    } catch {
      stream.close(constants.NGHTTP2_CANCEL)
    }
  }

  #onLate(): void {
    this.#fail({ error: new NoAnswerInTime(`${this.upstream.key} gave no answer in time`), when: 'too-late' })
  }

  #fail(failure: Failure): void {
    const [asker, taker, isBusy] = [this.#asker, this.#taker, this.#isBusy]
    this.drop()
    if (!isBusy) return
    if (taker !== undefined) taker.onBrokenOff(failure.error)
    else asker?.onFailed(failure)
  }

  #free(): void {
    if (!this.#isBusy) return
    this.#isBusy = false
    this.#asker = undefined
    this.#taker = undefined
    // What still comes is read and forgotten, so that nobody waits for it.
    this.#stream?.resume()
    this.#session.leave(this)
    this.upstream.free()
  }
}
