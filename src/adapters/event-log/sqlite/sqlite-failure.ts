import { accessSync, constants, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { PortFailure } from '../../../ports/port-failure.ts'

// Primary result codes of SQLite, https://sqlite.org/rescode.html; the upper bytes say more and are cut off.
const BUSY = 5
const LOCKED = 6
const READ_ONLY = 8
const DISK_ERROR = 10
const CORRUPT = 11
const FULL = 13
const CANNOT_OPEN = 14
const CONSTRAINT = 19
const NOT_A_DATABASE = 26

/** Fewer free blocks than this and a failed write is put down to the full disk. */
const FREE_BYTES_MIN = 64 * 1024

export function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

export function isCorruption(error: unknown): boolean {
  const code = resultCode(error)
  if (error instanceof PortFailure) return error.code === 'event-log/corrupt'
  // What was written as JSON and is none now was changed by the disk.
  return code === CORRUPT || code === NOT_A_DATABASE || error instanceof SyntaxError
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === BUSY || code === LOCKED
}

export function isConstraint(error: unknown): boolean {
  return resultCode(error) === CONSTRAINT
}

/** Says in our words what SQLite or the file system said about `file`. */
export function asStoreFailure(error: unknown, file: string): PortFailure {
  if (error instanceof PortFailure) return error
  const said = error instanceof Error ? error.message : String(error)
  const code = resultCode(error)
  if (isCorruption(error)) return corrupt(`${file} is damaged (${said})`, error)
  if (isBusy(error)) {
    return failure('busy', `Another program holds ${file} (${said}); close it`, 'retry', error)
  }
  const folder = dirname(file)
  if (code === FULL || said.includes('ENOSPC') || (isWriteTrouble(code) && isFull(folder))) {
    return failure('full', `The disk under ${folder} is full: nothing was written; make room`, 'retry', error)
  }
  if (code === READ_ONLY || (isWriteTrouble(code) && !isWritable(folder))) return readOnly(folder, error)
  if (code === DISK_ERROR) {
    // After a failed write or sync nobody knows what the disk holds, so that writing on would be guessing.
    const advice = 'look at the disk (dmesg), then start the server again'
    return failure('disk-error', `The disk under ${file} failed (${said}); ${advice}`, 'never', error)
  }
  return failure('failed', `${file}: ${said}`, 'retry', error)
}

export function corrupt(message: string, cause?: unknown): PortFailure {
  return failure('corrupt', message, 'never', cause)
}

export function readOnly(folder: string, cause: unknown): PortFailure {
  const message = `${folder} cannot be written by this user: give it the right to, or choose another state folder`
  return failure('read-only', message, 'never', cause)
}

export function failure(
  what: string,
  message: string,
  again: 'retry' | 'never',
  cause?: unknown,
): PortFailure {
  return new PortFailure(message, { code: `event-log/${what}`, again, cause })
}

function isWriteTrouble(code: number | undefined): boolean {
  return code === DISK_ERROR || code === CANNOT_OPEN
}

function isFull(folder: string): boolean {
  try {
    const disk = statfsSync(folder)
    return disk.bavail * disk.bsize < FREE_BYTES_MIN
  } catch {
    // The folder itself is gone; that is for the next question to find out.
    return false
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
