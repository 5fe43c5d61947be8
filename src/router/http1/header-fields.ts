// The lines of a head (or of trailers) up to the empty one, read strictly: CR LF ends a line and nothing else does, a
// name is a token, no line is folded. What is found is noted as numbers; no string is made here.
import { addToHash, FIELD, fieldId } from './field-names.ts'
import { COLON, CR, FOLDED, HTAB, LF, SPACE, TOKEN, VALUE } from './octets.ts'

/** Per header: one of FIELD, where its name starts and ends, where its value starts and ends. */
export const FIELD_NUMBERS = 5

/** More bytes are needed. */
export const INCOMPLETE = 0
export const MALFORMED = -1
export const TOO_MANY = -2

/**
 * Reads from `from` and returns where the next thing begins, behind the empty line, or one of the three above.
 * Positions in `fields` count from `base`.
 */
export function readFields(
  bytes: Uint8Array,
  from: number,
  to: number,
  base: number,
  fields: number[],
  countMax: number,
): number {
  let at = from
  let count = 0
  for (;;) {
    if (at >= to) return INCOMPLETE
    if (bytes[at] === CR) {
      if (at + 1 >= to) return INCOMPLETE
      return bytes[at + 1] === LF ? at + 2 : MALFORMED
    }
    const nameAt = at
    let hash = 0
    while (at < to && TOKEN[bytes[at]!] === 1) {
      hash = addToHash(hash, FOLDED[bytes[at]!]!)
      at += 1
    }
    if (at >= to) return INCOMPLETE
    if (at === nameAt || bytes[at] !== COLON) return MALFORMED
    const nameEnd = at
    at += 1
    while (at < to && (bytes[at] === SPACE || bytes[at] === HTAB)) at += 1
    const valueAt = at
    while (at < to && VALUE[bytes[at]!] === 1) at += 1
    if (at >= to) return INCOMPLETE
    if (bytes[at] !== CR) return MALFORMED
    if (at + 1 >= to) return INCOMPLETE
    if (bytes[at + 1] !== LF) return MALFORMED
    let valueEnd = at
    while (valueEnd > valueAt && (bytes[valueEnd - 1] === SPACE || bytes[valueEnd - 1] === HTAB))
      valueEnd -= 1
    count += 1
    if (count > countMax) return TOO_MANY
    const id = fieldId(bytes, nameAt, nameEnd, hash)
    if (id === FIELD.twoWays) return MALFORMED
    fields.push(id, nameAt - base, nameEnd - base, valueAt - base, valueEnd - base)
    at += 2
  }
}
