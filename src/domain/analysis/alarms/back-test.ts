// What alarms would have said of the releases of the last days, had they been there: folded over recorded ticks, release
// by release for as long as each was on trial.
import { noEvidence, type Evidence, type Spell } from '../evidence.ts'
import type { Question } from '../judgement.ts'
import { believed, type ArmTick, type Tick } from '../tick.ts'
import type { EpochMs, ReleaseNumber } from '../../names.ts'
import { releaseName } from '../../release-number.ts'
import { tickMetricOf, type AlarmDefinition } from './alarm.ts'
import { judgeAlarms } from './judge-alarms.ts'
import { ownMetric } from './own-metrics.ts'
import { withTold, type Told } from './told.ts'

export const BACK_TEST_DAYS = 14
export const BACK_TEST_MS = BACK_TEST_DAYS * 86_400_000

export type BackTested = {
  readonly alarm: string
  /** Releases on which it would have fired, in order. */
  readonly fired: readonly { readonly release: ReleaseNumber; readonly at: EpochMs }[]
  /** How many releases told what it is set on while they were on trial. */
  readonly tried: number
}

export type BackTest = {
  add(tick: Tick): void
  result(): readonly BackTested[]
}

type OnTrial = {
  readonly question: Question
  watchedMs: number
}

const RECENT_KEPT = 3

/** `trialMs`: watched time for which a release is on trial, from its first request to the end of its bake or watch. */
export function beginBackTest(alarms: readonly AlarmDefinition[], trialMs: number): BackTest {
  const fired = new Map<string, Map<ReleaseNumber, EpochMs>>(alarms.map(({ alarm }) => [alarm, new Map()]))
  const tried = new Map<string, Set<ReleaseNumber>>(alarms.map(({ alarm }) => [alarm, new Set()]))
  let told: readonly Told[] = []
  let recent: readonly Tick[] = []
  let trials: ReadonlyMap<ReleaseNumber, OnTrial> = new Map()

  const add = (read: Tick): void => {
    const tick = withAlarmMetrics(believed(read), alarms)
    trials = trialsAfter(trials, recent.at(-1), tick)
    told = withTold(told, tick)
    recent = [...recent, tick].slice(-RECENT_KEPT)
    for (const [release, trial] of trials) {
      if (trial.watchedMs >= trialMs) continue
      if (tick.routerSeen && tick.held !== true) trial.watchedMs += tick.spanMs
      const evidence = evidenceOf(trial, { told, recent, tick })
      for (const alarm of alarms) {
        if (toldBy(tick, release, alarm)) tried.get(alarm.alarm)?.add(release)
        const before = fired.get(alarm.alarm)
        if (before === undefined || before.has(release)) continue
        // A release that it would have turned back would not be there to excuse the next one.
        const { baseline } = trial.question
        const isExcuse = baseline !== null && !before.has(baseline)
        const question = { ...trial.question, baseline: isExcuse ? baseline : null, plannedMs: trialMs }
        const said = judgeAlarms({ ...question, alarms: [alarm] }, evidence)
        if (said?.verdict === 'against') before.set(release, tick.at)
      }
    }
  }

  return {
    add,
    result: () =>
      alarms.map(({ alarm }) => ({
        alarm,
        fired: [...(fired.get(alarm) ?? [])].map(([release, at]) => ({ release, at })),
        tried: tried.get(alarm)?.size ?? 0,
      })),
  }
}

/** Who serves for the first time is on trial, beside whoever served most before; the very first is nothing's rival. */
function trialsAfter(
  trials: ReadonlyMap<ReleaseNumber, OnTrial>,
  before: Tick | undefined,
  tick: Tick,
): ReadonlyMap<ReleaseNumber, OnTrial> {
  const serving = tick.arms.filter(({ weightPercent }) => weightPercent > 0)
  if (before === undefined) return trials
  const [most] = before.arms.toSorted((left, right) => right.weightPercent - left.weightPercent)
  const baseline = most !== undefined && most.weightPercent > 0 ? most.release : null
  const isKnown = (release: ReleaseNumber): boolean =>
    trials.has(release) || before.arms.some((arm) => arm.release === release && arm.weightPercent > 0)
  const fresh = serving.filter(({ release }) => !isKnown(release))
  // Whoever went is on trial anew should it come again.
  const kept = [...trials].filter(([release]) => serving.some((arm) => arm.release === release))
  if (fresh.length === 0 && kept.length === trials.size) return trials
  const begun = fresh.map(({ release }): [ReleaseNumber, OnTrial] => [
    release,
    {
      question: { about: 'rollout', release, carriers: [release], baseline, sinceSeq: before.seq },
      watchedMs: 0,
    },
  ])
  return new Map([...kept, ...begun])
}

function evidenceOf(
  { question, watchedMs }: OnTrial,
  {
    told,
    recent,
    tick,
  }: { readonly told: readonly Told[]; readonly recent: readonly Tick[]; readonly tick: Tick },
): Evidence {
  const spell: Spell = {
    shares: [],
    fromSeq: question.sinceSeq + 1,
    toSeq: tick.seq,
    fromAt: tick.at,
    toAt: tick.at,
    watchedMs,
    sums: [],
  }
  return { ...noEvidence, lastSeq: tick.seq, lastAt: tick.at, spells: [spell], recent, told }
}

/** What Sluice counts itself is in every tick; the rest is where somebody had an alarm on it. */
function withAlarmMetrics(tick: Tick, alarms: readonly AlarmDefinition[]): Tick {
  return {
    ...tick,
    arms: tick.arms.map((arm) => ({
      ...arm,
      metrics: alarms.flatMap(({ of }): [string, number | null][] => {
        const name = tickMetricOf(of)
        const value = of.from === 'sluice' ? ownMetric(of.metric, arm, tick) : recorded(arm, name)
        return value === undefined ? [] : [[name, value]]
      }),
    })),
  }
}

function recorded({ metrics = [] }: ArmTick, name: string): number | null | undefined {
  return metrics.find(([metric]) => metric === name)?.[1]
}

function toldBy({ arms }: Tick, release: ReleaseNumber, { of }: AlarmDefinition): boolean {
  const name = tickMetricOf(of)
  return arms.some((arm) => arm.release === release && recorded(arm, name) !== undefined)
}

/** One sentence that goes after what the alarm is called. */
export function backTestInWords({ fired, tried }: BackTested): string {
  const ago = `in the last ${BACK_TEST_DAYS} days`
  if (tried === 0)
    return `cannot be tried on the past: no release that was on trial ${ago} told what it is set on`
  const releases = tried === 1 ? '1 release was' : `${tried} releases were`
  if (fired.length === 0) return `would not have fired ${ago}, in which ${releases} on trial`
  const often = fired.length === 1 ? 'once' : fired.length === 2 ? 'twice' : `${fired.length} times`
  const names = fired.slice(-5).map(({ release }) => releaseName(release))
  const on = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  const which = fired.length > names.length ? `the last on ${on}` : `on ${on}`
  return `would have fired ${often} ${ago}, ${which}; ${releases} on trial`
}
