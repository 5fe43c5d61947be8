import type { DatabaseSync } from 'node:sqlite'
import type { AppendResult, StreamAt } from '../../../ports/event-log.ts'
import { chainHash } from '../../../api/audit-chain.ts'
import { integer } from './rows.ts'
import { lastHash } from './stored-chain.ts'

/** An event whose data is already JSON text. */
export type EventRow = { readonly type: string; readonly data: string }
export type SnapshotRow = {
  readonly stream: string
  readonly version: number
  readonly shape: number
  readonly state: string
}

type Head = { id: number | undefined; version: number }

/**
 * Writes inside a transaction that the caller has begun. Remembers the version of every stream it wrote to, because
 * nobody else writes; after a rollback the caller says `forget`.
 */
export function createStoreWriter(store: DatabaseSync, lastPositionAtStart: number) {
  const insertStream = store.prepare('INSERT INTO streams (name) VALUES (?)')
  const insertEvent = store.prepare(
    'INSERT INTO events (position, stream, version, type, data, chain) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const selectHead = store.prepare(
    'SELECT id, (SELECT max(version) FROM events WHERE stream = s.id) AS version FROM streams s WHERE name = ?',
  )
  const selectLast = store.prepare('SELECT coalesce(max(position), 0) AS position FROM events')
  const upsertSnapshot = store.prepare(
    `INSERT INTO snapshots (stream, version, shape, state) VALUES (?, ?, ?, ?)
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version, shape = excluded.shape, state = excluded.state
     WHERE excluded.version >= version`,
  )
  const upsertCursor = store.prepare(
    'INSERT INTO cursors VALUES (?, ?) ON CONFLICT (reader) DO UPDATE SET position = excluded.position',
  )
  const heads = new Map<string, Head>()
  let knownLast: number | undefined = lastPositionAtStart
  let knownHash: string | undefined

  function headOf(stream: string): Head {
    const known = heads.get(stream)
    if (known !== undefined) return known
    const row = selectHead.get(stream)
    const head: Head =
      row === undefined
        ? { id: undefined, version: 0 }
        : { id: integer(row, 'id'), version: integer(row, 'version') }
    heads.set(stream, head)
    return head
  }

  function lastPosition(): number {
    if (knownLast !== undefined) return knownLast
    const row = selectLast.get()
    return row === undefined ? 0 : integer(row, 'position')
  }

  return {
    append(
      stream: string,
      expectedVersion: number,
      rows: readonly EventRow[],
      where?: StreamAt,
    ): AppendResult {
      const head = headOf(stream)
      const isElsewhere = where !== undefined && headOf(where.stream).version !== where.version
      if (head.version !== expectedVersion || isElsewhere) return { appended: false, version: head.version }
      let position = lastPosition()
      if (rows.length === 0) return { appended: true, version: head.version, position }
      let hash = knownHash ?? lastHash(store)
      head.id ??= Number(insertStream.run(stream).lastInsertRowid)
      for (const row of rows) {
        position += 1
        const version = head.version + 1
        hash = chainHash(hash, { position, stream, version, type: row.type, data: row.data })
        insertEvent.run(position, head.id, version, row.type, row.data, hash)
        head.version += 1
      }
      knownLast = position
      knownHash = hash
      return { appended: true, version: head.version, position }
    },
    /** False when the stream has fewer events than the snapshot claims to have folded. */
    saveSnapshot({ stream, version, shape, state }: SnapshotRow): boolean {
      const head = headOf(stream)
      if (head.id === undefined || version > head.version) return false
      upsertSnapshot.run(head.id, version, shape, state)
      return true
    },
    saveCursor(reader: string, position: number): void {
      upsertCursor.run(reader, position)
    },
    /**
     * The transaction was rolled back: what was remembered may never have happened. Asks nothing now, because the disk
     * may be what failed; the next write looks.
     */
    forget(): void {
      heads.clear()
      knownLast = undefined
      knownHash = undefined
    },
  }
}
