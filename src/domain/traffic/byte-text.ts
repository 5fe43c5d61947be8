// Texts as the bytes a client sends them in. Node hands out header values with one character per byte, so a name with
// an umlaut is looked up by its UTF-8 bytes.

import type { RouteRule } from './route-rule.ts'

/** The rule as it is compared with requests. */
export function inBytes(rule: RouteRule): RouteRule {
  const when = rule.when.map((condition) => {
    const { test } = condition
    if (test.op === 'present') return condition
    if (test.op === 'one-of') return { ...condition, test: { ...test, values: test.values.map(asByteText) } }
    return { ...condition, test: { ...test, value: asByteText(test.value) } }
  })
  return { ...rule, when }
}

/** UTF-8 of a text, one character per byte. */
export function asByteText(text: string): string {
  let bytes = ''
  for (const sign of text) {
    const code = sign.codePointAt(0) ?? 0
    if (code < 0x80) bytes += sign
    else if (code < 0x800) bytes += chars(0xc0 | (code >> 6), low(code))
    else if (code < 0x10000) bytes += chars(0xe0 | (code >> 12), low(code >> 6), low(code))
    else bytes += chars(0xf0 | (code >> 18), low(code >> 12), low(code >> 6), low(code))
  }
  return bytes
}

function low(code: number): number {
  return 0x80 | (code & 0x3f)
}

function chars(...codes: readonly number[]): string {
  return String.fromCharCode(...codes)
}
