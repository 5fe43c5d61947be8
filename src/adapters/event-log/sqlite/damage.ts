// What to tell a person whose store is damaged: how far it can still be read, and which copy to put back.
// Nothing here writes to the damaged file: it may be all there is.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { PortFailure } from '../../../ports/port-failure.ts'
import { checkRecentEvents } from './quick-check.ts'
import { integer } from './rows.ts'
import { corrupt } from './sqlite-failure.ts'
import { inspectStoreFile } from './store-file.ts'

export type Backup = { readonly file: string; readonly lastPosition: number }

export function damageFailure(file: string, what: string, cause?: unknown): PortFailure {
  const last = lastReadablePosition(file)
  const readable = last === 0 ? 'no event can be read' : `events up to position ${last} can be read`
  const lost = last === 0 ? 'all may be lost' : 'what came after it may be lost'
  const backup = newestGoodBackup(file)
  const advice =
    backup === undefined
      ? `There is no good backup in ${backupFolder(file)}; keep the damaged files and put back a copy from elsewhere`
      : `"sluice down", then "sluice restore ${backup.file}" puts back a backup that is good up to position ${backup.lastPosition}`
  return corrupt(`${file} is damaged: ${what}; ${readable}, ${lost}. Nothing was changed. ${advice}.`, cause)
}

export function backupFolder(file: string): string {
  return join(dirname(file), 'backups')
}

/** The newest copy beside the store that is whole, by the same look that a store gets when it is opened. */
export function newestGoodBackup(file: string): Backup | undefined {
  const folder = backupFolder(file)
  if (!existsSync(folder)) return undefined
  const copies = readdirSync(folder)
    .filter((name) => name.endsWith('.sqlite'))
    .map((name) => ({ file: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at)
  for (const copy of copies) {
    const lastPosition = lastPositionIfGood(copy.file)
    if (lastPosition !== undefined) return { file: copy.file, lastPosition }
  }
  return undefined
}

function lastPositionIfGood(file: string): number | undefined {
  try {
    if (inspectStoreFile(file).state !== 'whole') return undefined
    using store = new DatabaseSync(file, { readOnly: true })
    return checkRecentEvents(store)
  } catch {
    // A copy that cannot be read is not a good one; the next older one may be.
    return undefined
  }
}

/** The last position before the first event that cannot be read. Reads all of them: damage is rare and worth it. */
function lastReadablePosition(file: string): number {
  let last = 0
  try {
    using store = new DatabaseSync(file, { readOnly: true, defensive: false })
    // Without this SQLite reads nothing at all of a file that lost its end. The connection cannot write.
    store.exec('PRAGMA writable_schema = ON')
    const events = store.prepare('SELECT position, json_valid(data) AS valid FROM events ORDER BY position')
    for (const row of events.iterate()) {
      if (integer(row, 'valid') !== 1) break
      last = integer(row, 'position')
    }
  } catch {
    // This is where the readable part ends.
  }
  return last
}
