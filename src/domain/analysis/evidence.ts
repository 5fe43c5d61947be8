// What the ticks of one environment add up to, bounded however long it bakes: spells in which the same releases had
// the same shares, and the last ten ticks as they were.
import { withTold, type Told } from './alarms/told.ts'
import type { EpochMs, ReleaseNumber } from '../names.ts'
import { withGrowth, type Growth } from './growth/growth.ts'
import { addLatency, type LatencyCounts } from './latency-histogram.ts'
import type { Question } from './judgement.ts'
import { withDeploys, type DeploySeen } from './sequential/deploys-seen.ts'
import { withNeighbourTick, type NeighbourSeen } from './neighbours/usual-blocks.ts'
import { believed, type ArmTick, type Tick } from './tick.ts'
import { keyOf, withTrials, type Trial } from './trial.ts'
import { addedWorkers, sumOfWorker, type WorkerSum } from './worker-sum.ts'

export const RECENT_TICKS = 10
/** Shares change a few times per rollout; older spells speak of releases nobody asks about any more. */
export const SPELLS_KEPT = 80

export type Evidence = {
  readonly lastSeq: number
  readonly lastAt: EpochMs
  readonly spells: readonly Spell[]
  readonly recent: readonly Tick[]
  /** One per question that is judged tick by tick; none where nobody asks for them. */
  readonly trials: readonly Trial[]
  /** How new boxes behaved in the last few deploys; kept where questions are judged tick by tick. */
  readonly deploys: readonly DeploySeen[]
  /** What alarms are set on; none where a stage has none. */
  readonly told: readonly Told[]
  /** What watched services did lately. Empty where a stage watches none. */
  readonly neighbours: readonly NeighbourSeen[]
  /** What instances of the last few releases took by their age. */
  readonly growth: readonly Growth[]
}

export type Spell = {
  /** Shares in percent, by release, without those of nothing; sorted by release. */
  readonly shares: readonly (readonly [release: ReleaseNumber, percent: number])[]
  readonly fromSeq: number
  readonly toSeq: number
  readonly fromAt: EpochMs
  readonly toAt: EpochMs
  /** Watched time: only spans in which a living router told what it saw, and nothing was on hold. */
  readonly watchedMs: number
  readonly sums: readonly ArmSum[]
}

export type ArmSum = {
  readonly release: ReleaseNumber
  readonly requests: number
  readonly errors: number
  readonly latency: LatencyCounts
  /** What of it was asked while none of its instances was well; absent where nothing was. */
  readonly whileDown?: { readonly requests: number; readonly errors: number }
  /** Its processes without a port. Absent: it has none. */
  readonly workers?: readonly WorkerSum[]
}

export const noEvidence: Evidence = {
  lastSeq: 0,
  lastAt: 0,
  spells: [],
  recent: [],
  trials: [],
  deploys: [],
  told: [],
  neighbours: [],
  growth: [],
}

export function withTick(evidence: Evidence, tick: Tick): Evidence {
  return withTickCut(evidence, tick, new Set())
}

/**
 * `cutAfter`: ticks after which something is asked for anew; no spell goes on across one of them. `tried`: questions
 * whose trials go on, or begin.
 */
export function withTickCut(
  evidence: Evidence,
  read: Tick,
  cutAfter: ReadonlySet<number>,
  tried: readonly Question[] = [],
): Evidence {
  const tick = believed(read)
  const shares = tick.arms
    .filter((arm) => arm.weightPercent > 0)
    .map((arm) => [arm.release, arm.weightPercent] as const)
    .sort((left, right) => left[0] - right[0])
  const last = evidence.spells.at(-1)
  const continues = last !== undefined && sameShares(last.shares, shares) && !cutAfter.has(last.toSeq)
  const spell: Spell = continues ? lengthened(last, tick) : begun(shares, tick)
  const spells = continues
    ? [...evidence.spells.slice(0, -1), spell]
    : [...evidence.spells, spell].slice(-SPELLS_KEPT)
  return {
    lastSeq: tick.seq,
    lastAt: tick.at,
    spells,
    recent: [...evidence.recent, tick].slice(-RECENT_TICKS),
    trials: withTrials(evidence.trials, tick, tried, evidence.deploys),
    deploys: withDeploys(evidence.deploys, tick),
    told: withTold(evidence.told, tick),
    neighbours: withNeighbourTick(evidence.neighbours, tick, cutAfter),
    growth: withGrowth(evidence.growth, tick, evidence.recent.at(-1)),
  }
}

/** Whether a question is tried whose trial does not know what was seen before it: the ticks must be read again. */
export function isTrialMissing(evidence: Evidence, tried: readonly Question[]): boolean {
  return tried.some((question) => evidence.trials.every((trial) => trial.key !== keyOf(question)))
}

function sameShares(left: Spell['shares'], right: Spell['shares']): boolean {
  return (
    left.length === right.length &&
    left.every(([release, percent], at) => right[at]?.[0] === release && right[at]?.[1] === percent)
  )
}

function begun(shares: Spell['shares'], tick: Tick): Spell {
  return {
    shares,
    fromSeq: tick.seq,
    toSeq: tick.seq,
    fromAt: tick.at - tick.spanMs,
    toAt: tick.at,
    watchedMs: watched(tick),
    sums: tick.arms.map((arm) => sumOfArm(arm, tick.spanMs)),
  }
}

function lengthened(spell: Spell, tick: Tick): Spell {
  return {
    ...spell,
    toSeq: tick.seq,
    toAt: tick.at,
    watchedMs: spell.watchedMs + watched(tick),
    sums: addArms(
      spell.sums,
      tick.arms.map((arm) => sumOfArm(arm, tick.spanMs)),
    ),
  }
}

function watched(tick: Tick): number {
  return tick.routerSeen && tick.held !== true ? tick.spanMs : 0
}

export function addArms(left: readonly ArmSum[], right: readonly ArmSum[]): readonly ArmSum[] {
  const sums = [...left]
  for (const arm of right) {
    const at = sums.findIndex(({ release }) => release === arm.release)
    const known = sums[at]
    if (known) sums[at] = addedTo(known, arm)
    else sums.push(arm)
  }
  return sums.sort((a, b) => a.release - b.release)
}

function addedTo(known: ArmSum, arm: ArmSum): ArmSum {
  const sum = {
    release: known.release,
    requests: known.requests + arm.requests,
    errors: known.errors + arm.errors,
    latency: addLatency(known.latency, arm.latency),
    ...addedWorkers(known.workers, arm.workers),
  }
  const down = known.whileDown ?? arm.whileDown
  if (down === undefined) return sum
  if (known.whileDown === undefined || arm.whileDown === undefined) return { ...sum, whileDown: down }
  const requests = known.whileDown.requests + arm.whileDown.requests
  return { ...sum, whileDown: { requests, errors: known.whileDown.errors + arm.whileDown.errors } }
}

export function sumOfArm(arm: ArmTick, spanMs: number): ArmSum {
  const { release, requests, errors, latency, instances, workers } = arm
  const isDown = requests > 0 && instances.wanted > 0 && instances.ready === 0
  return {
    release,
    requests,
    errors,
    latency,
    ...(isDown ? { whileDown: { requests, errors } } : {}),
    ...(workers === undefined ? {} : { workers: workers.map((worker) => sumOfWorker(worker, spanMs)) }),
  }
}

/** Without what was asked while none of its instances was well: that tells of the machine, and not of the release. */
export function whileUp({ whileDown, ...sum }: ArmSum): ArmSum {
  if (whileDown === undefined || whileDown.requests >= sum.requests) return sum
  return {
    ...sum,
    requests: sum.requests - whileDown.requests,
    errors: sum.errors - whileDown.errors,
  }
}

/** What one release was seen to do over some spells. */
export function sumOf(spells: readonly Spell[], release: ReleaseNumber): ArmSum {
  return spells.reduce<ArmSum>(
    (sum, spell) => {
      const arm = spell.sums.find((candidate) => candidate.release === release)
      return arm ? (addArms([sum], [arm])[0] ?? sum) : sum
    },
    { release, requests: 0, errors: 0, latency: [] },
  )
}

/** Spells in which the release had all of the traffic. */
export function spellsAlone(evidence: Evidence, release: ReleaseNumber, sinceSeq: number): readonly Spell[] {
  return evidence.spells.filter(
    (spell) => spell.fromSeq > sinceSeq && spell.shares.length === 1 && spell.shares[0]?.[0] === release,
  )
}

export function watchedMs(spells: readonly Spell[]): number {
  return spells.reduce((sum, spell) => sum + spell.watchedMs, 0)
}

export function requestsOf(spells: readonly Spell[]): number {
  return spells.reduce((sum, spell) => sum + spell.sums.reduce((all, arm) => all + arm.requests, 0), 0)
}

/** Whether a spell goes on across one of these ticks, so that what came after it cannot be told from what came before. */
export function isCutNeeded(evidence: Evidence, cutAfter: ReadonlySet<number>): boolean {
  return evidence.spells.some((spell) =>
    [...cutAfter].some((seq) => spell.fromSeq <= seq && seq < spell.toSeq),
  )
}
