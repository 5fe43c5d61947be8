// The file that sealed values are in. Read anew for every question: it is small, and a restored one counts at once.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { PortFailure } from '../../../ports/port-failure.ts'

const fileShape = z.object({
  format: z.literal(1),
  /** The newest version ever given, by environment and name: a version is not used twice, also after `retain`. */
  newest: z.record(z.string(), z.number()),
  secrets: z.array(
    z.object({
      service: z.string(),
      stage: z.string(),
      name: z.string(),
      version: z.int(),
      key: z.string(),
      nonce: z.string(),
      data: z.string(),
      tag: z.string(),
    }),
  ),
})

export type SecretFile = z.infer<typeof fileShape>
export type SecretRow = SecretFile['secrets'][number]

const EMPTY: SecretFile = { format: 1, newest: {}, secrets: [] }

export function readSecretFile(file: string): SecretFile {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return EMPTY
    throw unreadable(file, error)
  }
  try {
    return fileShape.parse(JSON.parse(text))
  } catch {
    // What a parser says of it may quote it.
    throw unreadable(file)
  }
}

/** On disk when it returns; a kill leaves the old file or the new one. */
export function writeSecretFile(file: string, content: SecretFile): void {
  const draft = `${file}.draft`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const opened = openSync(draft, 'w', 0o600)
    try {
      writeSync(opened, JSON.stringify(content))
      fsyncSync(opened)
    } finally {
      closeSync(opened)
    }
    renameSync(draft, file)
    const folder = openSync(dirname(file), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch (error) {
    throw new PortFailure(`${file} cannot be written, so the secret was not kept: ${wordsOf(error)}`, {
      code: 'secret-store/not-written',
      again: 'retry',
      cause: error,
    })
  }
}

function unreadable(file: string, cause?: unknown): PortFailure {
  const why = cause === undefined ? 'it is not what was written there' : wordsOf(cause)
  return new PortFailure(`${file} cannot be read (${why}): put it back from a backup`, {
    code: 'secret-store/unreadable',
    again: 'never',
    cause,
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
