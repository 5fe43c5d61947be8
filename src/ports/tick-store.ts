import type { Tick } from '../domain/analysis/tick.ts'
import type { Environment, EpochMs } from '../domain/names.ts'

/** Ticks live in files of their own, one set per environment, and never in the event log. */
export interface TickStore {
  /** Adds a tick; its `seq` must be the last one's plus one. Buffered: durable only after `sync`. */
  append(environment: Environment, tick: Tick): Promise<void>
  /** Everything appended to this environment so far is on disk when it resolves. Called before a verdict is acted on. */
  sync(environment: Environment): Promise<void>
  /** Ticks with `seq` > `afterSeq`, in order. A torn last line (power cut) is dropped, never an error. */
  read(environment: Environment, afterSeq: number): AsyncIterable<Tick>
  /** 0 when there never were any; pruning does not change it. */
  lastSeq(environment: Environment): Promise<number>
  /** Forgets whole files whose newest tick is older. */
  prune(environment: Environment, before: EpochMs): Promise<void>
  close(): Promise<void>
}
