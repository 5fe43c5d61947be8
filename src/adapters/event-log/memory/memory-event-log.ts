// The event log of tests and of the simulation: the same promises, nothing but promises, the same order every time.
import type {
  AppendResult,
  EventLog,
  NewEvent,
  Snapshot,
  StoredEvent,
  StreamAt,
} from '../../../ports/event-log.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

/** What outlives a log that was closed or abandoned; give it to the next one to play a restart. */
export type MemoryDisk = {
  readonly events: StoredEvent[]
  readonly streams: Map<string, StoredEvent[]>
  readonly snapshots: Map<string, Snapshot>
  readonly cursors: Map<string, number>
}

export function createMemoryDisk(): MemoryDisk {
  return { events: [], streams: new Map(), snapshots: new Map(), cursors: new Map() }
}

export function createMemoryEventLog(disk: MemoryDisk = createMemoryDisk()): EventLog {
  const listeners = new Set<(position: number) => void>()
  let isClosed = false

  function refuseWhenClosed(): void {
    if (isClosed) throw failure('closed', 'This log was closed')
  }

  /** As with a real disk, a write is seen by others only after the turn in which it was asked for. */
  async function nextTurn(): Promise<void> {
    await Promise.resolve()
  }

  function versionOf(stream: string): number {
    return disk.streams.get(stream)?.length ?? 0
  }

  function appendNow(
    stream: string,
    expectedVersion: number,
    events: readonly NewEvent[],
    where: StreamAt | undefined,
  ): AppendResult {
    const line = disk.streams.get(stream) ?? []
    const isElsewhere = where !== undefined && versionOf(where.stream) !== where.version
    if (line.length !== expectedVersion || isElsewhere) return { appended: false, version: line.length }
    if (events.length > 0) disk.streams.set(stream, line)
    for (const event of events) {
      const position = disk.events.length + 1
      const stored = Object.freeze({ position, stream, version: line.length + 1, ...event })
      line.push(stored)
      disk.events.push(stored)
    }
    return { appended: true, version: line.length, position: disk.events.length }
  }

  return {
    async append(stream, expectedVersion, events, where) {
      refuseWhenClosed()
      const copies = events.map((event) => ({ type: event.type, data: frozenCopy(event.data) }))
      await nextTurn()
      const result = appendNow(stream, expectedVersion, copies, where)
      if (result.appended && copies.length > 0)
        for (const listener of listeners) tell(listener, result.position)
      return result
    },
    async readStream(stream, afterVersion) {
      refuseWhenClosed()
      return (disk.streams.get(stream) ?? []).slice(Math.max(0, afterVersion))
    },
    async readAll(afterPosition, limit) {
      refuseWhenClosed()
      const first = Math.max(0, afterPosition)
      return disk.events.slice(first, first + limit)
    },
    async readBefore(position, limit) {
      refuseWhenClosed()
      return disk.events
        .filter((event) => event.position < position)
        .slice(-limit)
        .toReversed()
    },
    async streams() {
      refuseWhenClosed()
      return [...disk.streams].map(([stream, line]) => ({ stream, version: line.length }))
    },
    async saveSnapshot(snapshot) {
      refuseWhenClosed()
      const copy = Object.freeze({ ...snapshot, state: frozenCopy(snapshot.state) })
      await nextTurn()
      if (copy.version > (disk.streams.get(copy.stream)?.length ?? 0) || !disk.streams.has(copy.stream)) {
        const message = `A snapshot of ${copy.stream} at version ${copy.version} is ahead of its events; not kept`
        throw failure('snapshot-ahead', message)
      }
      const known = disk.snapshots.get(copy.stream)
      if (known === undefined || copy.version >= known.version) disk.snapshots.set(copy.stream, copy)
    },
    async snapshots() {
      refuseWhenClosed()
      return [...disk.snapshots.values()]
    },
    async cursor(reader) {
      refuseWhenClosed()
      return disk.cursors.get(reader) ?? 0
    },
    async saveCursor(reader, position) {
      refuseWhenClosed()
      await nextTurn()
      disk.cursors.set(reader, position)
    },
    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      isClosed = true
      listeners.clear()
    },
  }
}

/** What a disk would give back: data that went through JSON, and that nobody can change. */
function frozenCopy(value: unknown): unknown {
  try {
    return plainCopy(value) ?? frozen(JSON.parse(JSON.stringify(value)))
  } catch (error) {
    throw failure('not-json', 'This data is not JSON, so it cannot be stored: nothing was written', error)
  }
}

/**
 * The same without the text in between, which is most of the cost; undefined for anything that JSON would give back in
 * another form, or not at all.
 */
function plainCopy(value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : undefined
  if (typeof value !== 'object') return undefined
  if (Array.isArray(value)) {
    const copies: unknown[] = []
    for (const item of value) {
      const copy = plainCopy(item)
      if (copy === undefined) return undefined
      copies.push(copy)
    }
    return Object.freeze(copies)
  }
  return Object.getPrototypeOf(value) === Object.prototype ? plainRecord(value) : undefined
}

function plainRecord(value: object): unknown {
  const copies: Record<string, unknown> = {}
  // A plain object has no names but its own, and there is no need for a list of them.
  const parts = value as Readonly<Record<string, unknown>>
  for (const name in parts) {
    const inner = parts[name]
    if (inner === undefined) continue
    const copy = plainCopy(inner)
    if (copy === undefined || name === 'toJSON' || name === '__proto__') return undefined
    copies[name] = copy
  }
  return Object.freeze(copies)
}

/** A reviver would do the same at several times the cost. */
function frozen(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part
  for (const inner of Object.values(part)) frozen(inner)
  return Object.freeze(part)
}

/** What a listener throws is a defect of its own, and no failure of the append. */
function tell(listener: (position: number) => void, position: number): void {
  try {
    listener(position)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function failure(what: string, message: string, cause?: unknown): PortFailure {
  return new PortFailure(message, { code: `event-log/${what}`, again: 'never', cause })
}
