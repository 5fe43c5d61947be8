// The body of a request on its way to a release: passed on as it comes, with back-pressure, and remembered while it
// is small, so that it can be sent once more.
import type { ClientRequest, IncomingMessage } from 'node:http'
import { trailerPairs } from './forwarded-head.ts'
import type { BodyKind } from './forwarded-head.ts'

export class RequestBody {
  readonly #req: IncomingMessage
  readonly #kind: BodyKind
  readonly #rememberBytesMax: number
  #remembered: Buffer[] | undefined = []
  #rememberedBytes = 0
  #hasEnded: boolean
  #stop: () => void = () => {}

  constructor(req: IncomingMessage, kind: BodyKind, rememberBytesMax: number) {
    this.#req = req
    this.#kind = kind
    this.#rememberBytesMax = rememberBytesMax
    this.#hasEnded = kind === 'none'
  }

  get isEmpty(): boolean {
    return this.#kind === 'none'
  }

  /** Whether everything read so far is still known. */
  get canBeSentAgain(): boolean {
    return this.#remembered !== undefined
  }

  /** All of it has been read from the client. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Sends from the beginning. Anything before must have been stopped. */
  sendTo(asked: ClientRequest): void {
    if (this.isEmpty) {
      asked.end()
      return
    }
    asked.flushHeaders()
    for (const chunk of this.#remembered ?? []) asked.write(chunk)
    if (this.#hasEnded) this.#finish(asked)
    else this.#pump(asked)
  }

  /** Stops sending; the client is read no further until `sendTo` or `drop`. */
  stop(): void {
    this.#stop()
  }

  /** Reads what is left and forgets it, so that the connection can be used again. */
  drop(): void {
    this.#stop()
    this.#remembered = undefined
    this.#req.resume()
  }

  #pump(asked: ClientRequest): void {
    const req = this.#req
    const onData = (chunk: Buffer) => {
      this.#remember(chunk)
      if (!asked.write(chunk)) req.pause()
    }
    const onDrain = () => req.resume()
    const onEnd = () => {
      this.#hasEnded = true
      this.#stop()
      this.#finish(asked)
    }
    this.#stop = () => {
      this.#stop = () => {}
      req.off('data', onData)
      req.off('end', onEnd)
      asked.off('drain', onDrain)
      req.pause()
    }
    req.on('data', onData)
    req.on('end', onEnd)
    asked.on('drain', onDrain)
    req.resume()
  }

  #finish(asked: ClientRequest): void {
    const trailers = trailerPairs(this.#req.rawTrailers)
    if (trailers.length > 0 && this.#kind === 'chunked') asked.addTrailers(trailers)
    asked.end()
  }

  #remember(chunk: Buffer): void {
    this.#rememberedBytes += chunk.length
    if (this.#rememberedBytes > this.#rememberBytesMax) this.#remembered = undefined
    this.#remembered?.push(chunk)
  }
}
