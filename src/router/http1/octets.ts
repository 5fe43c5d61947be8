// What a byte may be in an HTTP/1.1 message (RFC 9110, 5.5 and 5.6.2), as tables: one look-up a byte.

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const HASH = 0x23
export const ASTERISK = 0x2a
export const SLASH = 0x2f
export const COLON = 0x3a
export const SEMICOLON = 0x3b
export const EQUALS = 0x3d

/** 1 for what a method or a header's name is made of. */
export const TOKEN = marked((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)))
/** 1 for what may stand in a header's value: anything but control characters; tabs are allowed. */
export const VALUE = marked((byte) => byte === HTAB || (byte >= SPACE && byte !== 0x7f))
/** 1 for what may stand in a request's target: visible ASCII. A fragment has no business there. */
export const TARGET = marked((byte) => byte > SPACE && byte < 0x7f && byte !== HASH)
/** A name's byte as names are compared: small, and `_` as `-`, because some servers read `X_Forwarded_For` so. */
export const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 0x20
  return byte === 0x5f ? 0x2d : byte
})
/** The value of a hexadecimal digit; 255 for anything else. */
export const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const sign = String.fromCharCode(byte)
  return /[0-9a-fA-F]/.test(sign) ? Number.parseInt(sign, 16) : 255
})

function marked(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0))
}
