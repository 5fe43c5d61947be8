// The body of a request on its way to a release: passed on as it comes, with back-pressure, and remembered while it
// is small, so that it can be sent once more.
import { BodyReader } from './http1/body-reader.ts'
import type { BodySink } from './http1/body-reader.ts'
import { trailerLines } from './forwarded-head.ts'
import type { BodyKind, Framing, HeaderSet } from './http1/message-head.ts'
import type { RouterLimits } from './limits.ts'
import type { BodyTaker } from './release-line.ts'

/** Where the bytes come from: it is read no further while it is paused. */
export type BodySource = { pause(): void; resume(): void }

export class RequestBody implements BodySink {
  readonly #framing: Framing
  readonly #client: BodySource
  readonly #rememberBytesMax: number
  readonly #bytesMax: number
  #bytes = 0
  readonly #reader: BodyReader
  /** A character a byte: what was not sent yet, or could be sent again. */
  #kept = ''
  #trailers = ''
  #release: BodyTaker | undefined
  #isDropped = false
  /** Whether everything read so far is still known. */
  canBeSentAgain = true
  /** All of it has been read from the client. */
  hasEnded: boolean

  constructor(
    framing: Framing,
    client: BodySource,
    limits: Pick<RouterLimits, 'retryBodyBytesMax' | 'clientBodyBytesMax'>,
  ) {
    this.#bytesMax = limits.clientBodyBytesMax
    this.#framing = framing
    this.#client = client
    this.#rememberBytesMax = limits.retryBodyBytesMax
    this.#reader = new BodyReader(framing, this)
    this.hasEnded = framing.kind === 'none'
  }

  /** It says that it is longer than is taken, or has become so. */
  get isTooLarge(): boolean {
    return (
      this.#bytes > this.#bytesMax ||
      (this.#framing.kind === 'sized' && this.#framing.length > this.#bytesMax)
    )
  }

  get isEmpty(): boolean {
    return this.#framing.kind === 'none'
  }

  get kind(): BodyKind {
    return this.#framing.kind
  }

  /** Takes bytes of the client; where the body ended, or else the bytes did, or BROKEN. */
  take(bytes: Buffer, from: number, to: number): number {
    return this.hasEnded ? from : this.#reader.read(bytes, from, to)
  }

  /** Nobody takes it yet: a refusal must not cost anything that was read. */
  waitForRelease(): void {
    if (!this.hasEnded && this.#release === undefined && !this.#isDropped) this.#client.pause()
  }

  /** Sends from the beginning. Anything before must have been stopped. */
  sendTo(release: BodyTaker): void {
    if (this.isEmpty) return
    this.#release = release
    if (this.#kept !== '') release.bodyText(this.#kept)
    if (this.hasEnded) release.bodyEnd(this.#trailers)
    this.#forgetWhatIsTooMuch()
    this.#client.resume()
  }

  /** Stops sending; the client is read no further until `sendTo` or `drop`. */
  stop(): void {
    this.#release = undefined
    this.waitForRelease()
  }

  /** Reads what is left and forgets it, so that the connection can be used again. */
  drop(): void {
    this.#isDropped = true
    this.#release = undefined
    this.#kept = ''
    this.canBeSentAgain = false
    this.#client.resume()
  }

  onBody(bytes: Buffer, from: number, to: number): void {
    this.#bytes += to - from
    if (this.#isDropped || this.isTooLarge) return
    if (!this.canBeSentAgain) {
      this.#release?.bodyBytes(bytes, from, to)
      return
    }
    const text = bytes.toString('latin1', from, to)
    this.#release?.bodyText(text)
    this.#kept += text
    if (this.#release !== undefined) this.#forgetWhatIsTooMuch()
  }

  onBodyEnd(trailers: HeaderSet | undefined): void {
    this.hasEnded = true
    if (this.#isDropped) return
    this.#trailers = trailerLines(trailers)
    this.#release?.bodyEnd(this.#trailers)
  }

  #forgetWhatIsTooMuch(): void {
    if (this.#kept.length <= this.#rememberBytesMax) return
    this.canBeSentAgain = false
    this.#kept = ''
  }
}
