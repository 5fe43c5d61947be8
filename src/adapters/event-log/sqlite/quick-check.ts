import type { DatabaseSync } from 'node:sqlite'
import { integer, json, text } from './rows.ts'
import { corrupt } from './sqlite-failure.ts'

/** How many of the last events are read when a store is opened: the ones a lost write would have hit. */
const RECENT_EVENTS = 100

/**
 * Reads the newest events by both of their indexes. Costs the same for any length of history.
 * Returns the last position, 0 in an empty store; throws when something does not fit.
 */
export function checkRecentEvents(store: DatabaseSync): number {
  const recent = store
    .prepare(
      `SELECT e.position, e.version, e.data, s.name,
         (SELECT position FROM events WHERE stream = e.stream AND version = e.version) AS found,
         (SELECT max(version) FROM events WHERE stream = e.stream) AS newest
       FROM events e LEFT JOIN streams s ON s.id = e.stream
       ORDER BY e.position DESC LIMIT ?`,
    )
    .all(RECENT_EVENTS)
  const newestSeen = new Set<string>()
  for (const row of recent) {
    const position = integer(row, 'position')
    const stream = text(row, 'name')
    json(row, 'data')
    if (integer(row, 'found') !== position)
      throw corrupt(`event ${position} is not in the index of ${stream}`)
    if (!newestSeen.has(stream) && integer(row, 'newest') !== integer(row, 'version')) {
      throw corrupt(
        `the last event of ${stream} is ${integer(row, 'version')} by one index and not by the other`,
      )
    }
    newestSeen.add(stream)
  }
  const last = recent[0]
  return last === undefined ? 0 : integer(last, 'position')
}
