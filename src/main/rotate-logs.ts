// Logs of programs that hold their own file open and know nothing of rotation: what is in one is copied aside and the
// file is emptied, so that they write on into it from its beginning. All of them open it to append.
import {
  closeSync,
  type Dirent,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

export type LogLimits = {
  /** A log that is larger is put aside. */
  readonly bytesMax: number
  /** So many older pieces are kept of each: `server.log.1` is the newest. */
  readonly kept: number
}

/** With four logs that is 200 MiB at the most. */
export const LOG_LIMITS: LogLimits = { bytesMax: 10 * 1024 ** 2, kept: 4 }

const LOOK_MS = 2_000
const CHUNK_BYTES = 64 * 1024
/** Rotates by itself, and is opened by its name. */
const OWN_ROTATION = 'access.log'

/** Looks every few seconds until it is told to stop. A disk that is full says so once, and is tried again. */
export function watchLogs(
  folder: string,
  onTrouble: (error: unknown) => void,
  limits: LogLimits = LOG_LIMITS,
): () => void {
  let isTroubled = false
  const look = (): void => {
    try {
      rotateLogs(folder, limits)
      isTroubled = false
    } catch (error) {
      if (!isTroubled) onTrouble(error)
      isTroubled = true
    }
  }
  look()
  const timer = setInterval(look, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/** Throws what the disk says, after the other logs were looked at. */
export function rotateLogs(folder: string, limits: LogLimits): void {
  let trouble: unknown
  for (const file of logsIn(folder))
    try {
      if (statSync(file).size > limits.bytesMax) putAside(file, limits)
    } catch (error) {
      trouble ??= error
    }
  if (trouble !== undefined) throw trouble
}

function logsIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry: Dirent) => entry.isFile() && entry.name.endsWith('.log') && entry.name !== OWN_ROTATION)
    .map((entry) => join(folder, entry.name))
}

function putAside(file: string, { bytesMax, kept }: LogLimits): void {
  const unfinished = `${file}.part`
  try {
    copyEnd(file, unfinished, bytesMax)
    // Between the last byte that was read and this a line may be written, and be lost: the programs go on meanwhile.
    truncateSync(file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
  rmSync(`${file}.${kept}`, { force: true })
  for (let piece = kept - 1; piece >= 1; piece -= 1)
    if (existsSync(`${file}.${piece}`)) renameSync(`${file}.${piece}`, `${file}.${piece + 1}`)
  renameSync(unfinished, `${file}.1`)
}

/** A program that says far too much in one moment is heard out to its end, and not from its beginning. */
function copyEnd(file: string, toFile: string, bytesMax: number): void {
  const from = openSync(file, 'r')
  const to = openSync(toFile, 'w', 0o600)
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    let at = Math.max(0, statSync(file).size - bytesMax)
    for (let bytes = 1; bytes > 0; at += bytes) {
      bytes = readSync(from, chunk, 0, chunk.length, at)
      writeSync(to, chunk, 0, bytes)
    }
  } finally {
    closeSync(from)
    closeSync(to)
  }
}
