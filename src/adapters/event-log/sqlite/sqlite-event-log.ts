import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import type { AppendResult, EventLog, NewEvent, StreamAt, Snapshot } from '../../../ports/event-log.ts'
import type { PortFailure } from '../../../ports/port-failure.ts'
import { chainLine } from '../../../api/audit-chain.ts'
import { checkStore, type StoreReport } from './check-store.ts'
import { type Carried, carry } from './carried-files.ts'
import { damageFailure } from './damage.ts'
import { makeFolder, putInPlace } from './durable-files.ts'
import { createGroupCommit } from './group-commit.ts'
import { jsonText } from './json-text.ts'
import { openStore, type StoreOptions } from './open-store.ts'
import { asStoreFailure, failure, isConstraint, isCorruption } from './sqlite-failure.ts'
import { chainedRows, hashBefore } from './stored-chain.ts'
import { createStoreReader } from './store-reader.ts'
import { createStoreWriter } from './store-writer.ts'

export type SqliteEventLog = EventLog & {
  /**
   * Copies the store, as it is at this moment, into one self-contained file, while appends go on. The copy appears
   * under its name only when it is whole and synced; one that was there before is replaced.
   */
  backup(toFile: string, carried?: Carried): Promise<void>
  /** Lines of the audit export: events with position > `after`, in order, at most `limit`, each chained to the one before. */
  auditLines(
    after: number,
    limit: number,
  ): Promise<{ readonly lines: readonly string[]; readonly last: number }>
  /** What is wrong with the whole store; reads all of it. */
  check(): Promise<StoreReport>
}

/**
 * Opens the store and holds it until `close` or the end of the process. Everything is on this thread: a commit takes
 * as long as the disk's sync. Throws PortFailure: `event-log/in-use`, `corrupt`, `newer-store`, `not-a-store`,
 * `read-only`, `full`.
 */
export function createSqliteEventLog(options: StoreOptions): SqliteEventLog {
  const opened = openStore(options)
  const reader = createStoreReader(opened.store)
  const writer = createStoreWriter(opened.store, opened.lastPosition)
  const listeners = new Set<(position: number) => void>()
  let isClosed = false
  /** Damage, a failed disk or one that became read-only: whatever SQLite says afterwards follows from it. */
  let broken: PortFailure | undefined

  const group = createGroupCommit(opened.store, (error, attempt) => {
    writer.forget()
    // Only somebody with another tool can have taken a version of ours: look again, then answer "read again".
    if (isConstraint(error) && attempt === 1) return { next: 'again' }
    const reason = explain(error)
    return { next: reason === broken ? 'stop' : 'reject', failure: reason }
  })

  function explain(error: unknown): PortFailure {
    if (broken !== undefined) return broken
    // Finding out how far a damaged store can be read takes long, and is done once.
    const reason = isCorruption(error)
      ? damageFailure(opened.file, messageOf(error), error)
      : asStoreFailure(error, opened.file)
    if (reason.again === 'never') broken = reason
    return reason
  }

  /** Every call begins with this, so that what is wrong reaches the caller as a rejected promise. */
  function refuseWhenClosed(): void {
    if (isClosed) throw failure('closed', `${opened.file} was closed by this server`, 'never')
  }

  /** Resolves with what `apply` returned once that is on disk. */
  function write<Result>(apply: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      group.add({
        apply() {
          const result = apply()
          return () => resolve(result)
        },
        reject,
      })
    })
  }

  function read<Result>(look: () => Result): Result {
    refuseWhenClosed()
    try {
      return look()
    } catch (error) {
      throw explain(error)
    }
  }

  function tellListeners(position: number): void {
    for (const listener of listeners) tell(listener, position)
  }

  return {
    async append(
      stream: string,
      expectedVersion: number,
      events: readonly NewEvent[],
      where?: StreamAt,
    ): Promise<AppendResult> {
      refuseWhenClosed()
      // Written down now: what the caller does to its objects later is not what it appended.
      const rows = events.map((event) => ({ type: event.type, data: jsonText(event.data, event.type) }))
      const result = await write(() => writer.append(stream, expectedVersion, rows, where))
      if (result.appended && events.length > 0) tellListeners(result.position)
      return result
    },
    async readStream(stream, afterVersion) {
      return read(() => reader.stream(stream, afterVersion))
    },
    async readAll(afterPosition, limit) {
      return read(() => reader.all(afterPosition, limit))
    },
    async readBefore(position, limit) {
      return read(() => reader.before(position, limit))
    },
    async streams() {
      return read(() => reader.streams())
    },
    async saveSnapshot(snapshot: Snapshot) {
      refuseWhenClosed()
      const state = jsonText(snapshot.state, `the snapshot of ${snapshot.stream}`)
      const saved = await write(() => writer.saveSnapshot({ ...snapshot, state }))
      if (!saved) throw snapshotAhead(snapshot)
    },
    async snapshots() {
      return read(() => reader.snapshots())
    },
    async cursor(name) {
      return read(() => reader.cursor(name))
    },
    async saveCursor(name, position) {
      refuseWhenClosed()
      await write(() => writer.saveCursor(name, position))
    },
    onAppend(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async auditLines(after, limit) {
      return read(() => {
        let before = hashBefore(opened.store, after + 1)
        const rows = chainedRows(opened.store, after, limit)
        const lines = rows.map(({ event, hash }) => {
          const line = chainLine(event, before, hash)
          before = hash
          return line
        })
        return { lines, last: rows.at(-1)?.event.position ?? after }
      })
    },
    async check() {
      refuseWhenClosed()
      return checkStore(opened.file)
    },
    async backup(toFile, carried) {
      refuseWhenClosed()
      await copyStore(opened.file, toFile, carried)
    },
    async close() {
      if (isClosed) return
      group.flush()
      isClosed = true
      listeners.clear()
      opened.close()
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What a listener throws is a defect of its own, and no failure of the append that is already on disk. */
function tell(listener: (position: number) => void, position: number): void {
  try {
    listener(position)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Copies through a connection of its own: one consistent moment, read by another thread in one go. */
async function copyStore(file: string, toFile: string, carried: Carried | undefined): Promise<void> {
  const unfinished = `${toFile}.part`
  try {
    makeFolder(dirname(toFile))
    rmSync(unfinished, { force: true })
    using source = new DatabaseSync(file, { readOnly: true })
    await backup(source, unfinished, { rate: ALL_PAGES })
    // A file that is read alone must not need a write-ahead log beside it.
    using copy = new DatabaseSync(unfinished)
    copy.exec('PRAGMA journal_mode = DELETE')
    if (carried) carry(copy, carried)
    copy.close()
    putInPlace(unfinished, toFile)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw asStoreFailure(error, toFile)
  }
}

const ALL_PAGES = 2 ** 31 - 1

function snapshotAhead(snapshot: Snapshot) {
  const message = `A snapshot of ${snapshot.stream} at version ${snapshot.version} is ahead of its events; not kept`
  return failure('snapshot-ahead', message, 'never')
}
