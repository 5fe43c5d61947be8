import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { ArmReading, QueryTold, SourceAsked } from './metric-source.ts'

/** One look at a source. Counters are cumulative since the source was first asked for the environment. */
export type OutsideLook = {
  /** Of the releases that were asked for and told. */
  readonly arms: readonly ArmReading[]
  /** Of those that were not, and why. A release of which nothing is told is here, and not one with zero requests. */
  readonly missing: readonly { readonly release: ReleaseNumber; readonly why: string }[]
  readonly told: readonly QueryTold[]
  /** What is wrong with queries, for people. */
  readonly troubles: readonly string[]
}

/** A source outside, as slow as it is. */
export interface OutsideMetrics {
  /**
   * One at a time per environment. Fails with a `PortFailure`: `afterMs` says for how long it wants to be left alone. Its
   * message is for people, stays the same while nothing changes, and never carries a secret.
   */
  look(environment: Environment, asked: SourceAsked, signal: AbortSignal): Promise<OutsideLook>
}
