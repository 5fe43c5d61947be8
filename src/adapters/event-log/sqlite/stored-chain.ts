// The chain of hashes as it stands in the store (see src/api/audit-chain.ts): a row that was deleted or changed with
// another tool breaks it.
import type { DatabaseSync } from 'node:sqlite'
import { CHAIN_START, type ChainedEvent, chainHash } from '../../../api/audit-chain.ts'
import { integer, type Row, text } from './rows.ts'

const SELECT = `SELECT e.position, s.name, e.version, e.type, e.data, e.chain
  FROM events e JOIN streams s ON s.id = e.stream`

export type ChainedRow = { readonly event: ChainedEvent; readonly hash: string }

/** Hash of the last event; what the first one builds upon where there is none. */
export function lastHash(store: DatabaseSync): string {
  const row = store.prepare('SELECT chain FROM events ORDER BY position DESC LIMIT 1').get()
  return row === undefined ? CHAIN_START : text(row, 'chain')
}

export function hashBefore(store: DatabaseSync, position: number): string {
  const row = store
    .prepare('SELECT chain FROM events WHERE position < ? ORDER BY position DESC LIMIT 1')
    .get(position)
  return row === undefined ? CHAIN_START : text(row, 'chain')
}

/** Rows with position > `after`, in order, at most `limit`. */
export function chainedRows(store: DatabaseSync, after: number, limit: number): readonly ChainedRow[] {
  const rows = store.prepare(`${SELECT} WHERE e.position > ? ORDER BY e.position LIMIT ?`).all(after, limit)
  return rows.map(toChained)
}

/** The first events whose hash is not what it must be, in words, from `after` on; empty for a whole chain. */
export function chainBreaks(store: DatabaseSync, after: number, max: number): readonly string[] {
  const breaks: string[] = []
  let before = hashBefore(store, after + 1)
  let last = after
  const rows = store.prepare(`${SELECT} WHERE e.position > ? ORDER BY e.position`)
  for (const row of rows.iterate(after)) {
    const { event, hash } = toChained(row)
    if (chainHash(before, event) !== hash)
      breaks.push(
        `event ${event.position} does not follow event ${last}: it was changed, or one between them was taken out`,
      )
    if (breaks.length === max) break
    before = hash
    last = event.position
  }
  return breaks
}

/** Writes the hashes of events that have none yet: what a store of an earlier version needs, once. */
export function writeChain(store: DatabaseSync): void {
  const set = store.prepare('UPDATE events SET chain = ? WHERE position = ?')
  let before = CHAIN_START
  const PAGE = 10_000
  for (let after = 0; ; ) {
    const rows = chainedRows(store, after, PAGE)
    for (const { event } of rows) {
      before = chainHash(before, event)
      set.run(before, event.position)
    }
    const last = rows.at(-1)
    if (!last) return
    after = last.event.position
  }
}

function toChained(row: Row): ChainedRow {
  return {
    event: {
      position: integer(row, 'position'),
      stream: text(row, 'name'),
      version: integer(row, 'version'),
      type: text(row, 'type'),
      data: text(row, 'data'),
    },
    hash: text(row, 'chain'),
  }
}

/** A store of an earlier version gets its chain when it is brought up to date. */
export function isChained(store: DatabaseSync): boolean {
  return store.prepare(`SELECT 1 FROM pragma_table_info('events') WHERE name = 'chain'`).get() !== undefined
}
