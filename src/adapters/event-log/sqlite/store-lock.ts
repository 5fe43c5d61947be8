// One server per store. The lock is one of the operating system's, held through a file that nothing else opens: it
// ends with the process, however that ends, and a pid that was given to somebody else cannot be mistaken for it.
// The `.holder` file only tells people whom to look for; it decides nothing.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { asStoreFailure, failure, isBusy } from './sqlite-failure.ts'

/** Two that start at the same moment see each other for an instant; one of them wins within this. */
const WAIT_MS = 300

export type StoreLock = { release(): void }

export function takeStoreLock(file: string): StoreLock {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(`${file}.lock`, { timeout: WAIT_MS })
    // No journal file: nothing is ever written to this one.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    writeFileSync(`${file}.holder`, JSON.stringify({ pid: process.pid, host: hostname() }))
  } catch (error) {
    lock?.close()
    if (!isBusy(error)) throw asStoreFailure(error, `${file}.lock`)
    const advice = 'stop it first, or give this server a state folder of its own'
    throw failure('in-use', `${file} is in use by ${holderOf(file)}: ${advice}`, 'never', error)
  }
  const held = lock
  return {
    release() {
      try {
        rmSync(`${file}.holder`, { force: true })
      } catch {
        // The disk is gone, and a name that is left behind decides nothing.
      } finally {
        held.close()
      }
    },
  }
}

function holderOf(file: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(`${file}.holder`, 'utf8'))
    if (typeof holder === 'object' && holder !== null && 'pid' in holder && 'host' in holder) {
      return `process ${String(holder.pid)} on ${String(holder.host)}`
    }
  } catch {
    // The holder has the lock and has not said yet who it is, or could not.
  }
  return 'another process'
}
