import { DatabaseSync } from 'node:sqlite'
import { APPLICATION_ID, MIGRATIONS } from './migrations.ts'
import { integer, text } from './rows.ts'
import { chainBreaks, isChained } from './stored-chain.ts'
import { newestVersion, storeVersion } from './store-version.ts'

export type StoreReport = {
  readonly isSound: boolean
  /** Sentences, at most a few dozen; empty when sound. */
  readonly problems: readonly string[]
  /** Where the audit log was changed with another tool; such a store can be worked with all the same. */
  readonly chain: readonly string[]
  readonly events: number
  readonly streams: number
  readonly lastPosition: number
}

const PROBLEMS_MAX = 20

/** What must hold in a sound store; each query finds what breaks its rule. */
const RULES: readonly { readonly broken: string; readonly find: string }[] = [
  {
    broken: 'this stream lacks versions',
    find: `SELECT coalesce(s.name, 'number ' || e.stream) AS what FROM events e LEFT JOIN streams s ON s.id = e.stream
           GROUP BY e.stream HAVING min(version) <> 1 OR max(version) <> count(*)`,
  },
  {
    broken: 'the order of this stream is not that of the log',
    find: `SELECT DISTINCT stream AS what FROM (
             SELECT stream, position, lag(position) OVER (PARTITION BY stream ORDER BY version) AS before FROM events
           ) WHERE before >= position`,
  },
  {
    broken: 'the data of this event is not JSON',
    find: `SELECT position AS what FROM events WHERE NOT json_valid(data)`,
  },
  {
    broken: 'this event belongs to no stream',
    find: 'SELECT position AS what FROM events WHERE stream NOT IN (SELECT id FROM streams)',
  },
  {
    broken: 'this stream has no event',
    find: 'SELECT name AS what FROM streams s WHERE NOT EXISTS (SELECT 1 FROM events WHERE stream = s.id)',
  },
  {
    broken: 'the snapshot of this stream is ahead of its events or is not JSON',
    find: `SELECT stream AS what FROM snapshots p WHERE NOT json_valid(state)
           OR version > (SELECT coalesce(max(version), 0) FROM events WHERE stream = p.stream)`,
  },
  {
    broken: 'the cursor of this reader is ahead of the log',
    find: 'SELECT reader AS what FROM cursors WHERE position > (SELECT coalesce(max(position), 0) FROM events)',
  },
]

/**
 * Reads all of a store or backup and says what is wrong with it. Takes time in proportion to the history; may run
 * beside a server that works with the store, and changes nothing.
 */
export function checkStore(file: string): StoreReport {
  const problems: string[] = []
  const chain: string[] = []
  const counts = { events: 0, streams: 0, lastPosition: 0 }
  try {
    using store = new DatabaseSync(file, { readOnly: true })
    const pages = store.prepare(`PRAGMA integrity_check(${PROBLEMS_MAX})`).all()
    problems.push(...pages.map((row) => text(row, 'integrity_check')).filter((line) => line !== 'ok'))
    problems.push(...checkIdentity(store))
    for (const rule of RULES) problems.push(...breaches(store, rule))
    if (isChained(store)) chain.push(...chainBreaks(store, 0, PROBLEMS_MAX))
    counts.events = count(store, 'SELECT count(*) AS count FROM events')
    counts.streams = count(store, 'SELECT count(*) AS count FROM streams')
    counts.lastPosition = count(store, 'SELECT coalesce(max(position), 0) AS count FROM events')
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  return { isSound: problems.length === 0, problems, chain, ...counts }
}

function checkIdentity(store: DatabaseSync): readonly string[] {
  const id = store.prepare('PRAGMA application_id').get()
  if (id === undefined || integer(id, 'application_id') !== APPLICATION_ID)
    return ['this is no store of ours']
  const version = storeVersion(store)
  const newest = newestVersion(MIGRATIONS)
  return version > newest ? [`store version ${version} is newer than ${newest}, the newest known here`] : []
}

function breaches(store: DatabaseSync, rule: { broken: string; find: string }): readonly string[] {
  const found = store.prepare(`${rule.find} LIMIT ${PROBLEMS_MAX}`).all()
  return found.map((row) => `${rule.broken}: ${String(row['what'])}`)
}

function count(store: DatabaseSync, query: string): number {
  const row = store.prepare(query).get()
  return row === undefined ? 0 : integer(row, 'count')
}
