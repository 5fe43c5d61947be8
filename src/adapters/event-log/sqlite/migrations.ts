// Steps that bring a store from one version to the next. A step that was released is never changed again.
import type { DatabaseSync } from 'node:sqlite'
import { writeChain } from './stored-chain.ts'

export type Migration = {
  /** Version of the store after this step; steps are numbered 1, 2, 3 … without a gap. */
  readonly to: number
  readonly up: (store: DatabaseSync) => void
}

/** "Slce", so that another program's SQLite file is not mistaken for a store. */
export const APPLICATION_ID = 0x536c6365

export const MIGRATIONS: readonly Migration[] = [
  { to: 1, up: createTables },
  { to: 2, up: addChain },
]

/**
 * - `events` is indexed twice: by position for readers of the whole log, by (stream, version) for readers of one
 *   stream. The second one is also the last guard against two writers.
 * - A stream's version is not kept anywhere: it is that of its last event, one index look-up away.
 * - Events are for ever, also for a bug of ours or a hasty hand on the command line.
 */
function createTables(store: DatabaseSync): void {
  store.exec(`
    CREATE TABLE streams (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE events (
      position INTEGER PRIMARY KEY,
      stream INTEGER NOT NULL REFERENCES streams (id),
      version INTEGER NOT NULL CHECK (version > 0),
      type TEXT NOT NULL,
      data TEXT NOT NULL,
      UNIQUE (stream, version)
    ) STRICT;
    CREATE TABLE snapshots (
      stream INTEGER PRIMARY KEY REFERENCES streams (id),
      version INTEGER NOT NULL,
      shape INTEGER NOT NULL,
      state TEXT NOT NULL
    ) STRICT;
    CREATE TABLE cursors (
      reader TEXT PRIMARY KEY,
      position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
      BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
    CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
      BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
  `)
}

/** Every event carries a hash over itself and the hash of the one before: a row that is taken out shows. */
function addChain(store: DatabaseSync): void {
  store.exec(`
    ALTER TABLE events ADD COLUMN chain TEXT NOT NULL DEFAULT '';
    DROP TRIGGER events_are_not_changed;
  `)
  writeChain(store)
  store.exec(`
    CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
      BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
  `)
}
