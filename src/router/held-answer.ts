// An answer that is held back while a better one is looked for, and given after all when there is none.
import type { AnswerHead } from './http1/answer-head.ts'
import type { HeaderSet } from './http1/message-head.ts'
import type { AnswerTaker, ReleaseLine } from './release-line.ts'

const HELD_BYTES_MAX = 64 * 1024

export class HeldAnswer implements AnswerTaker {
  readonly connection: ReleaseLine
  readonly head: AnswerHead
  readonly #pieces: Buffer[] = []
  #bytes = 0
  #then: ((taker: AnswerTaker) => void) | undefined
  #taker: AnswerTaker | undefined
  #isDropped = false

  constructor(connection: ReleaseLine, head: AnswerHead) {
    this.connection = connection
    this.head = head
  }

  /** From now on everything goes to the taker, what was held first. */
  give(taker: AnswerTaker): void {
    this.#taker = taker
    for (const piece of this.#pieces) taker.onBody(piece, 0, piece.length)
    this.connection.resume()
    this.#then?.(taker)
  }

  drop(): void {
    if (this.#isDropped || this.#taker !== undefined) return
    this.#isDropped = true
    this.connection.drop()
  }

  onBody(bytes: Buffer, from: number, to: number): void {
    if (this.#taker !== undefined) {
      this.#taker.onBody(bytes, from, to)
      return
    }
    this.#pieces.push(Buffer.from(bytes.subarray(from, to)))
    this.#bytes += to - from
    if (this.#bytes > HELD_BYTES_MAX) this.connection.pause()
  }

  onBodyEnd(trailers: HeaderSet | undefined): void {
    if (this.#taker !== undefined) this.#taker.onBodyEnd(trailers)
    else this.#then = (taker) => taker.onBodyEnd(trailers)
  }

  onBrokenOff(error: Error): void {
    if (this.#taker !== undefined) this.#taker.onBrokenOff(error)
    else this.#then ??= (taker) => taker.onBrokenOff(error)
  }
}
