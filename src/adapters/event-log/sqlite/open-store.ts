import { accessSync, constants, existsSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { backupFolder, damageFailure } from './damage.ts'
import { makeFolder, putInPlace } from './durable-files.ts'
import { APPLICATION_ID, MIGRATIONS, type Migration } from './migrations.ts'
import { checkRecentEvents } from './quick-check.ts'
import { integer } from './rows.ts'
import { asStoreFailure, corrupt, failure, isCorruption, readOnly } from './sqlite-failure.ts'
import { inspectStoreFile } from './store-file.ts'
import { takeStoreLock } from './store-lock.ts'
import { newestVersion, refuseNewer, storeVersion, upgrade } from './store-version.ts'

export type StoreOptions = {
  /** Where the store is or shall be; its folder is made. Beside it lie `-wal`, `-shm`, `.lock` and `.holder`. */
  readonly file: string
  /**
   * `FULL`, the default, survives a power cut. `NORMAL` survives a crash of the process only, and is there to show
   * that the measurements can tell the two apart.
   */
  readonly synchronous?: 'FULL' | 'NORMAL'
  readonly migrations?: readonly Migration[]
}

export type OpenedStore = {
  readonly file: string
  readonly store: DatabaseSync
  readonly lastPosition: number
  /** Closes the store, then lets the next server have it. */
  close(): void
}

/** How long a foreign reader or writer (a person with the sqlite3 shell) may hold things up. */
const FOREIGN_WAIT_MS = 1_000
const PAGE_CACHE_KIB = 32 * 1024
/** The write-ahead log is cut back to this after a burst. */
const WAL_BYTES_KEPT = 16 * 1024 * 1024

/** Opens the store, or makes an empty one; throws PortFailure with the reason when it must not be worked with. */
export function openStore(options: StoreOptions): OpenedStore {
  const file = preparePlace(options.file)
  const migrations = options.migrations ?? MIGRATIONS
  const lock = takeStoreLock(file)
  let store: DatabaseSync | undefined
  try {
    const look = inspectStoreFile(file)
    if (look.state === 'damaged') throw corrupt(look.what)
    if (look.state === 'absent') createEmptyStore(file, migrations)
    const { version, lastPosition } = examine(file, newestVersion(migrations))
    store = connect(file, options.synchronous ?? 'FULL')
    if (version < newestVersion(migrations)) bringUpToDate(store, file, migrations)
    return { file, store, lastPosition, close: () => closeBoth(store, lock) }
  } catch (error) {
    const failed = explain(error, file)
    closeBoth(store, lock)
    throw failed
  }
}

/** Makes the folder, checks that it can be written, and finds the one true path: two paths would be two locks. */
function preparePlace(file: string): string {
  const folder = dirname(file)
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK)
    if (!existsSync(file)) return join(realpathSync(folder), basename(file))
    accessSync(file, constants.W_OK)
    return realpathSync(file)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    if (/EACCES|EROFS|EPERM/.test(said)) throw readOnly(folder, error)
    throw asStoreFailure(error, file)
  }
}

/** The store appears under its name only when it is one, so that an empty file there is damage and no new store. */
function createEmptyStore(file: string, migrations: readonly Migration[]): void {
  const unfinished = `${file}.new`
  for (const rest of [unfinished, `${unfinished}-journal`]) rmSync(rest, { force: true })
  const store = new DatabaseSync(unfinished)
  try {
    upgrade(store, migrations)
  } finally {
    store.close()
  }
  putInPlace(unfinished, file)
}

function connect(file: string, synchronous: 'FULL' | 'NORMAL'): DatabaseSync {
  // Event rows name streams that were looked up just before; `checkStore` checks the references of the whole store.
  const store = new DatabaseSync(file, { timeout: FOREIGN_WAIT_MS, enableForeignKeyConstraints: false })
  store.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${synchronous};
    PRAGMA cache_size = -${PAGE_CACHE_KIB};
    PRAGMA journal_size_limit = ${WAL_BYTES_KEPT};
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
  `)
  return store
}

/** Without the right to write: a store that turns out to be damaged, newer or not ours is left exactly as it was. */
function examine(file: string, newest: number): { readonly version: number; readonly lastPosition: number } {
  using store = new DatabaseSync(file, { readOnly: true, timeout: FOREIGN_WAIT_MS })
  const id = store.prepare('PRAGMA application_id').get()
  if (id === undefined || integer(id, 'application_id') !== APPLICATION_ID) {
    throw failure('not-a-store', `${file} is a database of another program: choose another file`, 'never')
  }
  const version = storeVersion(store)
  refuseNewer(file, version, newest)
  return { version, lastPosition: checkRecentEvents(store) }
}

/** The older program cannot work with an upgraded store; the copy made here is its way back. */
function bringUpToDate(store: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  const copy = join(backupFolder(file), `before-upgrade-to-${newestVersion(migrations)}.sqlite`)
  makeFolder(dirname(copy))
  rmSync(`${copy}.part`, { force: true })
  store.prepare('VACUUM INTO ?').run(`${copy}.part`)
  putInPlace(`${copy}.part`, copy)
  upgrade(store, migrations)
}

function explain(error: unknown, file: string): Error {
  if (!isCorruption(error)) return asStoreFailure(error, file)
  return damageFailure(file, error instanceof Error ? error.message : String(error), error)
}

function closeBoth(store: DatabaseSync | undefined, lock: { release(): void }): void {
  try {
    if (store?.isOpen) store.close()
  } finally {
    lock.release()
  }
}
