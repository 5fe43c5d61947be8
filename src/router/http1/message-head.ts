// What the heads of requests and answers have in common: their headers, found by name, and how long their body is.
import { FIELD } from './field-names.ts'
import { FIELD_NUMBERS } from './header-fields.ts'

/** `close`: until the connection ends (answers only). */
export type BodyKind = 'none' | 'sized' | 'chunked' | 'close'

export type Framing = {
  readonly kind: BodyKind
  /** Bytes of a sized body. */
  readonly length: number
}

const LENGTH_DIGITS_MAX = 15
export const NO_BODY: Framing = { kind: 'none', length: 0 }
export const CHUNKED: Framing = { kind: 'chunked', length: 0 }
export const UNTIL_CLOSE: Framing = { kind: 'close', length: 0 }

/** The head's text as it came, byte for byte (latin1), and what `readFields` noted of it. */
export class HeaderSet {
  readonly text: string
  readonly fields: readonly number[]

  constructor(text: string, fields: readonly number[]) {
    this.text = text
    this.fields = fields
  }

  /** The first value under a name, written small; undefined when there is none. Cookies may come in several lines. */
  header(name: string): string | undefined {
    const { fields, text } = this
    let cookies: string | undefined
    for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
      const from = fields[at + 1]!
      if (fields[at + 2]! - from !== name.length) continue
      if (text.slice(from, from + name.length).toLowerCase() !== name) continue
      if (name !== 'cookie') return this.valueAt(at)
      cookies = cookies === undefined ? this.valueAt(at) : `${cookies}; ${this.valueAt(at)}`
    }
    return cookies
  }

  /** Values under a name of FIELD, in order; several lines are one list (RFC 9110, 5.3). */
  joined(id: number): string | undefined {
    let found: string | undefined
    for (let at = 0; at < this.fields.length; at += FIELD_NUMBERS) {
      if (this.fields[at] === id)
        found = found === undefined ? this.valueAt(at) : `${found}, ${this.valueAt(at)}`
    }
    return found
  }

  valueAt(at: number): string {
    return this.text.slice(this.fields[at + 3], this.fields[at + 4])
  }

  nameAt(at: number): string {
    return this.text.slice(this.fields[at + 1], this.fields[at + 2])
  }
}

/**
 * How the headers say the body ends, when they say it at all: undefined where they do not, 'contradictory' where two
 * readers could understand them differently (RFC 9112, 6.3 and 11.2). Stricter than it must be: a length said twice
 * is refused even where both agree, and no coding but `chunked` alone is known.
 */
export function declaredFraming(
  headers: HeaderSet,
  isHttp11: boolean,
): Framing | 'contradictory' | undefined {
  const { fields } = headers
  let length: number | undefined
  let isChunked = false
  for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
    const id = fields[at]
    if (id === FIELD.contentLength) {
      const read = readLength(headers.valueAt(at))
      if (length !== undefined || read === undefined) return 'contradictory'
      length = read
    } else if (id === FIELD.transferEncoding) {
      if (isChunked || !isHttp11 || headers.valueAt(at).toLowerCase() !== 'chunked') return 'contradictory'
      isChunked = true
    }
  }
  if (isChunked) return length === undefined ? CHUNKED : 'contradictory'
  if (length === undefined) return undefined
  return length === 0 ? NO_BODY : { kind: 'sized', length }
}

/** Only digits, and few enough to be counted exactly. */
function readLength(text: string): number | undefined {
  if (text.length === 0 || text.length > LENGTH_DIGITS_MAX) return undefined
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return undefined
    length = length * 10 + digit
  }
  return length
}
