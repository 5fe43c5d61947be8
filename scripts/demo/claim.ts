// What is claimed of a story that was played, and what it is claimed from.
import type { AuditRow } from '../../src/api/board.ts'
import type { Replay } from '../../src/api/wire.ts'
import type { Visit } from './visit-log.ts'

export type Claim = {
  readonly claim: string
  /** What was seen instead; undefined when it holds. */
  readonly broken: string | undefined
}

export type Evidence = {
  readonly visits: readonly Visit[]
  readonly events: readonly AuditRow[]
  /** Places of the demo's own marks in the visitors' log. */
  readonly markOf: (mark: string) => number | undefined
  /** Sentences of `why 8` for production, at the end of the first story. */
  readonly why8: readonly string[]
  /** What the judge said of each release, and says again from what was recorded. */
  readonly replays: readonly { readonly release: number; readonly replay: Replay }[]
}
