// Why the server of this machine does not run: what its last start said, read from the end of its log. The routers and
// instances go on without it, so nobody notices before a command finds no server.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'

const LOG_BYTES_MAX = 64 * 1024
const REFUSED = 'sluice server: '
const STARTED = 'server ready on '

/** The server's own sentence when its newest start was refused; null when it started, or nothing is known. */
export function startRefusal(state: string): string | null {
  const lines = endOf(join(state, 'logs', 'server.log')).split('\n')
  const last = lines.findLast((line) => line.startsWith(REFUSED) || line.startsWith(STARTED))
  return last?.startsWith(REFUSED) ? last.slice(REFUSED.length) : null
}

function endOf(file: string): string {
  let opened: number | undefined
  try {
    opened = openSync(file, 'r')
    const { size } = fstatSync(opened)
    const bytes = Buffer.alloc(Math.min(size, LOG_BYTES_MAX))
    const length = readSync(opened, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, length)
  } catch {
    // No log, or no right to it: then this is not what tells why.
    return ''
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}
