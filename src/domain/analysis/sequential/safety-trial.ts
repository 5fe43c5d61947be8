// The other way round: is it shown that the release is not worse by what matters? A bet on "no worse" against "at
// least so much worse": errors at least doubled or a percentage point more, whichever is larger. Latency has a bet of its
// own. Nothing seen is nothing shown.
import { beginMixture, wealthOf, withGains, type GridMixture, type MixtureShape } from './grid-mixture.ts'
import { gainsAlone, gainsBeside, type Counts } from './ratio-gains.ts'

export type SafetySettings = {
  /** How many times the baseline's rate is what matters. */
  readonly mattersTimes: number
  /** And by how much more it is at the least, as a share of the requests. */
  readonly mattersPlus: number
  readonly clumping: number
}

/** Cells that bet beside the baseline, and cells that bet on the rate itself. */
export type SafetyTrial = { readonly beside: GridMixture; readonly itself: GridMixture }

/** Rates below the one that matters that are bet on, as shares of it. */
export const BETTER_TIMES = [0.75, 0.55, 0.4, 0.2, 0.05] as const
export const SAFETY_SHAPE: MixtureShape = {
  weights: BETTER_TIMES.map(() => 1 / BETTER_TIMES.length),
  capNats: 3,
  blockMs: 5_000,
  onset: { atStart: 1, later: null, evenlyToMs: 0 },
}

export function beginSafety(): SafetyTrial {
  return { beside: beginMixture(SAFETY_SHAPE), itself: beginMixture(SAFETY_SHAPE) }
}

/** `usual`: the highest rate that is usual; null when nothing is known of it. */
export function withSafety(
  { mattersTimes, mattersPlus, clumping }: SafetySettings,
  trial: SafetyTrial,
  look: {
    readonly spanMs: number
    readonly candidate: Counts
    readonly baseline: Counts | null
    readonly usual: number | null
  },
): SafetyTrial {
  const { spanMs, candidate, baseline, usual } = look
  // Where the usual rate is low, the percentage point is more than the doubling.
  const times = Math.max(mattersTimes, usual === null || usual <= 0 ? mattersTimes : 1 + mattersPlus / usual)
  const gains = baseline === null ? null : gainsBeside(candidate, baseline, times, BETTER_TIMES, clumping)
  const itself = gainsAlone(candidate, mattersPlus, BETTER_TIMES, clumping)
  return {
    beside: withGains(SAFETY_SHAPE, trial.beside, gains, spanMs),
    itself: withGains(SAFETY_SHAPE, trial.itself, itself, spanMs),
  }
}

/** At least 1/β with probability at most β while the release is worse by what matters. */
export function safetyEvidence({ beside, itself }: SafetyTrial): number {
  return (wealthOf(SAFETY_SHAPE, beside) + wealthOf(SAFETY_SHAPE, itself)) / 2
}
