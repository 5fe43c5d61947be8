// One error-like metric on trial: failed requests, error lines, restarts. A steady bet that no single burst can win,
// and an acute one that sees a total outage within seconds.
import {
  beginMixture,
  evenWeights,
  wealthOf,
  withGains,
  type GridMixture,
  type MixtureShape,
  type Onset,
} from './grid-mixture.ts'
import { gainsAlone, gainsBeside, type Counts } from './ratio-gains.ts'
import { boxMargin, type Spread } from './spread.ts'
import { warmUpOverMs, type WarmUp } from './warm-up.ts'

export type RateSettings = {
  /** How many times the baseline's rate is still fine. */
  readonly tolerated: number
  /** Where nothing is served beside it, hour and load have changed too: this much more of the requests is fine. */
  readonly toleratedPlusAlone: number
  readonly spread: Spread
  /** Of the candidate's boxes, where the baseline's are older. */
  readonly warmUp: WarmUp
  /** Watched time in which a regression is expected to begin, if it does. */
  readonly plannedMs: number
  /** What one block may win is capped; shorter for trials of seconds. */
  readonly blockMs: number
}

export type RateTrial = { readonly steady: GridMixture; readonly acute: GridMixture }

export type RateLook = {
  readonly spanMs: number
  readonly candidate: Counts
  readonly candidateBoxes: number
  /** How many times as often the candidate's boxes may fail for being new; 1 for none of it. */
  readonly warming: number
  readonly baseline: Counts | null
  readonly baselineBoxes: number
  /** The highest rate that is usual, for spans without a baseline; null when nothing is known. */
  readonly usual: number | null
}

const STEADY_TIMES = [1.25, 1.5, 2, 3, 5, 10, 30, 100] as const
const STEADY_WEIGHTS = [0.04, 0.2, 0.32, 0.14, 0.1, 0.08, 0.06, 0.06] as const
const ACUTE_TIMES = [1.5, 3, 10, 30] as const
const ACUTE_TOLERATED_TIMES = 3
const ACUTE_SHARE = 0.2
/** What matters, where nothing is served beside it: less may be the hour. */
const TIMES_ALONE = 2
/** Beyond anything; a number, so that a setup survives JSON. */
const UNCAPPED_NATS = 1_000
export const BLOCK_MS = 5_000
export const CAP_NATS = 1.5

/** What stays the same for the whole trial. */
export type RateSetup = RateSettings & { readonly steady: MixtureShape; readonly acute: MixtureShape }

export function rateSetup(settings: RateSettings): RateSetup {
  const onset = onsetOf(settings.warmUp, settings.plannedMs)
  return {
    ...settings,
    steady: { weights: STEADY_WEIGHTS, capNats: CAP_NATS, blockMs: settings.blockMs, onset },
    acute: { weights: ACUTE_WEIGHTS, capNats: UNCAPPED_NATS, blockMs: settings.blockMs, onset },
  }
}

/** A bake of seconds has blocks of a second: some twenty blocks to win in, and none longer than five seconds. */
export function blockMsOf(plannedMs: number): number {
  return Math.max(1_000, Math.min(BLOCK_MS, plannedMs / 24))
}

export function beginRate({ steady, acute }: RateSetup): RateTrial {
  return { steady: beginMixture(steady), acute: beginMixture(acute) }
}

export function withRate(setup: RateSetup, trial: RateTrial, look: RateLook): RateTrial {
  const { spanMs } = look
  const isCalm = look.candidate.hits === 0 && look.baseline !== null && look.baseline.hits === 0
  const tolerated = isCalm ? 1 : toleratedNow(setup, look)
  const steady = isCalm ? null : gains(setup, look, tolerated, STEADY_TIMES)
  const acute = isCalm ? null : gains(setup, look, tolerated * ACUTE_TOLERATED_TIMES, ACUTE_TIMES)
  return {
    steady: withGains(setup.steady, trial.steady, steady, spanMs),
    acute: withGains(setup.acute, trial.acute, acute, spanMs),
  }
}

/** The e-value of the metric: at least 1/α with probability at most α while the candidate is no worse than tolerated. */
export function rateEvidence(setup: RateSetup, trial: RateTrial): number {
  return (
    (1 - ACUTE_SHARE) * wealthOf(setup.steady, trial.steady) +
    ACUTE_SHARE * wealthOf(setup.acute, trial.acute)
  )
}

/** Times the baseline's rate that prove nothing at this moment. */
export function toleratedNow(
  { tolerated, spread }: RateSettings,
  { candidateBoxes, baselineBoxes, warming }: Pick<RateLook, 'candidateBoxes' | 'baselineBoxes' | 'warming'>,
): number {
  const boxes = boxMargin(spread, { candidate: candidateBoxes, baseline: baselineBoxes })
  return tolerated * boxes * warming
}

function gains(
  { spread, toleratedPlusAlone }: RateSettings,
  { candidate, baseline, usual }: RateLook,
  tolerated: number,
  times: readonly number[],
): readonly number[] | null {
  if (baseline !== null && baseline.requests > 0)
    return gainsBeside(candidate, baseline, tolerated, times, spread.clumping)
  if (usual === null) return null
  const rateFine = Math.min(1, Math.max(usual * tolerated, usual * TIMES_ALONE, usual + toleratedPlusAlone))
  return gainsAlone(candidate, rateFine, times, spread.clumping)
}

const ACUTE_WEIGHTS = evenWeights(ACUTE_TIMES.length)

/** Most regressions are there from the first request; some are hidden by the warm-up; some come later. */
export function onsetOf(warmUp: WarmUp, plannedMs: number): Onset {
  return warmUp.length === 0
    ? { atStart: 0.7, later: null, evenlyToMs: plannedMs }
    : { atStart: 0.25, later: { atMs: warmUpOverMs(warmUp), share: 0.4 }, evenlyToMs: plannedMs }
}
