// The rival of the coordinator bench: the same rows in the same batches, written with nothing around them but a
// prepared statement and a transaction, on the same disk with the same promise (synced before the next batch). It has
// the tables of the real store, and is given for nothing what the real one must find out: ids and versions.
import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export type RawRow = {
  readonly stream: string
  readonly version: number
  readonly type: string
  /** JSON text. */
  readonly data: string
}

export type RawAppendFigures = {
  readonly rows: number
  readonly batches: number
  readonly wallMs: number
  /** CPU of this process, user and system; of the appends alone. */
  readonly cpuMs: number
  readonly rowsPerCpuSecond: number
  readonly rowsPerSecond: number
}

/**
 * Appends the batches to a new file at `file`, one transaction and one sync each, and removes the file again.
 * Nothing else should run in this process meanwhile: its CPU would be counted too.
 */
export function measureRawAppends(file: string, batches: readonly (readonly RawRow[])[]): RawAppendFigures {
  removeStore(file)
  const store = new DatabaseSync(file)
  try {
    store.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA cache_size = -32768;
      CREATE TABLE events (
        position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,
        data TEXT NOT NULL, UNIQUE (stream, version)
      ) STRICT;
    `)
    const ids = streamIds(batches)
    const begin = store.prepare('BEGIN IMMEDIATE')
    const insert = store.prepare('INSERT INTO events (stream, version, type, data) VALUES (?, ?, ?, ?)')
    const commit = store.prepare('COMMIT')

    const cpuBefore = process.cpuUsage()
    const wallBefore = performance.now()
    for (const batch of batches) {
      begin.run()
      for (const row of batch) insert.run(ids.get(row.stream) ?? 0, row.version, row.type, row.data)
      commit.run()
    }
    const wallMs = performance.now() - wallBefore
    const cpu = process.cpuUsage(cpuBefore)
    return figures(batches, wallMs, (cpu.user + cpu.system) / 1_000)
  } finally {
    store.close()
    removeStore(file)
  }
}

function streamIds(batches: readonly (readonly RawRow[])[]): ReadonlyMap<string, number> {
  const names = new Set(batches.flatMap((batch) => batch.map((row) => row.stream)))
  return new Map([...names].map((name, n) => [name, n + 1]))
}

function figures(batches: readonly (readonly RawRow[])[], wallMs: number, cpuMs: number): RawAppendFigures {
  const rows = batches.reduce((sum, batch) => sum + batch.length, 0)
  return {
    rows,
    batches: batches.length,
    wallMs,
    cpuMs,
    rowsPerCpuSecond: (rows / cpuMs) * 1_000,
    rowsPerSecond: (rows / wallMs) * 1_000,
  }
}

export function removeStore(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
}
