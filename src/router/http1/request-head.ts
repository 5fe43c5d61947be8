// The head of a request, from its first byte to the empty line (RFC 9112, 3 and 5). Whatever two readers could
// understand differently is refused.
import { METHODS } from 'node:http'
import { FIELD } from './field-names.ts'
import { FIELD_NUMBERS, INCOMPLETE, readFields, TOO_MANY } from './header-fields.ts'
import { declaredFraming, HeaderSet, NO_BODY } from './message-head.ts'
import type { Framing } from './message-head.ts'
import { ASTERISK, CR, LF, SPACE, TARGET, TOKEN } from './octets.ts'

export type HeadLimits = {
  readonly targetBytesMax: number
  readonly headersMax: number
}

/** A status between 400 and 505, or INCOMPLETE: more bytes are needed. */
export type HeadTrouble = number

const METHOD_BYTES_MAX = 32
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
const HOST = /^[\w.:[\]~%-]*$/
const ABSOLUTE = /^https?:\/\/([\w.:[\]~%-]+)(\/.*|\?.*)?$/i

export class RequestHead extends HeaderSet {
  readonly method: string
  /** Origin form, or `*`. */
  readonly path: string
  /** As it goes on to the release, with port. Empty where none was named. */
  readonly host: string
  readonly isHttp11: boolean
  readonly framing: Framing
  /** The Connection header, all of it. */
  readonly connection: string | undefined
  /** Bytes of the head. */
  readonly length: number

  constructor(parts: RequestParts) {
    super(parts.text, parts.fields)
    this.method = parts.method
    this.path = parts.path
    this.host = parts.host
    this.isHttp11 = parts.isHttp11
    this.framing = parts.framing
    this.connection = parts.connection
    this.length = parts.text.length
  }

  /** Whether the client waits for a word before it sends its body. */
  get expectsContinue(): boolean {
    return this.isHttp11 && (this.joined(FIELD.expect) ?? '').toLowerCase() === '100-continue'
  }
}

type RequestParts = {
  readonly text: string
  readonly fields: readonly number[]
  readonly method: string
  readonly path: string
  readonly host: string
  readonly isHttp11: boolean
  readonly framing: Framing
  readonly connection: string | undefined
}

/** Reads a head that begins at `from`; `to` is where the bytes known so far end. */
export function readRequestHead(
  bytes: Buffer,
  from: number,
  to: number,
  limits: HeadLimits,
): RequestHead | HeadTrouble {
  let at = from
  while (at < to && TOKEN[bytes[at]!] === 1) at += 1
  const methodEnd = at
  if (methodEnd - from > METHOD_BYTES_MAX) return 400
  if (at >= to) return INCOMPLETE
  if (bytes[at] !== SPACE || methodEnd === from) return 400
  at += 1
  while (at < to && TARGET[bytes[at]!] === 1) at += 1
  const targetEnd = at
  if (targetEnd - methodEnd - 1 > limits.targetBytesMax) return 414
  if (at >= to) return INCOMPLETE
  if (bytes[at] !== SPACE || targetEnd === methodEnd + 1) return 400
  // The preface of HTTP/2 is no request of a later version, but none at all.
  const isAsterisk = targetEnd - methodEnd === 2 && bytes[methodEnd + 1] === ASTERISK
  if (isAsterisk && methodEnd - from !== 'OPTIONS'.length) return 400
  const version = readVersion(bytes, at + 1, to)
  if (version > 2) return version
  if (version === INCOMPLETE) return INCOMPLETE
  const fields: number[] = []
  const end = readFields(bytes, at + 11, to, from, fields, limits.headersMax)
  if (end === INCOMPLETE) return INCOMPLETE
  if (end === TOO_MANY) return 431
  if (end < 0) return 400
  const text = bytes.toString('latin1', from, end)
  return understand(text, fields, methodEnd - from, targetEnd - from, version === 2)
}

/** 1 for HTTP/1.0, 2 for HTTP/1.1, both with the end of their line; else INCOMPLETE or a status. */
function readVersion(bytes: Uint8Array, from: number, to: number): number {
  for (let at = 0; at < 10; at += 1) {
    if (from + at >= to) return INCOMPLETE
    const byte = bytes[from + at]!
    const isDigit = byte >= 0x30 && byte <= 0x39
    if (at === 5 || at === 7 ? !isDigit : byte !== VERSION_LINE.charCodeAt(at)) return 400
  }
  if (bytes[from + 5] !== 0x31) return 505
  const minor = bytes[from + 7]! - 0x30
  return minor > 1 ? 505 : minor + 1
}

const VERSION_LINE = `HTTP/1.1${String.fromCharCode(CR, LF)}`

function understand(
  text: string,
  fields: readonly number[],
  methodEnd: number,
  targetEnd: number,
  isHttp11: boolean,
): RequestHead | HeadTrouble {
  const headers = new HeaderSet(text, fields)
  const method = text.slice(0, methodEnd)
  let host: string | undefined
  let connection: string | undefined
  for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
    const id = fields[at]
    if (id === FIELD.host) {
      if (host !== undefined) return 400
      host = headers.valueAt(at)
    } else if (id === FIELD.connection) {
      connection = connection === undefined ? headers.valueAt(at) : `${connection}, ${headers.valueAt(at)}`
    }
  }
  if ((host === undefined && isHttp11) || !isHost(host ?? '')) return 400
  const target = understandTarget(text.slice(methodEnd + 1, targetEnd), host ?? '', method)
  if (target === undefined) return method === 'CONNECT' ? 405 : 400
  if (method !== 'GET' && !KNOWN_METHODS.has(method)) return 501
  const framing = declaredFraming(headers, isHttp11) ?? NO_BODY
  if (framing === 'contradictory') return 400
  return new RequestHead({ ...target, text, fields, method, isHttp11, framing, connection })
}

let lastHost = ''
/** The same few hosts come again and again. */
function isHost(host: string): boolean {
  if (host === lastHost) return true
  if (!HOST.test(host)) return false
  lastHost = host
  return true
}

function understandTarget(
  target: string,
  host: string,
  method: string,
): { readonly host: string; readonly path: string } | undefined {
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) {
    return method === 'CONNECT' ? undefined : { host, path: target }
  }
  // Absolute form: its host counts, not the Host header's (RFC 9112, 3.2.2).
  const absolute = ABSOLUTE.exec(target)
  if (absolute?.[1] === undefined || method === 'CONNECT') return undefined
  const path = absolute[2] ?? '/'
  return { host: absolute[1], path: path.startsWith('?') ? `/${path}` : path }
}
