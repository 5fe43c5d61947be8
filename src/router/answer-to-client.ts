// An answer on its way to a client: head at once, body as it comes.
import type { ClientRequest } from './client-exchange.ts'
import type { ClientVoice } from './client-voice.ts'
import { dateLine } from './date-line.ts'
import { passingAnswerLines, trailerLines } from './forwarded-head.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import { FIELD } from './http1/field-names.ts'
import type { HeaderSet } from './http1/message-head.ts'
import type { AnswerTaker, ReleaseLine } from './release-line.ts'

export type AnswerParts = {
  readonly connection: ReleaseLine
  readonly head: AnswerHead
  readonly request: ClientRequest
  readonly voice: ClientVoice
  readonly isStopping: boolean
  /** The release, the user's cookie: whole lines. */
  readonly ourLines: string
  readonly onEnd: () => void
  readonly onBrokenOff: (error: Error) => void
}

export class AnswerToClient implements AnswerTaker {
  readonly connection: ReleaseLine
  readonly isEventStream: boolean
  /** Long silence is part of it. */
  readonly maySayNothing: boolean
  readonly keepsOpen: boolean
  readonly #parts: AnswerParts
  /** Bytes that went to the client, without framing. */
  bytes = 0

  constructor(parts: AnswerParts) {
    const { head, request } = parts
    this.#parts = parts
    this.connection = parts.connection
    const contentType = head.joined(FIELD.contentType) ?? ''
    this.isEventStream = /^text\/event-stream\b/i.test(contentType)
    this.maySayNothing = this.isEventStream || /^application\/grpc\b/i.test(contentType)
    // A client that waits for a word before its body, and gets an answer instead, may send it or not: nobody can tell.
    const isUnclear = request.head.expectsContinue && !request.body.hasEnded
    const endsByClose = !this.#isLengthKnown && !request.head.isHttp11
    this.keepsOpen =
      request.keepsOpen && !request.isUpgrade && !parts.isStopping && !endsByClose && !isUnclear
  }

  /** A clean end can be said before the release says it. */
  get canEndCleanly(): boolean {
    return this.#parts.head.framing.kind !== 'sized'
  }

  begin(): void {
    const { head, request, ourLines, voice } = this.#parts
    const { status, reason, framing } = head
    const date = head.joined(FIELD.date) === undefined ? dateLine() : ''
    voice.begin({
      status,
      reason,
      lines: `${passingAnswerLines(head, { isUpgrade: false })}${date}${ourLines}`,
      isLengthKnown: this.#isLengthKnown,
      hasBody: framing.kind !== 'none',
      keepsOpen: this.keepsOpen,
      request: request.head,
    })
  }

  /** Says the end now, whatever the release still had to say. */
  endNow(): void {
    this.#parts.voice.end('')
  }

  onBody(bytes: Buffer, from: number, to: number): void {
    this.bytes += to - from
    this.#parts.voice.body(bytes, from, to)
  }

  onBodyEnd(trailers: HeaderSet | undefined): void {
    this.#parts.voice.end(trailerLines(trailers))
    this.#parts.onEnd()
  }

  onBrokenOff(error: Error): void {
    this.#parts.onBrokenOff(error)
  }

  get #isLengthKnown(): boolean {
    const { kind } = this.#parts.head.framing
    return kind === 'none' || kind === 'sized'
  }
}
