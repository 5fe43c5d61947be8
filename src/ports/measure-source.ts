import type { Dimension, MeasuredWindow } from '../domain/analysis/measures/measured.ts'
import type { Environment } from '../domain/names.ts'

/** Windows are numbered by each counter (a life of a router process), from 1; a number comes once, or joined to later ones. */
export type TakenWindow = {
  readonly environment: Environment
  readonly counter: string
  readonly seq: number
  readonly window: MeasuredWindow
}

export type MeasureQuestion = {
  readonly environment: Environment
  /** What is told apart from now on. */
  readonly dimensions: readonly Dimension[]
  /** The last number of each counter that is kept already: it and those before are not asked for again. */
  readonly after: Readonly<Record<string, number>>
}

export interface MeasureSource {
  /**
   * What was counted since, of every counter that answers; what another one has is there for the next question. Never
   * throws for missing data.
   */
  take(asked: readonly MeasureQuestion[]): Promise<readonly TakenWindow[]>
}
