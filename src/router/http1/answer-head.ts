// The head of an answer (RFC 9112, 4 and 6). An instance that writes anything else than HTTP/1 is not passed on.
import { FIELD } from './field-names.ts'
import { FIELD_NUMBERS, INCOMPLETE, MALFORMED, readFields } from './header-fields.ts'
import { declaredFraming, HeaderSet, NO_BODY, UNTIL_CLOSE } from './message-head.ts'
import type { Framing } from './message-head.ts'
import { CR, LF, SPACE, VALUE } from './octets.ts'

export class AnswerHead extends HeaderSet {
  readonly status: number
  readonly reason: string
  readonly framing: Framing
  readonly connection: string | undefined
  /** The instance will take another request on this connection. */
  readonly keepsConnection: boolean
  readonly length: number

  constructor(parts: {
    readonly text: string
    readonly fields: readonly number[]
    readonly status: number
    readonly reason: string
    readonly framing: Framing
    readonly connection: string | undefined
    readonly isHttp11: boolean
  }) {
    super(parts.text, parts.fields)
    this.status = parts.status
    this.reason = parts.reason
    this.framing = parts.framing
    this.connection = parts.connection
    this.keepsConnection = keeps(parts.connection, parts.isHttp11) && parts.framing.kind !== 'close'
    this.length = parts.text.length
  }
}

/** INCOMPLETE asks for more bytes; MALFORMED is no answer that can be passed on. */
export function readAnswerHead(
  bytes: Buffer,
  from: number,
  to: number,
  options: { readonly headersMax: number; readonly isToHead: boolean },
): AnswerHead | typeof INCOMPLETE | typeof MALFORMED {
  const status = readStatusLine(bytes, from, to)
  if (status <= 0) return status === INCOMPLETE ? INCOMPLETE : MALFORMED
  const fields: number[] = []
  const end = readFields(bytes, lineEnd, to, from, fields, options.headersMax)
  if (end <= 0) return end === INCOMPLETE ? INCOMPLETE : MALFORMED
  const text = bytes.toString('latin1', from, end)
  const isHttp11 = bytes[from + 7] === 0x31
  const headers = new HeaderSet(text, fields)
  const declared = declaredFraming(headers, isHttp11)
  if (declared === 'contradictory') return MALFORMED
  const hasNone = options.isToHead || status < 200 || status === 204 || status === 304
  const framing = hasNone ? NO_BODY : (declared ?? UNTIL_CLOSE)
  const reason = text.slice(13, lineEnd - from - 2)
  const connection = connectionOf(headers)
  return new AnswerHead({ text, fields, status, reason, framing, connection, isHttp11 })
}

/** Where the status line that was read last ended. */
let lineEnd = 0

function readStatusLine(bytes: Uint8Array, from: number, to: number): number {
  for (let at = 0; at < 9; at += 1) {
    if (from + at >= to) return INCOMPLETE
    const byte = bytes[from + at]!
    if (at === 7 ? byte !== 0x30 && byte !== 0x31 : byte !== STATUS_LINE.charCodeAt(at)) return MALFORMED
  }
  let status = 0
  for (let at = 9; at < 12; at += 1) {
    if (from + at >= to) return INCOMPLETE
    const digit = bytes[from + at]! - 0x30
    if (digit < 0 || digit > 9) return MALFORMED
    status = status * 10 + digit
  }
  if (status < 100) return MALFORMED
  let at = from + 12
  if (at >= to) return INCOMPLETE
  // Some leave the space out where they have no reason to tell.
  if (bytes[at] !== SPACE && bytes[at] !== CR) return MALFORMED
  while (at < to && VALUE[bytes[at]!] === 1) at += 1
  if (at + 1 >= to) return at < to && bytes[at] !== CR ? MALFORMED : INCOMPLETE
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return MALFORMED
  lineEnd = at + 2
  return status
}

const STATUS_LINE = 'HTTP/1.1 '

function connectionOf(headers: HeaderSet): string | undefined {
  const { fields } = headers
  for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
    if (fields[at] === FIELD.connection) return headers.joined(FIELD.connection)
  }
  return undefined
}

/** Whether a Connection header leaves the connection open. */
export function keeps(connection: string | undefined, isHttp11: boolean): boolean {
  if (connection === undefined) return isHttp11
  if (/(?:^|[\s,])close(?:$|[\s,])/i.test(connection)) return false
  return isHttp11 || /(?:^|[\s,])keep-alive(?:$|[\s,])/i.test(connection)
}
