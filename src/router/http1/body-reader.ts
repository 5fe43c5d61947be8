// Where a body ends, found while its bytes go by. Nothing is kept but a number or two, and only bytes that were
// understood are handed on: those of the body itself, without the framing of chunks.
import { FIELD } from './field-names.ts'
import { FIELD_NUMBERS, INCOMPLETE, readFields } from './header-fields.ts'
import { HeaderSet } from './message-head.ts'
import type { Framing } from './message-head.ts'
import { CR, EQUALS, HEX, LF, SEMICOLON, TOKEN } from './octets.ts'

export interface BodySink {
  /** Bytes of the body. They are only lent: what must stay is copied. */
  onBody(bytes: Buffer, from: number, to: number): void
  /** Once, at its end, with the trailers of a chunked body. */
  onBodyEnd(trailers: HeaderSet | undefined): void
}

/** Returned by `read` for a body that breaks the rules. */
export const BROKEN = -1

/** 2^52 bytes: the largest size that is counted exactly. */
const SIZE_DIGITS_MAX = 13
const EXTENSION_BYTES_MAX = 1_024
const TRAILER_BYTES_MAX = 16_384
const TRAILERS_MAX = 100

type ChunkPlace = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers'

export class BodyReader {
  readonly #framing: Framing
  readonly #sink: BodySink
  #left: number
  #place: ChunkPlace = 'size'
  #digits = 0
  #extensionBytes = 0
  #lastOfExtension = 0
  /** The beginning of trailers whose end has not come. */
  #trailers: Buffer | undefined
  hasEnded = false

  constructor(framing: Framing, sink: BodySink) {
    this.#framing = framing
    this.#sink = sink
    this.#left = framing.length
  }

  /** A message without a body ends before its first byte. */
  endIfEmpty(): void {
    if (this.#framing.kind === 'none') this.#end(undefined)
  }

  /** The connection ended, which is how some bodies do. */
  endByClose(): void {
    if (this.#framing.kind === 'close' && !this.hasEnded) this.#end(undefined)
  }

  /** Where the body ended, or else the bytes did; BROKEN when it is malformed. */
  read(bytes: Buffer, from: number, to: number): number {
    if (this.hasEnded || from >= to) return from
    switch (this.#framing.kind) {
      case 'none':
        return from
      case 'sized': {
        const end = this.#readData(bytes, from, to)
        if (this.#left === 0) this.#end(undefined)
        return end
      }
      case 'close':
        this.#sink.onBody(bytes, from, to)
        return to
      case 'chunked':
        return this.#readChunks(bytes, from, to)
    }
  }

  #readData(bytes: Buffer, from: number, to: number): number {
    const end = Math.min(to, from + this.#left)
    this.#left -= end - from
    this.#sink.onBody(bytes, from, end)
    return end
  }

  #readChunks(bytes: Buffer, from: number, to: number): number {
    let at = from
    while (at < to) {
      if (this.#place === 'data') {
        at = this.#readData(bytes, at, to)
        if (this.#left === 0) this.#place = 'data-cr'
      } else if (this.#place === 'trailers') {
        return this.#readTrailers(bytes, at, to)
      } else {
        if (!this.#follow(bytes[at]!)) return BROKEN
        at += 1
      }
    }
    return at
  }

  /** One byte of what stands between data. False when it may not stand there. */
  #follow(byte: number): boolean {
    switch (this.#place) {
      case 'size':
        return this.#followSize(byte)
      case 'extension':
        return this.#followExtension(byte)
      case 'size-lf':
        this.#place = this.#left === 0 ? 'trailers' : 'data'
        return byte === LF
      case 'data-cr':
        this.#place = 'data-lf'
        return byte === CR
      case 'data-lf':
        this.#place = 'size'
        this.#digits = 0
        return byte === LF
      case 'data':
      case 'trailers':
        return false
    }
  }

  /** Nobody uses extensions and readers disagree about them: only plain ones are taken, and they end here. */
  #followExtension(byte: number): boolean {
    const before = this.#lastOfExtension
    this.#lastOfExtension = byte
    if (byte === CR) {
      this.#place = 'size-lf'
      return before !== SEMICOLON
    }
    this.#extensionBytes += 1
    if (this.#extensionBytes > EXTENSION_BYTES_MAX) return false
    return TOKEN[byte] === 1 || (before !== SEMICOLON && (byte === SEMICOLON || byte === EQUALS))
  }

  #followSize(byte: number): boolean {
    const digit = HEX[byte]!
    if (digit === 255) {
      this.#place = byte === CR ? 'size-lf' : 'extension'
      this.#lastOfExtension = byte
      return this.#digits > 0 && (byte === CR || byte === SEMICOLON)
    }
    this.#digits += 1
    this.#left = this.#left * 16 + digit
    return this.#digits <= SIZE_DIGITS_MAX
  }

  #readTrailers(bytes: Buffer, from: number, to: number): number {
    // The common end: no trailers, just an empty line.
    if (this.#trailers === undefined && to - from >= 2 && bytes[from] === CR && bytes[from + 1] === LF) {
      this.#end(undefined)
      return from + 2
    }
    const kept = this.#trailers?.length ?? 0
    const all =
      kept === 0 ? bytes.subarray(from, to) : Buffer.concat([this.#trailers!, bytes.subarray(from, to)])
    const fields: number[] = []
    const end = readFields(all, 0, all.length, 0, fields, TRAILERS_MAX)
    if (end < 0) return BROKEN
    if (end === INCOMPLETE) {
      if (all.length > TRAILER_BYTES_MAX) return BROKEN
      this.#trailers = Buffer.from(all)
      return to
    }
    if (saysHowLong(fields)) return BROKEN
    this.#end(fields.length === 0 ? undefined : new HeaderSet(all.toString('latin1', 0, end), fields))
    return from + end - kept
  }

  #end(trailers: HeaderSet | undefined): void {
    this.hasEnded = true
    this.#sink.onBodyEnd(trailers)
  }
}

/** How long a body is must be said before it. */
function saysHowLong(fields: readonly number[]): boolean {
  for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
    if (fields[at] === FIELD.contentLength || fields[at] === FIELD.transferEncoding) return true
  }
  return false
}
