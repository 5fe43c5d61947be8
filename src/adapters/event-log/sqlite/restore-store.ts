// Puts a backup in the place of a store, whole or up to one event. What was there before is moved aside, never removed.
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Carried, unload } from './carried-files.ts'
import { checkStore } from './check-store.ts'
import { makeFolder, putInPlace } from './durable-files.ts'
import { integer } from './rows.ts'
import { asStoreFailure, failure } from './sqlite-failure.ts'
import { takeStoreLock } from './store-lock.ts'

export type RestoreWish = {
  readonly backup: string
  readonly file: string
  /** Position of the last event to keep; null for all. */
  readonly until: number | null
  /** Names the folder that takes what was there before. */
  readonly stamp: string
}

export type Restored = Carried & {
  readonly lastPosition: number
  readonly events: number
  /** Where the store that was there before is now; null where there was none. */
  readonly before: string | null
}

/**
 * Throws PortFailure and changes nothing when the backup is not whole or is newer than this program, when a server has
 * the store, or when the event is not in the backup.
 */
export function restoreStore({ backup, file, until, stamp }: RestoreWish): Restored {
  const report = checkStore(backup)
  if (!report.isSound)
    throw failure(
      'bad-backup',
      `${backup} cannot be put back: ${report.problems.slice(0, 3).join('; ')}. Nothing was changed; choose another backup`,
      'never',
    )
  if (until !== null && (until < 1 || until > report.lastPosition))
    throw failure(
      'no-such-event',
      `${backup} has no event ${until}: it holds events up to ${report.lastPosition}. Nothing was changed`,
      'never',
    )
  makeFolder(dirname(file))
  const lock = takeStoreLock(file)
  const draft = `${file}.restored`
  try {
    for (const rest of [draft, `${draft}-journal`, `${draft}-wal`, `${draft}-shm`])
      rmSync(rest, { force: true })
    copyFileSync(backup, draft)
    const taken = prepare(draft, until)
    const before = moveAside(file, stamp)
    putInPlace(draft, file)
    return { ...taken, before }
  } catch (error) {
    rmSync(draft, { force: true })
    throw asStoreFailure(error, file)
  } finally {
    lock.release()
  }
}

function prepare(draft: string, until: number | null): Omit<Restored, 'before'> {
  using store = new DatabaseSync(draft)
  store.exec('PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE')
  const carried = unload(store)
  if (until !== null) cutAfter(store, until)
  store.exec('COMMIT; VACUUM')
  const counted =
    store.prepare('SELECT count(*) AS count, coalesce(max(position), 0) AS last FROM events').get() ?? {}
  return { ...carried, events: integer(counted, 'count'), lastPosition: integer(counted, 'last') }
}

/** Later events go, and with them what was folded from them or had read them. */
function cutAfter(store: DatabaseSync, position: number): void {
  const trigger = store
    .prepare(`SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'events_are_not_removed'`)
    .get()
  store.exec('DROP TRIGGER IF EXISTS events_are_not_removed')
  store.prepare('DELETE FROM events WHERE position > ?').run(position)
  store.exec(`
    DELETE FROM snapshots WHERE version > (SELECT coalesce(max(version), 0) FROM events e WHERE e.stream = snapshots.stream);
    DELETE FROM streams WHERE id NOT IN (SELECT stream FROM events);
    DELETE FROM snapshots WHERE stream NOT IN (SELECT id FROM streams);
  `)
  store.prepare('UPDATE cursors SET position = min(position, ?)').run(position)
  if (typeof trigger?.['sql'] === 'string') store.exec(trigger['sql'])
}

function moveAside(file: string, stamp: string): string | null {
  const parts = [file, `${file}-wal`, `${file}-shm`].filter((part) => existsSync(part))
  if (parts.length === 0) return null
  const aside = join(dirname(file), `before-restore-${stamp}`)
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  for (const part of parts) renameSync(part, join(aside, basename(part)))
  return join(aside, basename(file))
}
