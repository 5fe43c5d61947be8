// One header of a tar archive, as POSIX (ustar, pax) and GNU write it.
import { BadArchive } from './bad-archive.ts'

export const BLOCK_BYTES = 512
const NO_ARCHIVE = 'it is no tar archive, or a damaged one; pack it with: tar -czf artifact.tgz -C FOLDER .'

export type TarHeader = {
  readonly type: string
  readonly path: string
  readonly target: string
  readonly mode: number
  readonly sizeBytes: number
}

/** Null for the block of zeroes that ends an archive. */
export function readHeader(block: Buffer): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null
  if (numberAt(block, 148, 8) !== checksumOf(block))
    throw new BadArchive(
      'it is no tar archive, or a damaged one; pack it with: tar -czf artifact.tgz -C FOLDER .',
    )
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isPosix ? textAt(block, 345, 155) : ''
  const name = textAt(block, 0, 100)
  return {
    type: block.toString('latin1', 156, 157),
    path: prefix === '' ? name : `${prefix}/${name}`,
    target: textAt(block, 157, 100),
    mode: numberAt(block, 100, 8) & 0o777,
    sizeBytes: numberAt(block, 124, 12),
  }
}

/** The sum of all bytes, with its own field read as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 0
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 32 : byte
  return sum
}

/** Octal, or, for what does not fit, a big-endian number behind a set first bit. */
function numberAt(block: Buffer, at: number, length: number): number {
  if ((block[at] ?? 0) >= 0x80) {
    let value = (block[at] ?? 0) & 0x7f
    for (let next = at + 1; next < at + length; next += 1) value = value * 256 + (block[next] ?? 0)
    return checkedSize(value)
  }
  const text = block
    .toString('latin1', at, at + length)
    .replace(/\0.*$/s, '')
    .trim()
  if (!/^[0-7]*$/.test(text)) throw new BadArchive(NO_ARCHIVE)
  return text === '' ? 0 : Number.parseInt(text, 8)
}

export function checkedSize(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new BadArchive('a header of the archive names a size that cannot be')
  return value
}

function textAt(block: Buffer, at: number, length: number): string {
  const end = block.subarray(at, at + length).indexOf(0)
  return utf8(block.subarray(at, end < 0 ? at + length : at + end))
}

export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new BadArchive('a name in the archive is not UTF-8; rename that file')
  }
}

/** `LENGTH key=value\n`, one after the other. */
export function readPax(bytes: Buffer): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at)
    const length = Number.parseInt(bytes.toString('latin1', at, space), 10)
    const end = at + length
    const equals = bytes.indexOf(61, space)
    if (
      space < 0 ||
      equals < 0 ||
      !(length > 0) ||
      end > bytes.length ||
      equals >= end ||
      bytes[end - 1] !== 10
    )
      throw new BadArchive('an extended header of the archive is damaged; pack it anew')
    found.set(utf8(bytes.subarray(space + 1, equals)), utf8(bytes.subarray(equals + 1, end - 1)))
    at = end
  }
  return found
}
