// The simple, safe judge: fixed thresholds (behaviour section 6). It compares with the baseline where there is one.
import { withAlarms } from './alarms/judge-alarms.ts'
import { withNeighbours } from './neighbours/judge-neighbours.ts'
import type { ReleaseNumber } from '../names.ts'
import { addArms, spellsAlone, sumOf, sumOfArm, whileUp, type ArmSum, type Evidence } from './evidence.ts'
import type { Judgement, Question } from './judgement.ts'
import { judgeWorkers } from './judge-workers.ts'
import { quantileMs } from './latency-histogram.ts'
import type { ArmTick, Tick } from './tick.ts'
import { releaseName } from '../release-number.ts'

export const FAILED_REQUESTS_MIN = 5
export const ERROR_RATE_MIN = 0.05
export const ERROR_RATE_TIMES = 3
export const LATENCY_TIMES = 2
export const LATENCY_PLUS_MS = 100
export const LATENCY_REQUESTS_MIN = 50
export const TICKS_AGAINST = 3
/** So many ticks in a row without a living router, and nothing can be said. */
export const SILENT_TICKS = 3

export function judgeByThresholds(question: Question, evidence: Evidence): Judgement {
  const said = withAlarms(judgedByLimits(question, evidence), question, evidence)
  return withNeighbours(said, question, evidence)
}

function judgedByLimits(question: Question, evidence: Evidence): Judgement {
  const recent = evidence.recent.filter((tick) => tick.seq > question.sinceSeq)
  const host = judgeHost(question, recent) ?? judgeWorkers(question, evidence)
  if (host) return host
  const seen = recent.filter((tick) => tick.routerSeen)
  const alone = question.baseline !== null && question.carriers.length === 1
  const errors = judgeErrors(question, evidence, seen)
  if (errors !== undefined) return { verdict: 'against', what: errors, cause: 'verdict', alone }
  const latency = judgeLatency(question, evidence, seen)
  if (latency !== undefined) return { verdict: 'against', what: latency, cause: 'verdict', alone }
  return { verdict: 'none' }
}

/** What needs no statistics: no router that tells what it sees, crash loops, failed health. */
export function judgeHost(question: Question, recent: readonly Tick[]): Judgement | undefined {
  const silence = silenceOf(recent)
  const instances = judgeInstances(question, recent)
  // Whoever crashes again and again is mostly not seen to run: without a port that is what silence looks like.
  if (instances?.verdict === 'against' && recent.at(-1)?.portless) return instances
  if (silence !== undefined) return { verdict: 'hold', reason: silence }
  return instances
}

function silenceOf(recent: readonly Tick[]): string | undefined {
  const last = recent.slice(-SILENT_TICKS)
  return last.length === SILENT_TICKS && last.every((tick) => !tick.routerSeen)
    ? last[0]?.portless
      ? 'not all that serve are seen to run'
      : (last.at(-1)?.unseen ?? 'no router tells what it sees')
    : undefined
}

/** Crash loops and failed health. What died together with the baseline is not the release's fault alone. */
function judgeInstances({ release, baseline }: Question, recent: readonly Tick[]): Judgement | undefined {
  const looping = recent
    .slice(-TICKS_AGAINST)
    .some((tick) => (armOf(tick, release)?.instances.crashLooping ?? 0) > 0)
  const ill =
    recent.filter((tick) => (armOf(tick, release)?.instances.unhealthy ?? 0) > 0).length >= TICKS_AGAINST
  if (!looping && !ill) return undefined
  const baselineToo =
    baseline !== null &&
    recent.some((tick) => {
      const instances = armOf(tick, baseline)?.instances
      return (instances?.crashLooping ?? 0) + (instances?.unhealthy ?? 0) > 0
    })
  const what = looping
    ? `instances of ${releaseName(release)} crash again and again`
    : `instances of ${releaseName(release)} fail their health check`
  if (baselineToo) return { verdict: 'hold', reason: `${what}, and so do those of ${releaseName(baseline)}` }
  return { verdict: 'against', what, cause: looping ? 'crash' : 'health', alone: true }
}

function judgeErrors(question: Question, evidence: Evidence, recent: readonly Tick[]): string | undefined {
  const windows = [recentSums(recent), wholeSums(question, evidence)]
  for (const sums of windows) {
    const candidate = candidateSum(question, sums)
    if (candidate.errors < FAILED_REQUESTS_MIN) continue
    const rate = candidate.errors / candidate.requests
    const baseline = baselineSum(question, evidence, sums)
    const baselineRate = baseline && baseline.requests > 0 ? baseline.errors / baseline.requests : 0
    if (rate > ERROR_RATE_MIN && rate > ERROR_RATE_TIMES * baselineRate)
      return `${candidate.errors} of ${candidate.requests} requests to ${named(question)} failed (${percent(rate)}${baseline ? `, against ${percent(baselineRate)} of ${releaseName(baseline.release)}` : ''})`
  }
  return undefined
}

function judgeLatency(question: Question, evidence: Evidence, recent: readonly Tick[]): string | undefined {
  if (question.baseline === null) return undefined
  const sums = recentSums(recent)
  const candidate = candidateSum(question, sums)
  const baseline = baselineSum(question, evidence, sums)
  const usual =
    baseline && baseline.requests >= LATENCY_REQUESTS_MIN ? quantileMs(baseline.latency, 0.95) : undefined
  if (candidate.requests < LATENCY_REQUESTS_MIN || usual === undefined) return undefined
  const limit = LATENCY_TIMES * usual + LATENCY_PLUS_MS
  const slow = recent.filter(
    (tick) => (quantileMs(candidateSum(question, sumsOf(tick)).latency, 0.95) ?? 0) > limit,
  )
  const now = quantileMs(candidate.latency, 0.95) ?? 0
  if (slow.length < TICKS_AGAINST || now <= limit) return undefined
  return `the slowest 5 % of requests to ${named(question)} take ${Math.round(now)} ms and more, against ${Math.round(usual)} ms of ${releaseName(question.baseline)}`
}

/** Everything that carried what is on trial, as one. */
function candidateSum({ carriers, release }: Question, sums: readonly ArmSum[]): ArmSum {
  return sums
    .filter((arm) => carriers.includes(arm.release))
    .reduce<ArmSum>((sum, arm) => addArms([sum], [{ ...arm, release }])[0] ?? sum, {
      release,
      requests: 0,
      errors: 0,
      latency: [],
    })
}

function named({ carriers }: Question): string {
  return carriers.map((release) => releaseName(release)).join(' and ')
}

/**
 * The other arm at the same time where it is seen enough, else what the baseline did when it served alone. An outage of
 * the baseline would excuse everything that comes after it.
 */
function baselineSum(
  { baseline, about }: Question,
  evidence: Evidence,
  sums: readonly ArmSum[],
): ArmSum | undefined {
  if (baseline === null) return undefined
  const beside = sums.find((arm) => arm.release === baseline)
  if (about === 'rollout' && beside && beside.requests >= LATENCY_REQUESTS_MIN) return beside
  const before = whileUp(sumOf(spellsAlone(evidence, baseline, 0), baseline))
  return before.requests > 0 ? before : beside
}

function sumsOf(tick: Tick): readonly ArmSum[] {
  return tick.arms.map((arm) => sumOfArm(arm, tick.spanMs))
}

function recentSums(recent: readonly Tick[]): readonly ArmSum[] {
  return recent.reduce<readonly ArmSum[]>((sums, tick) => addArms(sums, sumsOf(tick)), [])
}

function wholeSums({ sinceSeq }: Question, evidence: Evidence): readonly ArmSum[] {
  return evidence.spells
    .filter((spell) => spell.fromSeq > sinceSeq)
    .reduce<readonly ArmSum[]>((sums, spell) => addArms(sums, spell.sums), [])
}

function armOf(tick: Tick, release: ReleaseNumber): ArmTick | undefined {
  return tick.arms.find((arm) => arm.release === release)
}

function percent(rate: number): string {
  return `${(rate * 100).toFixed(rate < 0.1 ? 1 : 0)} %`
}
