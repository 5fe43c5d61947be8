// The body of a request on its way to a release: passed on as it comes, with back-pressure, and remembered while it
// is small, so that it can be sent once more.
import { BodyReader } from './http1/body-reader.ts'
import type { BodySink } from './http1/body-reader.ts'
import { chunkLine, LAST_CHUNK, trailerLines } from './forwarded-head.ts'
import type { Framing, HeaderSet } from './http1/message-head.ts'
import type { Wire } from './http1/wire.ts'
import type { RouterLimits } from './limits.ts'

/** Where the bytes come from: it is read no further while it is paused. */
export type BodySource = { pause(): void; resume(): void }

export class RequestBody implements BodySink {
  readonly #framing: Framing
  readonly #client: BodySource
  readonly #rememberBytesMax: number
  readonly #bytesMax: number
  #bytes = 0
  readonly #reader: BodyReader
  /** As it goes out, a character a byte: what was not sent yet, or could be sent again. */
  #kept = ''
  #release: Wire | undefined
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

  /** Takes bytes of the client; where the body ended, or else the bytes did, or BROKEN. */
  take(bytes: Buffer, from: number, to: number): number {
    return this.hasEnded ? from : this.#reader.read(bytes, from, to)
  }

  /** Nobody takes it yet: a refusal must not cost anything that was read. */
  waitForRelease(): void {
    if (!this.hasEnded && this.#release === undefined && !this.#isDropped) this.#client.pause()
  }

  /** Sends from the beginning. Anything before must have been stopped. */
  sendTo(release: Wire): void {
    if (this.isEmpty) return
    this.#release = release
    release.text(this.#kept)
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
    const isChunked = this.#framing.kind === 'chunked'
    if (this.canBeSentAgain) {
      const text = bytes.toString('latin1', from, to)
      this.#pass(isChunked ? `${chunkLine(to - from)}${text}\r\n` : text)
      return
    }
    if (isChunked) this.#release?.text(chunkLine(to - from))
    this.#release?.bytes(bytes, from, to)
    if (isChunked) this.#release?.text('\r\n')
  }

  onBodyEnd(trailers: HeaderSet | undefined): void {
    this.hasEnded = true
    if (this.#framing.kind !== 'chunked' || this.#isDropped) return
    this.#pass(`${LAST_CHUNK}${trailerLines(trailers)}\r\n`)
  }

  #pass(text: string): void {
    this.#release?.text(text)
    if (!this.canBeSentAgain) return
    this.#kept += text
    if (this.#release !== undefined) this.#forgetWhatIsTooMuch()
  }

  #forgetWhatIsTooMuch(): void {
    if (this.#kept.length <= this.#rememberBytesMax) return
    this.canBeSentAgain = false
    this.#kept = ''
  }
}
