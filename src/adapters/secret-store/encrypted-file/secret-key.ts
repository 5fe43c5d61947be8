// The key that secrets are encrypted with: from a variable of the server, else from a file that only its owner can read.
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { PortFailure } from '../../../ports/port-failure.ts'

export const KEY_BYTES = 32
/** The variable of the server that may hold the key. */
export const KEY_VARIABLE = 'SLUICE_SECRET_KEY'

export type SecretKey = {
  readonly bytes: Buffer
  /** Tells keys apart and gives nothing away. */
  readonly id: string
}

export type KeyPlace = {
  /** What the variable holds. */
  readonly variable: string | undefined
  readonly file: string
}

/** Undefined when there is none. Throws for one that is no key, or that others can read. */
export function readKey({ variable, file }: KeyPlace): SecretKey | undefined {
  if (variable !== undefined && variable !== '') return parseKey(variable, `the variable ${KEY_VARIABLE}`)
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  if ((found.mode & 0o077) !== 0)
    throw new PortFailure(
      `the key file ${file} can be read by others (mode ${(found.mode & 0o777).toString(8)}): chmod 600 ${file}, and change the key if somebody may have read it`,
      { code: 'secret-store/key-not-private', again: 'never' },
    )
  return parseKey(readFileSync(file, 'utf8'), file)
}

/** Makes a key for the first secret. The file is new, or this throws: a key that is there is never replaced. */
export function makeKey({ file }: KeyPlace): SecretKey {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = randomBytes(KEY_BYTES).toString('hex')
  const opened = openSync(file, 'wx', 0o600)
  try {
    writeSync(opened, `${text}\n`)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
  return parseKey(text, file)
}

/** 64 hex digits, or the same 32 bytes in base64: a word that people think up is no key. */
function parseKey(text: string, where: string): SecretKey {
  const word = text.trim()
  const bytes = /^[0-9a-f]{64}$/i.test(word)
    ? Buffer.from(word, 'hex')
    : /^[A-Za-z0-9+/]{43}=$/.test(word)
      ? Buffer.from(word, 'base64')
      : undefined
  if (bytes?.length !== KEY_BYTES)
    throw new PortFailure(
      `${where} holds no key: it must be 32 random bytes, written as 64 hex digits or in base64 (openssl rand -hex 32)`,
      { code: 'secret-store/bad-key', again: 'never' },
    )
  return {
    bytes,
    id: createHash('sha256').update('sluice secret key').update(bytes).digest('hex').slice(0, 12),
  }
}
