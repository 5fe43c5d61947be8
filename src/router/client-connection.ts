// One connection of a client: one request after the other, each answered before the next is looked at.
import type { Socket } from 'node:net'
import { notePage } from './access-log.ts'
import type { Choice } from './choose-release.ts'
import { ClientExchange } from './client-exchange.ts'
import type { ClientSide, ExchangeTools } from './client-exchange.ts'
import { keeps } from './http1/answer-head.ts'
import { BROKEN } from './http1/body-reader.ts'
import { INCOMPLETE } from './http1/header-fields.ts'
import { CR, LF } from './http1/octets.ts'
import { readRequestHead } from './http1/request-head.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import type { Wire, WireReader } from './http1/wire.ts'
import { Http1Voice } from './http1-voice.ts'
import { refusalPage } from './own-page.ts'
import { RequestBody } from './request-body.ts'
import { Tunnel } from './tunnel.ts'
import { isUpgradeToPassOn } from './upgrade-request.ts'

/** What a client's connection needs of the server it came to. */
export type ClientDoor = {
  readonly tools: ExchangeTools
  readonly time: Timekeeper
  readonly choose: (head: RequestHead, localPort: number) => Choice
  /** Asked before `choose`; undefined, as nearly always, where there is nothing to wait for. Never rejects. */
  readonly prepare: ((head: RequestHead, localPort: number) => Promise<void> | undefined) | undefined
  readonly isCounted: boolean
  readonly scheme: 'http' | 'https'
  /** It has closed. */
  readonly onGone: (connection: ClientConnection) => void
  /** The client spoke HTTP/2 from its first byte on. The socket brings its bytes from the beginning. */
  readonly onHttp2: (socket: Socket) => void
}

/** `closing`: nothing that comes is read any more; the other side has a moment to take the last answer. */
type Phase = 'fresh' | 'idle' | 'head' | 'busy' | 'draining' | 'closing'

const CLOSING_MS_MAX = 2_000
/** Requests that came before the one before was answered. */
const PIPELINED_BYTES_MAX = 64 * 1024

export class ClientConnection implements ClientSide, WireReader {
  readonly address: string
  readonly isTrusted: boolean
  readonly scheme: 'http' | 'https'
  readonly wire: Wire
  readonly voice: Http1Voice
  readonly #door: ClientDoor
  readonly #localPort: number
  #phase: Phase = 'fresh'
  #hasServed = false
  #exchange: ClientExchange | undefined
  #body: RequestBody | undefined
  /** The beginning of a head, or what came early. */
  #kept: Buffer | undefined

  constructor(open: (reader: WireReader) => Wire, door: ClientDoor) {
    this.#door = door
    this.wire = open(this)
    this.voice = new Http1Voice(this.wire)
    this.address = plainAddress(this.wire.remoteAddress)
    this.isTrusted = door.tools.trusts(this.address)
    this.scheme = door.scheme
    this.#localPort = this.wire.localPort
    this.wire.deadlineMs = door.time.after(door.tools.limits.clientHeadMsMax)
  }

  get isIdle(): boolean {
    return this.#phase === 'fresh' || this.#phase === 'idle'
  }

  onConnect(): void {}

  onBytes(bytes: Buffer, from: number, to: number): void {
    let at = from
    if (this.#body !== undefined && !this.#body.hasEnded) {
      at = this.#body.take(bytes, at, to)
      if (at === BROKEN) return this.#refuse(400)
      if (this.#exchange !== undefined && this.#body.isTooLarge) return this.#refuse(413)
      if (this.#body.hasEnded && this.#phase === 'draining') this.#next()
    }
    if (at >= to || this.#phase === 'closing') return
    if (this.#exchange !== undefined || this.#kept !== undefined) this.#keep(bytes, at, to)
    else this.#readHead(bytes, at, to)
  }

  onEnd(): void {
    this.#exchange?.clientLeft()
    this.wire.end()
    this.wire.destroy()
  }

  onBlocked(): void {
    this.#exchange?.onClientBlocked(true)
  }

  onDrain(): void {
    this.#exchange?.onClientBlocked(false)
  }

  onClose(): void {
    this.#exchange?.clientLeft()
    this.#door.onGone(this)
  }

  onLate(): void {
    if (this.#phase === 'head') {
      this.#refuse(408)
      return
    }
    this.#exchange?.clientLeft()
    this.wire.destroy()
  }

  onExchangeEnd(keepsOpen: boolean): void {
    this.#exchange = undefined
    const { lingerMsMax } = this.#door.tools.limits
    if (!keepsOpen) return this.#close()
    if (this.#body !== undefined && !this.#body.hasEnded) {
      this.#phase = 'draining'
      this.wire.deadlineMs = this.#door.time.after(lingerMsMax)
      return
    }
    this.#next()
  }

  onSwitch(exchange: ClientExchange, headText: string, release: Wire, rest: Buffer): void {
    this.wire.text(headText)
    const early = this.#kept ?? Buffer.alloc(0)
    const { traffic } = exchange.request.chosen.arm
    const { clock, limits } = this.#door.tools
    const tunnel: Tunnel = new Tunnel({
      client: this.wire,
      release,
      isWebSocket: /^websocket$/i.test(exchange.request.head.header('upgrade') ?? ''),
      clock,
      limits,
      onEnd: () => {
        traffic.end(tunnel)
        this.#door.onGone(this)
      },
    })
    this.#exchange = undefined
    this.#kept = undefined
    traffic.begin(tunnel)
    tunnel.open(early, rest)
  }

  /** Closes as soon as nothing is under way. */
  closeIfIdle(): void {
    if (this.isIdle) this.wire.end()
  }

  destroy(): void {
    this.wire.destroy()
  }

  /** Bytes that cannot be looked at yet, or whose beginning came before. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const before = this.#kept
    const lent = bytes.subarray(from, to)
    const all = before === undefined ? Buffer.from(lent) : Buffer.concat([before, lent])
    this.#kept = all
    if (this.#phase !== 'head') {
      if (all.length > PIPELINED_BYTES_MAX) this.wire.pause()
      return
    }
    // A head in pieces is read again only when its end is there; a line feed alone is no end of a line.
    const seen = before?.length ?? 0
    const end = all.indexOf('\r\n\r\n', Math.max(0, seen - 3))
    if (hasBareLineFeed(all, seen, end < 0 ? all.length : end)) return this.#refuse(400)
    if (end < 0 && all.length <= this.#headBytesMax) return
    this.#kept = undefined
    this.#readHead(all, 0, all.length)
  }

  #readHead(bytes: Buffer, from: number, to: number): void {
    // Empty lines before a request are forgiven (RFC 9112, 2.2): all of them, for they may come in pieces.
    let at = from
    while (at + 1 < to && bytes[at] === CR && bytes[at + 1] === LF) at += 2
    if (at >= to) return
    const { clientTargetBytesMax, clientHeadersMax, clientHeadMsMax } = this.#door.tools.limits
    const limits = { targetBytesMax: clientTargetBytesMax, headersMax: clientHeadersMax }
    const isFirstCr = to - at === 1 && bytes[at] === CR
    const head = isFirstCr ? INCOMPLETE : readRequestHead(bytes, at, to, limits)
    if (typeof head !== 'number') {
      if (head.length > this.#headBytesMax) this.#refuse(431)
      else this.#serve(head, bytes, at + head.length, to)
      return
    }
    if (head !== INCOMPLETE) {
      if (!this.#hasServed && this.scheme === 'http' && speaksHttp2(bytes, at, to))
        return this.#handOver(bytes, at, to)
      return this.#refuse(head)
    }
    if (to - at > this.#headBytesMax) return this.#refuse(bytes.indexOf(LF, at) < 0 ? 414 : 431)
    this.#kept = Buffer.from(bytes.subarray(at, to))
    if (this.#phase === 'head') return
    this.#phase = 'head'
    this.wire.deadlineMs = this.#door.time.after(clientHeadMsMax)
  }

  #serve(head: RequestHead, bytes: Buffer, from: number, to: number): void {
    this.#phase = 'busy'
    this.#hasServed = true
    this.wire.deadlineMs = Infinity
    this.wire.idleMsMax = this.#door.tools.limits.clientIdleMsMax
    const isPrepared = this.#door.prepare?.(head, this.#localPort)
    if (isPrepared === undefined) this.#begin(head, bytes, from, to)
    else this.#waitFor(isPrepared, head, Buffer.from(bytes.subarray(from, to)))
  }

  /** What comes meanwhile is kept. */
  #waitFor(isPrepared: Promise<void>, head: RequestHead, rest: Buffer): void {
    this.#kept = rest
    void isPrepared.then(() => {
      const kept = this.#kept ?? Buffer.alloc(0)
      this.#kept = undefined
      if (this.wire.isClosed || this.#phase !== 'busy') return
      this.wire.resume()
      this.#begin(head, kept, 0, kept.length)
    })
  }

  #begin(head: RequestHead, bytes: Buffer, from: number, to: number): void {
    const { tools, isCounted, choose } = this.#door
    const { limits } = tools
    const body = new RequestBody(head.framing, this.wire, limits)
    const keepsOpen = keeps(head.connection, head.isHttp11)
    const at = body.take(bytes, from, to)
    if (at === BROKEN) return this.#refuse(400)
    if (body.isTooLarge) return this.#refuse(413)
    this.#body = body
    const choice = choose(head, this.#localPort)
    if (choice.found === 'page') {
      const staysOpen = keepsOpen && !tools.isStopping() && !head.expectsContinue
      body.drop()
      if (at < to) this.#kept = Buffer.from(bytes.subarray(at, to))
      this.voice.page(choice.page, head, staysOpen)
      this.#notePage(head, choice.page.status)
      this.onExchangeEnd(staysOpen)
      return
    }
    const isUpgrade = isUpgradeToPassOn(head)
    const exchange = new ClientExchange(
      { head, body, chosen: choice, isUpgrade, keepsOpen, isCounted },
      this,
      tools,
    )
    this.#exchange = exchange
    if (at < to) this.#keep(bytes, at, to)
    exchange.start()
  }

  /** The request before is done with; the next one may be here already. */
  #next(): void {
    this.#body = undefined
    this.#phase = 'idle'
    this.wire.resume()
    this.wire.idleMsMax = Infinity
    this.wire.deadlineMs = this.#door.time.after(this.#door.tools.limits.clientKeepAliveMs)
    if (this.#kept === undefined) return
    // Not at once: many small requests in one piece must not keep everybody else waiting.
    setImmediate(() => {
      const kept = this.#kept
      if (kept === undefined || this.#exchange !== undefined || this.wire.isClosed) return
      this.#kept = undefined
      this.#readHead(kept, 0, kept.length)
    })
  }

  #refuse(status: number): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.clientLeft()
    this.#door.tools.log.debug({ status, client: this.address }, 'a request was refused')
    if (exchange?.hasAnswered === true) this.wire.destroy()
    else {
      this.voice.page(refusalPage(status), undefined, false)
      this.#notePage(undefined, status)
      this.#close()
    }
  }

  #notePage(head: RequestHead | undefined, status: number): void {
    const { tools, isCounted } = this.#door
    notePage(tools.access, { head, client: this.address, status, isCheck: !isCounted })
  }

  #handOver(bytes: Buffer, from: number, to: number): void {
    const { onGone, onHttp2 } = this.#door
    onGone(this)
    onHttp2(this.wire.handOver(Buffer.from(bytes.subarray(from, to))))
  }

  #close(): void {
    this.#phase = 'closing'
    this.#kept = undefined
    this.wire.resume()
    this.wire.end()
    this.wire.idleMsMax = Infinity
    this.wire.deadlineMs = this.#door.time.after(CLOSING_MS_MAX)
  }

  get #headBytesMax(): number {
    return this.#door.tools.limits.clientHeaderBytesMax
  }
}

/** How HTTP/2 begins where both know that it is spoken (RFC 9113, 3.4). No request of HTTP/1.1 can be that. */
const HTTP2_FIRST_LINE = 'PRI * HTTP/2.0\r\n'

function speaksHttp2(bytes: Buffer, from: number, to: number): boolean {
  return bytes.toString('latin1', from, Math.min(to, from + HTTP2_FIRST_LINE.length)) === HTTP2_FIRST_LINE
}

function hasBareLineFeed(bytes: Buffer, from: number, to: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) return true
  }
  return false
}

/** An IPv4 client on a socket that takes both is still an IPv4 client. */
export function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '')
}
