import type { EventLog, NewEvent } from '../../src/ports/event-log.ts'
import type { RawRow } from '../raw-appends.ts'

/** An event log that remembers what it wrote, and what shared a transaction. */
export function recordBatches(log: EventLog): {
  readonly log: EventLog
  readonly batches: readonly (readonly RawRow[])[]
} {
  const batches: RawRow[][] = []
  let current: RawRow[] | undefined
  const note = (stream: string, version: number, events: readonly NewEvent[]): void => {
    if (current === undefined) {
      current = []
      batches.push(current)
      // Asked for before the log asks for its own: runs just before the commit of what waits by then.
      setImmediate(() => {
        current = undefined
      })
    }
    for (const [index, { type, data }] of events.entries())
      current.push({ stream, version: version + index + 1, type, data: JSON.stringify(data) })
  }
  return {
    batches,
    log: {
      ...log,
      append: (stream, version, events) => {
        note(stream, version, events)
        return log.append(stream, version, events)
      },
    },
  }
}
