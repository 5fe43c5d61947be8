// What one question's evidence adds up to, tick by tick: bounded, plain data, and the same to the bit whether it was
// watched live or read again from the recorded ticks.
import type { Question } from './judgement.ts'
import { rateAtMost } from './numbers/beta-tail.ts'
import { beginBoxes, warmingOf, withCount, type BoxAges } from './sequential/box-ages.ts'
import {
  beginExceedances,
  withLatency,
  type ExceedanceSettings,
  type ExceedanceTrial,
} from './sequential/exceedance-trial.ts'
import { beginLatencySafety, withLatencySafety, type LatencySafety } from './sequential/latency-safety.ts'
import { withShares, type ShareClass } from './sequential/plausible-ratio.ts'
import {
  beginRate,
  blockMsOf,
  rateSetup,
  withRate,
  type RateLook,
  type RateSettings,
  type RateTrial,
} from './sequential/rate-trial.ts'
import { warmUpSeen, type DeploySeen } from './sequential/deploys-seen.ts'
import { latencySpreadOf } from './sequential/latency-boxes.ts'
import { beginSafety, withSafety, type SafetyTrial } from './sequential/safety-trial.ts'
import { boxMargin, spreadOf, type Spread } from './sequential/spread.ts'
import { GUESSED_LATENCY_WARM_UP, GUESSED_WARM_UP, warmUpOverMs, type WarmUp } from './sequential/warm-up.ts'
import { armOf, type Arm } from './arm.ts'
import { noHistory, remembered, type History } from './history.ts'
import type { Tick } from './tick.ts'

/** Errors may be a fifth more frequent; latency a tenth longer (two buckets), or four where nothing is beside it. */
export const TOLERATED_ERRORS = 1.2
const TOLERATED_BUCKETS = 2
const TOLERATED_BUCKETS_ALONE = 4
/** The regression that matters: errors doubled, and a percentage point more. */
export const MATTERS = { mattersTimes: 2, mattersPlus: 0.01 } as const
const PLANNED_MS = 3_600_000
/** A short trial means a service that is ready soon: no more than so much of it is taken as warm-up. */
const WARM_UP_SHARE = 1 / 4
/** What is taken for granted of a baseline that was hardly seen: this many requests without an error. */
const GRANTED_REQUESTS = 60
const USUAL_CONFIDENCE = 0.99
/** A stack trace is many lines. */
const LINES_CLUMPED = 10

export type Trial = {
  readonly key: string
  readonly history: History
  /** Null until the first tick that counts. */
  readonly running: Running | null
}

export type Running = {
  readonly errorSettings: RateSettings
  readonly lineSettings: RateSettings
  readonly latencySettings: ExceedanceSettings
  readonly latencySpread: Spread
  readonly errors: RateTrial
  readonly lines: RateTrial
  readonly latency: ExceedanceTrial
  readonly safety: SafetyTrial
  readonly latencySafety: LatencySafety
  readonly boxes: BoxAges
  readonly classes: readonly ShareClass[]
  readonly seen: Seen
  /** Highest usual rates, and how much of the history they were worked out from. */
  readonly usual: { readonly ofRequests: number; readonly errors: number; readonly lines: number }
}

export type Seen = {
  readonly watchedMs: number
  readonly requests: number
  readonly errors: number
  /** Errors that the baseline would have had on the same requests. */
  readonly errorsExpected: number
  readonly lines: number
  readonly linesExpected: number
}

/** All that a trial depends on but the ticks: whoever asks the same gets the same, whenever they began to read. */
export function keyOf({
  about,
  release,
  carriers,
  baseline,
  sinceSeq,
  fromSeq,
  plannedMs,
}: Question): string {
  const window = `after ${sinceSeq} from ${fromSeq ?? 0} for ${plannedMs ?? PLANNED_MS}`
  return `${about} #${release} of ${carriers.join('+')} beside ${baseline ?? 'nothing'} ${window}`
}

/** Trials of the questions that are asked now; one that is not asked any more is forgotten. */
export function withTrials(
  trials: readonly Trial[],
  tick: Tick,
  questions: readonly Question[],
  deploys: readonly DeploySeen[] = [],
): readonly Trial[] {
  return questions.map((question) => {
    const key = keyOf(question)
    const known = trials.find((trial) => trial.key === key)
    return withTickOf(known ?? { key, history: noHistory, running: null }, question, tick, deploys)
  })
}

function withTickOf(trial: Trial, question: Question, tick: Tick, deploys: readonly DeploySeen[]): Trial {
  // Time without a router's word, or on hold, shows nothing of either arm.
  if (!tick.routerSeen || tick.held === true || tick.spanMs <= 0) return trial
  if (tick.seq <= (question.fromSeq ?? 0)) return trial
  const baseline = armOf(tick, question.baseline === null ? [] : [question.baseline])
  const candidate = armOf(tick, question.carriers)
  const counts = tick.seq > question.sinceSeq && candidate !== null
  const running = counts
    ? withSpan(trial.running ?? begin(trial.history, question, deploys), trial.history, {
        tick,
        candidate,
        baseline,
      })
    : trial.running
  const history = baseline === null ? trial.history : remembered(trial.history, baseline, tick.spanMs)
  return { key: trial.key, history, running }
}

function begin(history: History, question: Question, deploys: readonly DeploySeen[]): Running {
  const plannedMs = question.plannedMs ?? PLANNED_MS
  const onTrial = question.carriers
  const warmUp = warmUpSeen(deploys, onTrial) ?? shortened(GUESSED_WARM_UP, plannedMs * WARM_UP_SHARE)
  const blockMs = blockMsOf(plannedMs)
  const errorSpread = spreadOf(history.errorSpread)
  const lineSpread = spreadOf(history.lineSpread)
  const shared = {
    tolerated: TOLERATED_ERRORS,
    toleratedPlusAlone: MATTERS.mattersPlus,
    warmUp,
    plannedMs,
    blockMs,
  }
  const errorSettings: RateSettings = { ...shared, spread: errorSpread }
  const lineSettings: RateSettings = {
    ...shared,
    spread: { ...lineSpread, clumping: Math.max(LINES_CLUMPED, lineSpread.clumping) },
  }
  const latencySettings: ExceedanceSettings = {
    toleratedBuckets: TOLERATED_BUCKETS,
    toleratedBucketsAlone: TOLERATED_BUCKETS_ALONE,
    warmUp: shortened(GUESSED_LATENCY_WARM_UP, plannedMs * WARM_UP_SHARE),
    plannedMs,
  }
  return {
    errorSettings,
    lineSettings,
    latencySettings,
    latencySpread: latencySpreadOf(history.paces),
    errors: beginRate(rateSetup(errorSettings)),
    lines: beginRate(rateSetup(lineSettings)),
    latency: beginExceedances(latencySettings, history.latency),
    safety: beginSafety(),
    latencySafety: beginLatencySafety(),
    boxes: beginBoxes,
    classes: [],
    seen: { watchedMs: 0, requests: 0, errors: 0, errorsExpected: 0, lines: 0, linesExpected: 0 },
    usual: { ofRequests: -1, errors: 1, lines: 1 },
  }
}

function shortened(warmUp: WarmUp, toMs: number): WarmUp {
  const overMs = warmUpOverMs(warmUp)
  if (overMs <= toMs) return warmUp
  return warmUp.map(([ageMs, times]) => [(ageMs * toMs) / overMs, times])
}

type Span = { readonly tick: Tick; readonly candidate: Arm; readonly baseline: Arm | null }

function withSpan(running: Running, history: History, { tick, candidate, baseline }: Span): Running {
  const { spanMs } = tick
  const beside = baseline !== null && baseline.requests > 0 ? baseline : null
  const usual = beside === null ? usualOf(running, history) : running.usual
  const boxes = withCount(running.boxes, candidate.boxes, spanMs)
  const { errorSettings, lineSettings, latencySettings } = running
  const warming = warmingOf(boxes, errorSettings.warmUp)
  const look = {
    spanMs,
    warming,
    candidateBoxes: candidate.boxes,
    baselineBoxes: baseline?.boxes ?? candidate.boxes,
  }
  const counts = (arm: Arm, hits: number): RateLook['candidate'] => ({ requests: arm.requests, hits })
  const errors: RateLook = {
    ...look,
    candidate: counts(candidate, candidate.errors),
    baseline: beside && counts(beside, beside.errors),
    usual: usual.errors,
  }
  const lines: RateLook = {
    ...look,
    candidate: counts(candidate, candidate.lines),
    baseline: beside && counts(beside, beside.lines),
    usual: history.requests > 0 ? usual.lines : null,
  }
  return {
    ...running,
    errors: withRate(rateSetup(errorSettings), running.errors, errors),
    lines: withRate(rateSetup(lineSettings), running.lines, lines),
    latency: withLatency(latencySettings, running.latency, {
      spanMs,
      slowness:
        warmingOf(boxes, latencySettings.warmUp) *
        boxMargin(running.latencySpread, { candidate: look.candidateBoxes, baseline: look.baselineBoxes }),
      candidate: candidate.latency,
      baseline: beside?.latency ?? null,
      known: history.latency,
    }),
    safety: withSafety({ ...MATTERS, clumping: errorSettings.spread.clumping }, running.safety, {
      ...errors,
      usual: history.requests > 0 ? usual.errors : null,
    }),
    latencySafety: withLatencySafety(running.latencySafety, {
      spanMs,
      candidate: candidate.latency,
      baseline: beside?.latency ?? null,
      known: history.latency,
    }),
    boxes,
    classes: withShares(running.classes, {
      candidate: candidate.requests,
      candidateHits: candidate.errors,
      baseline: beside?.requests ?? 0,
      baselineHits: beside?.errors ?? 0,
    }),
    seen: withSeen(running.seen, history, { tick, candidate, baseline: beside }),
    usual,
  }
}

function withSeen(seen: Seen, history: History, { tick, candidate, baseline }: Span): Seen {
  const from = baseline ?? history
  const share = from.requests > 0 ? candidate.requests / from.requests : 0
  return {
    watchedMs: seen.watchedMs + tick.spanMs,
    requests: seen.requests + candidate.requests,
    errors: seen.errors + candidate.errors,
    errorsExpected: seen.errorsExpected + share * from.errors,
    lines: seen.lines + candidate.lines,
    linesExpected: seen.linesExpected + share * from.lines,
  }
}

/** The highest rates that are plausible of a baseline that is not beside: its clumps count once. */
function usualOf({ usual, errorSettings, lineSettings }: Running, history: History): Running['usual'] {
  if (usual.ofRequests === history.requests) return usual
  const highest = (hits: number, clumping: number): number =>
    rateAtMost(
      Math.min(hits, history.requests) / clumping,
      (history.requests + GRANTED_REQUESTS) / clumping,
      USUAL_CONFIDENCE,
    )
  return {
    ofRequests: history.requests,
    errors: highest(history.errors, errorSettings.spread.clumping),
    lines: highest(history.lines, lineSettings.spread.clumping),
  }
}
