// The floor of power-cut.ts: a file, write and fsync, none of our code. What this loses, the kernel lost.
//
//   node fsync-floor.ts FILE
import { fsyncSync, openSync, writeSync } from 'node:fs'

/** Bytes of a line; a whole line of number `n` says that everything up to `n` is there. */
export const FLOOR_LINE_BYTES = 370

if (import.meta.main) {
  const file = openSync(process.argv[2] ?? '', 'a')
  writeSync(1, 'ready\n')
  try {
    for (let n = 1; ; n++) {
      writeSync(file, `${String(n).padEnd(FLOOR_LINE_BYTES - 1)}\n`)
      fsyncSync(file)
      writeSync(1, `floor ${n}\n`)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    writeSync(1, `failed ${code === 'EIO' ? 'floor/disk-error' : code}\n`)
  }
}
