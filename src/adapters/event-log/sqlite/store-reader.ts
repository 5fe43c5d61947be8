import type { DatabaseSync } from 'node:sqlite'
import type { Snapshot, StoredEvent } from '../../../ports/event-log.ts'
import { integer, json, type Row, text } from './rows.ts'

/** Every question follows an index; none looks at more events than it returns. */
export const QUESTIONS = {
  stream: `SELECT e.position, e.version, e.type, e.data FROM events e
    WHERE e.stream = (SELECT id FROM streams WHERE name = ?) AND e.version > ? ORDER BY e.version`,
  all: `SELECT e.position, s.name, e.version, e.type, e.data FROM events e JOIN streams s ON s.id = e.stream
    WHERE e.position > ? ORDER BY e.position LIMIT ?`,
  before: `SELECT e.position, s.name, e.version, e.type, e.data FROM events e JOIN streams s ON s.id = e.stream
     WHERE e.position < ? ORDER BY e.position DESC LIMIT ?`,
  streams: `SELECT name, (SELECT max(version) FROM events WHERE stream = s.id) AS version FROM streams s ORDER BY id`,
  snapshots: `SELECT s.name, p.version, p.shape, p.state FROM snapshots p JOIN streams s ON s.id = p.stream
    ORDER BY p.stream`,
  cursor: 'SELECT position FROM cursors WHERE reader = ?',
} as const

export function createStoreReader(store: DatabaseSync) {
  const stream = store.prepare(QUESTIONS.stream)
  const all = store.prepare(QUESTIONS.all)
  const before = store.prepare(QUESTIONS.before)
  const streams = store.prepare(QUESTIONS.streams)
  const snapshots = store.prepare(QUESTIONS.snapshots)
  const cursor = store.prepare(QUESTIONS.cursor)

  return {
    stream(name: string, afterVersion: number): readonly StoredEvent[] {
      return stream.all(name, afterVersion).map((row) => toEvent(row, name))
    },
    all(afterPosition: number, limit: number): readonly StoredEvent[] {
      return all.all(afterPosition, limit).map((row) => toEvent(row, text(row, 'name')))
    },
    before(position: number, limit: number): readonly StoredEvent[] {
      return before.all(position, limit).map((row) => toEvent(row, text(row, 'name')))
    },
    streams() {
      return streams.all().map((row) => ({ stream: text(row, 'name'), version: integer(row, 'version') }))
    },
    snapshots(): readonly Snapshot[] {
      // Row by row, so that the text of all of them is never there at once.
      return Array.from(snapshots.iterate(), (row) => ({
        stream: text(row, 'name'),
        version: integer(row, 'version'),
        shape: integer(row, 'shape'),
        state: json(row, 'state'),
      }))
    },
    cursor(reader: string): number {
      const row = cursor.get(reader)
      return row === undefined ? 0 : integer(row, 'position')
    },
  }
}

function toEvent(row: Row, stream: string): StoredEvent {
  return {
    position: integer(row, 'position'),
    stream,
    version: integer(row, 'version'),
    type: text(row, 'type'),
    data: json(row, 'data'),
  }
}
