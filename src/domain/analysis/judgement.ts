// What a judge is asked, and what it can say. Missing data is never a pass: without data there is no tick, and time
// that was not watched does not count.
import type { AlarmDefinition } from './alarms/alarm.ts'
import type { ReleaseNumber } from '../names.ts'

export type Question = {
  readonly about: 'rollout' | 'bake' | 'watch'
  readonly release: ReleaseNumber
  /** Releases whose ticks are added up: the one on trial, and those before it that carried the same change. */
  readonly carriers: readonly ReleaseNumber[]
  /** What it is compared with: the other arm of a rollout, or the release served before. Null: thresholds only. */
  readonly baseline: ReleaseNumber | null
  /** Evidence of the release counts after this tick. */
  readonly sinceSeq: number
  /** Ticks up to this one are not looked at, not even for what the baseline did; all are where nobody said. */
  readonly fromSeq?: number
  /** Watched time that it is meant to take; an hour where nobody said. */
  readonly plannedMs?: number
  /** Chance of a false stop that all its trials together may take. Absent: the most that one ever may. */
  readonly alpha?: number
  /** Names of the services that the stage watches. Absent: none. */
  readonly watches?: readonly string[]
  /** What the team itself wants to be told of. Absent: nothing. */
  readonly alarms?: readonly AlarmDefinition[]
}

export type Judgement =
  | {
      readonly verdict: 'against'
      readonly what: string
      readonly cause: 'verdict' | 'crash' | 'health'
      readonly alone: boolean
    }
  /** `ofItself`: it is the release that tells too little, and no fault of what rolls out over it. */
  | { readonly verdict: 'hold'; readonly reason: string; readonly ofItself?: true }
  /** Nothing speaks against it so far. */
  | {
      readonly verdict: 'none'
      /** Whether it is shown that it is not worse by what matters; absent where the judge does not ask. */
      readonly isShownSafe?: boolean
    }
