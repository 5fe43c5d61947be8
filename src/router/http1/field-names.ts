// Header names that mean something to a proxy, recognised without making a string: by a hash that is summed up while
// the name is read, and a comparison.
import { FOLDED } from './octets.ts'

/** What a header is to us. `other` is passed on and never looked at. */
export const FIELD = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  te: 6,
  expect: 7,
  /** Ends at this hop, whatever it says. */
  hop: 8,
  /** `X-Sluice-...`: ours, and never believed. */
  own: 9,
  /** `X-Forwarded-...` and the like: believed from a trusted proxy only. */
  forwarded: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  date: 14,
  contentType: 15,
  traceparent: 16,
  /** `Content_Length` and the like: some would take it for the name with a dash, and then the body ends elsewhere. */
  twoWays: 17,
} as const

const KNOWN: Readonly<Record<string, number>> = {
  host: FIELD.host,
  'content-length': FIELD.contentLength,
  'transfer-encoding': FIELD.transferEncoding,
  connection: FIELD.connection,
  upgrade: FIELD.upgrade,
  te: FIELD.te,
  expect: FIELD.expect,
  'keep-alive': FIELD.hop,
  'proxy-connection': FIELD.hop,
  'proxy-authenticate': FIELD.hop,
  'proxy-authorization': FIELD.hop,
  'http2-settings': FIELD.hop,
  forwarded: FIELD.forwarded,
  'x-real-ip': FIELD.forwarded,
  'x-forwarded-for': FIELD.forwardedFor,
  'x-forwarded-proto': FIELD.forwardedProto,
  'x-forwarded-host': FIELD.forwardedHost,
  date: FIELD.date,
  'content-type': FIELD.contentType,
  traceparent: FIELD.traceparent,
}

const PREFIXES: readonly (readonly [prefix: Uint8Array, id: number])[] = [
  [bytesOf('x-sluice-'), FIELD.own],
  [bytesOf('x-forwarded-'), FIELD.forwarded],
]
const UNDERSCORE = 0x5f
const SLOTS = 1024
const names: (Uint8Array | undefined)[] = Array.from({ length: SLOTS })
const ids = new Uint8Array(SLOTS)
for (const [name, id] of Object.entries(KNOWN)) {
  const bytes = bytesOf(name)
  const slot = bytes.reduce(addToHash, 0) & (SLOTS - 1)
  if (names[slot] !== undefined) throw new Error(`two known header names share a slot: ${name}`)
  names[slot] = bytes
  ids[slot] = id
}

/** The hash of a name with one more byte, which is folded already. */
export function addToHash(hash: number, folded: number): number {
  return (Math.imul(hash, 31) + folded) | 0
}

/** One of FIELD for the name at these bytes, whose hash was summed up by `addToHash`. */
export function fieldId(bytes: Uint8Array, from: number, to: number, hash: number): number {
  const slot = hash & (SLOTS - 1)
  const name = names[slot]
  if (name !== undefined && name.length === to - from && startsWith(bytes, from, name)) {
    const id = ids[slot]!
    const decides = id === FIELD.host || id === FIELD.contentLength || id === FIELD.transferEncoding
    return decides && bytes.subarray(from, to).includes(UNDERSCORE) ? FIELD.twoWays : id
  }
  if (FOLDED[bytes[from]!] !== 0x78 || to - from < 9) return FIELD.other
  for (const [prefix, id] of PREFIXES) {
    if (to - from >= prefix.length && startsWith(bytes, from, prefix)) return id
  }
  return FIELD.other
}

function startsWith(bytes: Uint8Array, from: number, name: Uint8Array): boolean {
  for (let at = 0; at < name.length; at += 1) if (FOLDED[bytes[from + at]!] !== name[at]) return false
  return true
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
}
