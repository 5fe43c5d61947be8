import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from '../../../domain/names.ts'

/** Longer names are cut and told apart by their hash; file systems end at 255 bytes. */
const NAME_BYTES_MAX = 120
const HASH_DIGITS = 32

/** The folder of an environment, always exactly two levels below `root`; different environments never share one. */
export function environmentFolder(root: string, { service, stage }: Environment): string {
  return join(root, folderName(service), folderName(stage))
}

/**
 * Lower-case letters, digits and dashes stand for themselves; every other byte is written `%2E`, so that no name is
 * a path, none is hidden, and a disk that ignores case cannot mix two up. `~` marks a cut name, and is in no other.
 */
function folderName(name: string): string {
  const safe = Array.from(Buffer.from(name, 'utf8'), safeByte).join('') || '%'
  if (safe.length <= NAME_BYTES_MAX) return safe
  const hash = createHash('sha256').update(name, 'utf8').digest('hex').slice(0, HASH_DIGITS)
  return `${safe.slice(0, NAME_BYTES_MAX - HASH_DIGITS - 1)}~${hash}`
}

function safeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  return /[a-z0-9-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
