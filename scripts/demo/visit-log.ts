// What visitors saw, in the order in which they saw it, and what the demo did meanwhile. One counter orders it all, so
// that nothing has to be told from clocks.
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

export type Visit = {
  /** Place of this answer in the log. */
  readonly seq: number
  /** What stood last in the log when the request was sent. */
  readonly after: number
  /** Milliseconds since 1970; for people who read the file, never for a claim. */
  readonly at: number
  readonly environment: string
  readonly visitor: string
  readonly kind: 'page' | 'asset'
  readonly path: string
  /** 0: no answer came. */
  readonly status: number
  /** Of the router's release header; null where it named none. */
  readonly release: number | null
  /** What went wrong when no answer came. */
  readonly trouble: string | null
}

export type Mark = { readonly seq: number; readonly at: number; readonly mark: string }

export interface VisitLog {
  readonly file: string
  readonly visits: readonly Visit[]
  /** Number of the newest entry. */
  newest(): number
  add(visit: Omit<Visit, 'seq' | 'at'>): void
  /** Notes what the demo has just seen, or is about to do; returns its place. */
  mark(mark: string): number
  markOf(mark: string): number | undefined
  close(): Promise<void>
}

export function createVisitLog(file: string): VisitLog {
  const stream = createWriteStream(file, { flags: 'a' })
  const visits: Visit[] = []
  const marks = new Map<string, number>()
  let seq = 0
  const write = (entry: Visit | Mark): void => void stream.write(`${JSON.stringify(entry)}\n`)
  return {
    file,
    visits,
    newest: () => seq,
    add: (seen) => {
      seq += 1
      const visit: Visit = { seq, at: Date.now(), ...seen }
      visits.push(visit)
      write(visit)
    },
    mark: (mark) => {
      seq += 1
      marks.set(mark, seq)
      write({ seq, at: Date.now(), mark })
      return seq
    },
    markOf: (mark) => marks.get(mark),
    close: async () => {
      stream.end()
      await finished(stream)
    },
  }
}
