import type { DatabaseSync } from 'node:sqlite'
import { APPLICATION_ID, type Migration } from './migrations.ts'
import { integer } from './rows.ts'
import { failure } from './sqlite-failure.ts'

/** 0 for a file that is not yet a store, or is somebody else's. */
export function storeVersion(store: DatabaseSync): number {
  const table = store.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`).get()
  if (table === undefined) return 0
  const row = store.prepare(`SELECT value FROM meta WHERE name = 'store-version'`).get()
  return row === undefined ? 0 : integer(row, 'value')
}

export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.to ?? 0
}

/** Throws when this program must not work with a store of that version. */
export function refuseNewer(file: string, version: number, newest: number): void {
  if (version <= newest) return
  const versions = `has store version ${version} and this program knows versions up to ${newest}`
  const advice = `start the newer program again, or put back the copy it made (backups/before-upgrade-to-*.sqlite)`
  throw failure('newer-store', `${file} ${versions}: ${advice}`, 'never')
}

/** Takes all steps that are missing, each in a transaction of its own: a step is done wholly or not at all. */
export function upgrade(store: DatabaseSync, migrations: readonly Migration[]): void {
  store.exec(`
    PRAGMA application_id = ${APPLICATION_ID};
    CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `)
  const note = store.prepare(`INSERT OR REPLACE INTO meta VALUES ('store-version', ?)`)
  for (const step of migrations) {
    if (step.to <= storeVersion(store)) continue
    store.exec('BEGIN IMMEDIATE')
    try {
      step.up(store)
      note.run(step.to)
      store.exec('COMMIT')
    } catch (error) {
      if (store.isTransaction) store.exec('ROLLBACK')
      throw error
    }
  }
}
