// The file that a router's access log goes to: written in large pieces, at least once a second, put aside when it has
// grown large, and opened anew on SIGHUP, as programs that rotate logs expect.
import { renameSync, statSync } from 'node:fs'
import pino from 'pino'

export type AccessFile = {
  readonly write: (line: string) => void
  /** Writes what is left. */
  readonly close: () => void
}

/** Just below the most that is written at once. */
const PIECE_BYTES = 16_000
const WAITING_BYTES_MAX = 4 * 1024 * 1024
const WRITE_AT_LEAST_EVERY_MS = 1_000
/** One such file is kept beside the one that is written. */
export const ACCESS_FILE_BYTES_MAX = 64 * 1024 * 1024

/** `-` is the standard output. A disk that is full or slow costs lines, never requests. */
export function openAccessFile(
  path: string,
  onTrouble: (error: Error) => void,
  bytesMax = ACCESS_FILE_BYTES_MAX,
): AccessFile {
  const file = pino.destination({
    dest: path === '-' ? 1 : path,
    minLength: PIECE_BYTES,
    maxLength: WAITING_BYTES_MAX,
    sync: false,
    append: true,
    mkdir: true,
  })
  file.on('error', onTrouble)
  const reopen = () => file.reopen()
  let known = inodeOf(path)
  const timer = setInterval(() => {
    file.flush()
    if (path === '-') return
    putAsideIfLarge(path, bytesMax)
    // It may have been another router process that put it aside.
    const found = inodeOf(path)
    if (found !== known) reopen()
    known = found
  }, WRITE_AT_LEAST_EVERY_MS)
  timer.unref()
  if (path !== '-') process.on('SIGHUP', reopen)
  return {
    write: (line) => void file.write(line),
    close: () => {
      clearInterval(timer)
      process.off('SIGHUP', reopen)
      file.flushSync()
      file.end()
    },
  }
}

function putAsideIfLarge(path: string, bytesMax: number): void {
  try {
    if (statSync(path).size >= bytesMax) renameSync(path, `${path}.1`)
  } catch {
    // It is not there yet, or another process was quicker.
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}
