// Answers in HTTP/1.1, and in HTTP/1.0 for those who know no better.
import { STATUS_CODES } from 'node:http'
import type { ClientVoice, SpokenHead } from './client-voice.ts'
import { chunkLine, LAST_CHUNK } from './forwarded-head.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { Wire } from './http1/wire.ts'
import { pageBody, pageLines } from './own-page.ts'
import type { OwnPage } from './own-page.ts'

export class Http1Voice implements ClientVoice {
  readonly #wire: Wire
  #isChunked = false

  constructor(wire: Wire) {
    this.#wire = wire
  }

  get isBlocked(): boolean {
    return this.#wire.isBlocked
  }

  inform(status: number, lines: string): void {
    this.#wire.text(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n`)
  }

  begin({ status, reason, lines, isLengthKnown, keepsOpen, request }: SpokenHead): void {
    this.#isChunked = !isLengthKnown && request.isHttp11
    const framing = this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const connection = connectionLine(keepsOpen, request.isHttp11)
    this.#wire.text(`HTTP/1.1 ${status} ${reason}\r\n${lines}${framing}${connection}\r\n`)
  }

  body(bytes: Buffer, from: number, to: number): void {
    if (!this.#isChunked) {
      this.#wire.bytes(bytes, from, to)
      return
    }
    this.#wire.text(chunkLine(to - from))
    this.#wire.bytes(bytes, from, to)
    this.#wire.text('\r\n')
  }

  end(trailerLines: string): void {
    if (this.#isChunked) this.#wire.text(`${LAST_CHUNK}${trailerLines}\r\n`)
  }

  page(page: OwnPage, request: RequestHead | undefined, keepsOpen: boolean): void {
    const body = pageBody(page, request)
    const reason = STATUS_CODES[page.status] ?? 'Refused'
    const connection = connectionLine(keepsOpen, request?.isHttp11 ?? true)
    this.#wire.text(`HTTP/1.1 ${page.status} ${reason}\r\n${pageLines(page, request, body)}${connection}\r\n`)
    if (request?.method !== 'HEAD') this.#wire.text(body.toString('latin1'))
  }

  breakOff(): void {
    this.#wire.breakOff()
  }

  pause(): void {
    this.#wire.pause()
  }

  resume(): void {
    this.#wire.resume()
  }

  allowSilence(ms: number): void {
    this.#wire.idleMsMax = ms
  }
}

function connectionLine(keepsOpen: boolean, isHttp11: boolean): string {
  if (!keepsOpen) return 'Connection: close\r\n'
  return isHttp11 ? '' : 'Connection: keep-alive\r\n'
}
