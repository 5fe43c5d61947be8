// The file that a router's access log goes to: written in large pieces, at least once a second, and opened anew on
// SIGHUP, as programs that rotate logs expect.
import pino from 'pino'

export type AccessFile = {
  readonly write: (line: string) => void
  /** Writes what is left. */
  readonly close: () => void
}

/** Just below the most that is written at once. */
const PIECE_BYTES = 16_000
const WRITE_AT_LEAST_EVERY_MS = 1_000

/** `-` is the standard output. A disk that is full costs lines, never requests. */
export function openAccessFile(path: string, log: pino.Logger): AccessFile {
  const file = pino.destination({
    dest: path === '-' ? 1 : path,
    minLength: PIECE_BYTES,
    maxLength: 256 * PIECE_BYTES,
    sync: false,
    append: true,
    mkdir: true,
  })
  file.on('error', (error: Error) => log.warn({ error: error.message }, 'the access log cannot be written'))
  const timer = setInterval(() => file.flush(), WRITE_AT_LEAST_EVERY_MS)
  timer.unref()
  if (path !== '-') process.on('SIGHUP', () => file.reopen())
  return {
    write: (line) => void file.write(line),
    close: () => {
      clearInterval(timer)
      file.flushSync()
    },
  }
}
