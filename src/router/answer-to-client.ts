// An answer on its way to a client: head at once, body as it comes, in the framing that this client understands.
import type { ClientRequest } from './client-exchange.ts'
import { dateLine } from './date-line.ts'
import { chunkLine, LAST_CHUNK, passingAnswerLines, trailerLines } from './forwarded-head.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import { FIELD } from './http1/field-names.ts'
import type { HeaderSet } from './http1/message-head.ts'
import type { AnswerTaker, UpstreamConnection } from './http1/upstream-connection.ts'
import type { Wire } from './http1/wire.ts'

export type AnswerParts = {
  readonly connection: UpstreamConnection
  readonly head: AnswerHead
  readonly request: ClientRequest
  readonly wire: Wire
  readonly isStopping: boolean
  /** The release, the user's cookie: whole lines. */
  readonly ourLines: string
  readonly onEnd: () => void
  readonly onBrokenOff: (error: Error) => void
}

export class AnswerToClient implements AnswerTaker {
  readonly connection: UpstreamConnection
  readonly isEventStream: boolean
  readonly keepsOpen: boolean
  readonly #parts: AnswerParts
  readonly #wire: Wire
  readonly #isChunked: boolean
  /** Bytes that went to the client, without framing. */
  bytes = 0

  constructor(parts: AnswerParts) {
    const { head, request } = parts
    const { kind } = head.framing
    const { isHttp11 } = request.head
    this.#parts = parts
    this.#wire = parts.wire
    this.connection = parts.connection
    const hasUnknownLength = kind === 'chunked' || kind === 'close'
    this.#isChunked = hasUnknownLength && isHttp11
    this.isEventStream = /^text\/event-stream\b/i.test(head.joined(FIELD.contentType) ?? '')
    // A client that waits for a word before its body, and gets an answer instead, may send it or not: nobody can tell.
    const isUnclear = request.head.expectsContinue && !request.body.hasEnded
    const endsByClose = hasUnknownLength && !isHttp11
    this.keepsOpen =
      request.keepsOpen && !request.isUpgrade && !parts.isStopping && !endsByClose && !isUnclear
  }

  /** A clean end can be said before the release says it. */
  get canEndCleanly(): boolean {
    return this.#parts.head.framing.kind !== 'sized'
  }

  begin(): void {
    const { head, request, ourLines } = this.#parts
    const date = head.joined(FIELD.date) === undefined ? dateLine() : ''
    const framing = this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const connection = connectionLine(this.keepsOpen, request.head.isHttp11)
    const lines = passingAnswerLines(head, { isUpgrade: false })
    this.#wire.text(
      `HTTP/1.1 ${head.status} ${head.reason}\r\n${lines}${date}${ourLines}${framing}${connection}\r\n`,
    )
  }

  /** Says the end now, whatever the release still had to say. */
  endNow(): void {
    if (this.#isChunked) this.#wire.text(`${LAST_CHUNK}\r\n`)
  }

  onBody(bytes: Buffer, from: number, to: number): void {
    this.bytes += to - from
    if (!this.#isChunked) {
      this.#wire.bytes(bytes, from, to)
      return
    }
    this.#wire.text(chunkLine(to - from))
    this.#wire.bytes(bytes, from, to)
    this.#wire.text('\r\n')
  }

  onBodyEnd(trailers: HeaderSet | undefined): void {
    if (this.#isChunked) this.#wire.text(`${LAST_CHUNK}${trailerLines(trailers)}\r\n`)
    this.#parts.onEnd()
  }

  onBrokenOff(error: Error): void {
    this.#parts.onBrokenOff(error)
  }
}

export function connectionLine(keepsOpen: boolean, isHttp11: boolean): string {
  if (!keepsOpen) return 'Connection: close\r\n'
  return isHttp11 ? '' : 'Connection: keep-alive\r\n'
}
