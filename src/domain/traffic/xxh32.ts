// XXH32 with seed 0, of a byte string. HAProxy has the same function as its converter `xxh32`, so that another data
// plane can place a user where ours does. CRC32, djb2 and sdbm, which it also has, are not uniform on short ids.

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

/** Where a text's bytes are laid while it is hashed: no hash waits for another, and none leaves anything to collect. */
let scratch = new Uint8Array(256)

/**
 * Unsigned 32-bit hash of a text whose characters stand for bytes, as Node hands out header values. A character
 * above 255 counts as two bytes, the high one first.
 */
export function xxh32(text: string): number {
  if (scratch.length < text.length * 2) scratch = new Uint8Array(text.length * 2)
  return xxh32Bytes(scratch, 0, layBytes(text, scratch))
}

/** Lays a text's bytes at the start of `into`, which must have room for two per character; how many they were. */
export function layBytes(text: string, into: Uint8Array): number {
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 255) into[length++] = code >>> 8
    into[length++] = code & 255
  }
  return length
}

/** The same of bytes from `start` to `end`. */
export function xxh32Bytes(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  let at = start
  let hash = PRIME_5
  if (length >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0
    let b = PRIME_2 | 0
    let c = 0
    let d = -PRIME_1 | 0
    for (; at <= end - 16; at += 16) {
      a = round(a, word(bytes, at))
      b = round(b, word(bytes, at + 4))
      c = round(c, word(bytes, at + 8))
      d = round(d, word(bytes, at + 12))
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  }
  hash = (hash + length) | 0
  for (; at <= end - 4; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(word(bytes, at), PRIME_3)) | 0, 17), PRIME_4)
  }
  for (; at < end; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at] ?? 0, PRIME_5)) | 0, 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}

function round(lane: number, input: number): number {
  return Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}
