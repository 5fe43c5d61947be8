// A client's connection that speaks HTTP/2: every stream is a request of its own, and goes on as HTTP/1.1.
import { constants, performServerHandshake } from 'node:http2'
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { notePage } from '../access-log.ts'
import { ClientExchange } from '../client-exchange.ts'
import type { ClientSide } from '../client-exchange.ts'
import { plainAddress } from '../client-connection.ts'
import type { ClientDoor } from '../client-connection.ts'
import { readRequestHead } from '../http1/request-head.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { refusalPage } from '../own-page.ts'
import { RequestBody } from '../request-body.ts'
import { Http2Voice } from './http2-voice.ts'
import { requestText } from './request-text.ts'

const STREAMS_MAX = 100

/** What a connection needs of the server it came to. */
export type Http2Door = Omit<ClientDoor, 'onGone' | 'onHttp2'>

export class Http2Connection {
  readonly #session: ServerHttp2Session
  readonly #door: Http2Door
  readonly #address: string
  readonly #localPort: number

  constructor(socket: Socket, door: Http2Door, onGone: (connection: Http2Connection) => void) {
    const { clientHeaderBytesMax, clientHeadersMax, clientKeepAliveMs } = door.tools.limits
    this.#door = door
    this.#address = plainAddress(socket.remoteAddress)
    this.#localPort = socket.localPort ?? 0
    this.#session = performServerHandshake(socket, {
      maxHeaderListPairs: clientHeadersMax,
      settings: {
        maxConcurrentStreams: STREAMS_MAX,
        maxHeaderListSize: clientHeaderBytesMax,
        enablePush: false,
      },
    })
    // Silence of the whole connection; a stream has its own limit while it is under way.
    this.#session.setTimeout(clientKeepAliveMs, () => this.closeIfIdle())
    this.#session.on('stream', (stream, headers, flags) => {
      this.#serve(stream, headers, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0)
    })
    this.#session.on('error', (error) => {
      door.tools.log.debug({ client: this.#address, error: error.message }, 'an HTTP/2 connection broke')
    })
    this.#session.on('close', () => onGone(this))
  }

  /** Says that no more streams are taken; those under way end. */
  closeIfIdle(): void {
    if (!this.#session.closed) this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, endsHere: boolean): void {
    // What goes wrong on a stream ends in its 'close'.
    stream.on('error', () => {})
    const { tools } = this.#door
    const { clientTargetBytesMax, clientHeadersMax, clientHeaderBytesMax } = tools.limits
    const text = Buffer.from(requestText(headers, endsHere), 'latin1')
    const limits = { targetBytesMax: clientTargetBytesMax, headersMax: clientHeadersMax }
    const head = text.length > clientHeaderBytesMax ? 431 : readRequestHead(text, 0, text.length, limits)
    if (typeof head === 'number' || head.length !== text.length) {
      const status = typeof head === 'number' && head >= 400 ? head : 400
      new Http2Voice(stream, () => {}).page(refusalPage(status), undefined)
      notePage(tools.access, { head: undefined, client: this.#address, status, isCheck: false })
      stream.resume()
      return
    }
    new Http2Exchange(stream, head, this.#door, {
      address: this.#address,
      localPort: this.#localPort,
    }).start()
  }
}

/** One stream: a request and its answer. */
class Http2Exchange implements ClientSide {
  readonly address: string
  readonly isTrusted: boolean
  readonly scheme: 'http' | 'https'
  readonly voice: Http2Voice
  readonly #stream: ServerHttp2Stream
  readonly #head: RequestHead
  readonly #door: Http2Door
  readonly #localPort: number
  #exchange: ClientExchange | undefined

  constructor(
    stream: ServerHttp2Stream,
    head: RequestHead,
    door: Http2Door,
    from: { readonly address: string; readonly localPort: number },
  ) {
    this.#stream = stream
    this.#head = head
    this.#door = door
    this.address = from.address
    this.scheme = door.scheme
    this.#localPort = from.localPort
    this.isTrusted = door.tools.trusts(from.address)
    this.voice = new Http2Voice(stream, () => this.#exchange?.onClientBlocked(true))
  }

  start(): void {
    const isPrepared = this.#door.prepare?.(this.#head, this.#localPort)
    if (isPrepared === undefined) this.#begin()
    else
      void isPrepared.then(() => {
        if (!this.#stream.closed) this.#begin()
      })
  }

  #begin(): void {
    const { tools, choose, isCounted } = this.#door
    const [head, stream] = [this.#head, this.#stream]
    const body = new RequestBody(head.framing, stream, tools.limits)
    if (body.isTooLarge) return this.#refuseBody()
    const choice = choose(head, this.#localPort)
    if (choice.found === 'page') {
      this.voice.page(choice.page, head)
      const { status } = choice.page
      notePage(tools.access, { head, client: this.address, status, isCheck: !isCounted })
      stream.resume()
      return
    }
    stream.setTimeout(tools.limits.clientIdleMsMax, () => stream.close(constants.NGHTTP2_CANCEL))
    // The framing is HTTP/2's; what comes here is the body itself.
    stream.on('data', (chunk: Buffer) => {
      body.onBody(chunk, 0, chunk.length)
      if (body.isTooLarge && this.#exchange !== undefined) this.#refuseBody()
    })
    stream.on('end', () => {
      if (!body.hasEnded) body.onBodyEnd(undefined)
    })
    stream.on('drain', () => this.#exchange?.onClientBlocked(false))
    stream.on('aborted', () => this.#exchange?.clientLeft())
    stream.on('close', () => this.#exchange?.clientLeft())
    const request = { head, body, chosen: choice, isUpgrade: false, keepsOpen: true, isCounted }
    const exchange = new ClientExchange(request, this, tools)
    this.#exchange = exchange
    exchange.start()
  }

  onExchangeEnd(): void {
    this.#exchange = undefined
    // What is left of the upload is read and forgotten.
    this.#stream.resume()
  }

  /** Nothing of it is passed on any more. */
  #refuseBody(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.clientLeft()
    if (exchange?.hasAnswered === true) this.#stream.close(constants.NGHTTP2_CANCEL)
    else {
      this.voice.page(refusalPage(413), this.#head)
      const { tools, isCounted } = this.#door
      notePage(tools.access, { head: this.#head, client: this.address, status: 413, isCheck: !isCounted })
    }
    this.#stream.resume()
  }

  onSwitch(): void {
    throw new Error('a stream of HTTP/2 does not change its protocol')
  }
}
