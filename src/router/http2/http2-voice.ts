// Answers on one stream of HTTP/2.
import { constants } from 'node:http2'
import type { ServerHttp2Stream } from 'node:http2'
import type { ClientVoice, SpokenHead } from '../client-voice.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { pageBody, pageLines } from '../own-page.ts'
import type { OwnPage } from '../own-page.ts'
import { grpcStatus, isGrpc } from './grpc-page.ts'
import { headersOf } from './request-text.ts'

export class Http2Voice implements ClientVoice {
  readonly #stream: ServerHttp2Stream
  readonly #onBlocked: () => void
  isBlocked = false
  #trailers = ''
  #hasBody = true

  /** `onBlocked`: more was said than goes out; the stream's 'drain' follows. */
  constructor(stream: ServerHttp2Stream, onBlocked: () => void) {
    this.#stream = stream
    this.#onBlocked = onBlocked
    stream.on('drain', () => {
      this.isBlocked = false
    })
    stream.on('wantTrailers', () => this.#sendTrailers())
  }

  inform(status: number, lines: string): void {
    if (!this.#mayHead()) return
    try {
      this.#stream.additionalHeaders({ ':status': status, ...headersOf(lines) })
    } catch {
      // News are only news: those that HTTP/2 cannot say are left out.
    }
  }

  begin({ status, lines, isLengthKnown, hasBody, request }: SpokenHead): void {
    this.#hasBody = hasBody && request.method !== 'HEAD'
    if (!this.#mayHead()) return
    const headers = { ':status': status, ...headersOf(lines) }
    const isOpenEnded = this.#hasBody && !isLengthKnown
    try {
      this.#stream.respond(headers, { endStream: !this.#hasBody, waitForTrailers: isOpenEnded })
    } catch {
      // What HTTP/1.1 lets pass and HTTP/2 does not, such as two values where there may be one, or a status beyond 599.
      this.#hasBody = false
      this.#stream.respond({ ':status': 502 }, { endStream: true })
    }
  }

  body(bytes: Buffer, from: number, to: number): void {
    if (!this.#hasBody || !this.#stream.writable) return
    if (this.#stream.write(Buffer.from(bytes.subarray(from, to))) || this.isBlocked) return
    this.isBlocked = true
    this.#onBlocked()
  }

  end(trailerLines: string): void {
    this.#trailers = trailerLines
    if (this.#hasBody && this.#stream.writable) this.#stream.end()
  }

  page(page: OwnPage, request: RequestHead | undefined): void {
    if (!this.#mayHead()) return
    if (isGrpc(request)) {
      this.#stream.respond(grpcStatus(page), { endStream: true })
      return
    }
    const body = pageBody(page, request)
    this.#stream.respond({ ':status': page.status, ...headersOf(pageLines(page, request, body)) })
    this.#stream.end(request?.method === 'HEAD' ? undefined : body)
  }

  breakOff(): void {
    // What waits for trailers does not end cleanly before this is said.
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  allowSilence(ms: number): void {
    this.#stream.setTimeout(ms)
  }

  #mayHead(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed && !this.#stream.headersSent
  }

  #sendTrailers(): void {
    try {
      this.#stream.sendTrailers(headersOf(this.#trailers))
    } catch {
      this.breakOff()
    }
  }
}
