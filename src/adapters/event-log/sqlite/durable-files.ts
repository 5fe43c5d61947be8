// Names of files are data too: a new or renamed file is only there after a power cut when its folder was synced.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { recursive: true })
  syncPath(dirname(folder))
}

/** Syncs a file's content, or a folder's list of names. */
export function syncPath(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Puts a finished file in its place, so that there is never half of one under that name. */
export function putInPlace(finished: string, place: string): void {
  syncPath(finished)
  renameSync(finished, place)
  syncPath(dirname(place))
}
