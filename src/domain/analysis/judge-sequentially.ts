// The judge that may be looked at every second: bets on each metric, their weighted mean, and a limit that a healthy
// release crosses at most as often as the budget of false stops says. Crashes, failed health and silence of the routers
// are told as the thresholds tell them.
import { withAlarms } from './alarms/judge-alarms.ts'
import type { Evidence } from './evidence.ts'
import { judgeByThresholds, judgeHost } from './judge-by-thresholds.ts'
import type { Judgement, Question } from './judgement.ts'
import { judgeWorkers } from './judge-workers.ts'
import { explain } from './explain.ts'
import { leakEvidence, type LeakEvidence } from './growth/leaks.ts'
import { withNeighbours } from './neighbours/judge-neighbours.ts'
import { combined, type MetricEvidence } from './sequential/combine.ts'
import { ALPHA_MAX } from './sequential/error-budget.ts'
import { exceedanceEvidence } from './sequential/exceedance-trial.ts'
import { latencySafetyEvidence } from './sequential/latency-safety.ts'
import { METRIC_WEIGHTS } from './sequential/metric-weights.ts'
import { rateEvidence, rateSetup } from './sequential/rate-trial.ts'
import { safetyEvidence } from './sequential/safety-trial.ts'
import { keyOf, type Running } from './trial.ts'

/** So many ticks in a row with numbers that cannot be, and nothing can be said. */
const SPOILT_TICKS = 3
/** Chance of calling a release safe that is worse by what matters. */
export const BETA = 0.05
/** A trial of less than a minute has no time to be sure and quick: there the plain limits are a word against it too. */
const SHORT_MS = 60_000

export function judgeSequentially(question: Question, evidence: Evidence): Judgement {
  const said = withAlarms(judgedByBets(question, evidence), question, evidence)
  return withNeighbours(said, question, evidence)
}

function judgedByBets(question: Question, evidence: Evidence): Judgement {
  const recent = evidence.recent.filter((tick) => tick.seq > question.sinceSeq)
  const last = recent.slice(-SPOILT_TICKS)
  if (last.length === SPOILT_TICKS && last.every((tick) => tick.spoilt === true))
    return { verdict: 'hold', reason: 'the numbers that were counted cannot be' }
  const host = judgeHost(question, recent) ?? judgeWorkers(question, evidence)
  if (host) return host
  const running = evidence.trials.find((trial) => trial.key === keyOf(question))?.running ?? null
  if (running === null) return judgeByThresholds(question, evidence)
  const metrics = metricsOf(running, leakEvidence(question, evidence.growth))
  const alpha = alphaOf(question)
  if (combined(metrics) >= 1 / alpha)
    return {
      verdict: 'against',
      what: explain(question, running, metrics, alpha),
      cause: 'verdict',
      alone: question.baseline !== null && question.carriers.length === 1,
    }
  if (question.baseline === null || running.errorSettings.plannedMs < SHORT_MS) {
    const plain = judgeByThresholds(question, evidence)
    if (plain.verdict !== 'none') return plain
  }
  // Each by itself: what is shown of one metric is nothing to the others.
  const isShownSafe =
    safetyEvidence(running.safety) >= 1 / BETA && latencySafetyEvidence(running.latencySafety) >= 1 / BETA
  return { verdict: 'none', isShownSafe }
}

/** Each metric's evidence against the release; those that saw nothing are one. */
export function metricsOf(running: Running, leaks: LeakEvidence): readonly MetricEvidence[] {
  return [
    {
      metric: 'errors',
      weight: METRIC_WEIGHTS.errors,
      evidence: rateEvidence(rateSetup(running.errorSettings), running.errors),
    },
    {
      metric: 'latency',
      weight: METRIC_WEIGHTS.latency,
      evidence: exceedanceEvidence(running.latencySettings, running.latency),
    },
    {
      metric: 'lines',
      weight: METRIC_WEIGHTS.lines,
      evidence: rateEvidence(rateSetup(running.lineSettings), running.lines),
    },
    { metric: 'leaks', weight: METRIC_WEIGHTS.leaks, ...leaks },
  ]
}

/**
 * The chance of a false stop that one question may take. A release is asked about in its rollout, and then in its bake
 * or watch; in a bake also once for each older change it carries, each with a quarter of the one before.
 */
export function alphaOf({ about, carriers, alpha = ALPHA_MAX }: Question): number {
  if (about !== 'bake') return alpha / 2
  return (alpha / 2) * 0.75 * 0.25 ** (carriers.length - 1)
}
