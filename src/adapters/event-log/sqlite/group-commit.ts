// Writes that are asked for while one turn of the event loop runs share one transaction and thereby one sync.
import type { DatabaseSync } from 'node:sqlite'
import type { PortFailure } from '../../../ports/port-failure.ts'

export type Write = {
  /**
   * Runs inside the transaction, in the order of asking; once more when the transaction has to be begun again.
   * Returns what to do when it is on disk. Throws only for trouble that is the whole group's.
   */
  readonly apply: () => () => void
  readonly reject: (error: PortFailure) => void
}

/** What becomes of a group whose transaction was rolled back. After `stop` nothing is ever written again. */
export type AfterRollback =
  | { readonly next: 'again' }
  | { readonly next: 'reject' | 'stop'; readonly failure: PortFailure }

export type GroupCommit = {
  add(write: Write): void
  /** Commits now what is waiting. */
  flush(): void
}

/** Bounds the time that one commit takes, for everybody else who shares the thread. */
const GROUP_WRITES_MAX = 1_000

export function createGroupCommit(
  store: DatabaseSync,
  rolledBack: (error: unknown, attempt: number) => AfterRollback,
): GroupCommit {
  const begin = store.prepare('BEGIN IMMEDIATE')
  const commit = store.prepare('COMMIT')
  let waiting: Write[] = []
  let isScheduled = false
  let stopped: PortFailure | undefined

  function applyAll(group: readonly Write[]): readonly (() => void)[] {
    begin.run()
    const settle = group.map((write) => write.apply())
    commit.run()
    return settle
  }

  function rollBack(error: unknown, attempt: number): AfterRollback {
    try {
      // SQLite has already rolled back by itself after some errors.
      if (store.isTransaction) store.exec('ROLLBACK')
    } catch (worse) {
      return rolledBack(worse, attempt)
    }
    return rolledBack(error, attempt)
  }

  function commitGroup(group: readonly Write[], attempt: number): void {
    let settle: readonly (() => void)[]
    try {
      settle = applyAll(group)
    } catch (error) {
      const after = rollBack(error, attempt)
      if (after.next === 'again') return commitGroup(group, attempt + 1)
      if (after.next === 'stop') stopped = after.failure
      for (const write of group) write.reject(after.failure)
      return
    }
    for (const done of settle) done()
  }

  function flush(): void {
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_WRITES_MAX)
      waiting = waiting.slice(GROUP_WRITES_MAX)
      if (stopped === undefined) commitGroup(group, 1)
      else for (const write of group) write.reject(stopped)
    }
  }

  return {
    add(write) {
      waiting.push(write)
      if (isScheduled) return
      isScheduled = true
      setImmediate(() => {
        isScheduled = false
        flush()
      })
    },
    flush,
  }
}
