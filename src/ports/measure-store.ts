import type { MeasuredArm } from '../domain/analysis/measures/measured.ts'
import type { Environment, EpochMs } from '../domain/names.ts'
import type { TakenWindow } from './measure-source.ts'

/** `dimension` null asks for totals alone. With `value`, parts that do not tell of it may be left out. */
export type MeasureSearch = {
  readonly from: EpochMs
  readonly until: EpochMs
  readonly dimension: string | null
  readonly value?: string | undefined
}

/** `arm` has the total alone (`dimensions` empty), or the dimension that was asked for alone (its `total` is nothing). */
export type MeasuredPart = { readonly from: EpochMs; readonly spanMs: number; readonly arm: MeasuredArm }

/**
 * What was measured, in files of its own and never in the event log. Seconds become minutes and minutes hours by
 * themselves; of what is older than a day or two only hours are left, and after `MEASURES_KEPT_MS` nothing.
 */
export interface MeasureStore {
  /** Kept with the numbers of its windows: after a crash both are there, or neither. Not synced to the disk. */
  append(environment: Environment, windows: readonly TakenWindow[]): Promise<void>
  /** The newest number that was appended, of each counter. */
  marks(environment: Environment): Promise<Readonly<Record<string, number>>>
  /**
   * Whatever overlaps the time, coarser as it is older: parts may begin before `from`. Told in no order. A line that a
   * crash tore is passed over.
   */
  read(environment: Environment, search: MeasureSearch): AsyncIterable<readonly MeasuredPart[]>
  /** Dimensions of which anything is kept. */
  dimensions(environment: Environment): Promise<readonly string[]>
  /** Ends minutes and hours that are over, throws away what is too old and packs the rest. Call it every few seconds. */
  turn(now: EpochMs): Promise<void>
  close(): Promise<void>
}

export const MEASURES_KEPT_MS = 14 * 24 * 3_600_000
