// What the team's own alarms come to. One that has nothing to go by holds and says so; one that the baseline fires, too,
// holds, for then the release is not to blame alone.
import { releaseName } from '../../release-number.ts'
import type { Evidence } from '../evidence.ts'
import type { Judgement, Question } from '../judgement.ts'
import { GUESSED_WARM_UP, warmUpOverMs } from '../sequential/warm-up.ts'
import { subjectInWords, tickMetricOf, type AlarmDefinition } from './alarm.ts'
import { fires, firedLately } from './fires.ts'
import { isCalm } from './quick-look.ts'
import { readingsOf, timesTold, usualOf, USUAL_POINTS_MIN, type Reading } from './readings.ts'
import { pointsOf, valueAt, type Point } from './told.ts'

/** So many ticks in a row in which it is not told, and nothing can be said. */
const MISSING_TICKS = 3
/** New instances take more and more for a while; of a short trial no more than so much is left out. */
const WARM_UP_SHARE = 1 / 4

/** What was said without the alarms, and what they say to it. */
export function withAlarms(said: Judgement, question: Question, evidence: Evidence): Judgement {
  if (said.verdict === 'against') return said
  const alarm = judgeAlarms(question, evidence)
  return alarm !== undefined && (alarm.verdict === 'against' || said.verdict === 'none') ? alarm : said
}

export function judgeAlarms(question: Question, evidence: Evidence): Judgement | undefined {
  const { alarms = [], baseline, carriers, sinceSeq } = question
  if (alarms.length === 0) return undefined
  const points = pointsOf(evidence.told, carriers)
  const asked = {
    points,
    sinceSeq,
    beside: baseline === null ? null : pointsOf(evidence.told, [baseline]),
    toldSince: lastServed(question, evidence),
    warmFrom: alarms.some(isSlope) ? warmFrom(points, question, evidence) : 0,
  }
  const said = alarms.flatMap((alarm) =>
    isCalm(alarm, { ...asked, metric: tickMetricOf(alarm.of) })
      ? []
      : (judgeAlarm(alarm, question, evidence) ?? []),
  )
  return said.find(({ verdict }) => verdict === 'against') ?? said[0]
}

/** The tick from which on something must have been told, for it not to be missing. */
function lastServed({ carriers, sinceSeq }: Question, { recent }: Evidence): number {
  let [left, seq] = [MISSING_TICKS, 0]
  for (let at = recent.length - 1; at >= 0 && left > 0; at -= 1) {
    const tick = recent[at]
    if (tick === undefined || tick.seq <= sinceSeq) break
    if (!isServedBy(tick, carriers)) continue
    left -= 1
    seq = tick.seq
  }
  return seq
}

function isServedBy({ arms }: Evidence['recent'][number], carriers: Question['carriers']): boolean {
  return arms.some((arm) => arm.weightPercent > 0 && carriers.includes(arm.release))
}

function isSlope({ rule: { kind } }: AlarmDefinition): boolean {
  return kind === 'rises' || kind === 'falls'
}

/** All of it, without a quick look before: what that look must never differ from. */
export function judgeAlarm(
  alarm: AlarmDefinition,
  question: Question,
  evidence: Evidence,
): Judgement | undefined {
  const missing = missingOf(alarm, question, evidence)
  if (missing !== undefined)
    return { verdict: 'hold', reason: `the alarm "${alarm.alarm}" ${missing}`, ofItself: true }
  const { carriers, sinceSeq, baseline } = question
  const all = pointsOf(evidence.told, carriers)
  const from = isSlope(alarm) ? warmFrom(all, question, evidence) : 0
  const points = all.slice(from).filter(({ seq }) => seq > sinceSeq)
  const beside = baseline === null ? [] : pointsOf(evidence.told, [baseline])
  const readings = readingsOf(alarm, points, beside)
  if (!fires(alarm, readings)) return undefined
  const what = inWords(alarm, question, readings, beside)
  if (baseline !== null && firedLately(alarm, readingsOf(alarm, beside, isSlope(alarm) ? [] : beside)))
    return { verdict: 'hold', reason: `${what}; and ${releaseName(baseline)} does the same` }
  return {
    verdict: 'against',
    what,
    cause: 'verdict',
    alone: baseline !== null && carriers.length === 1,
  }
}

/** What it lacks to say anything; nothing is known of a release before its first tick. */
function missingOf(
  { of, rule }: AlarmDefinition,
  { carriers, sinceSeq, baseline }: Question,
  { recent, told }: Evidence,
): string | undefined {
  const metric = tickMetricOf(of)
  const served = recent.filter((tick) => tick.seq > sinceSeq && isServedBy(tick, carriers))
  if (served.length === 0) return undefined
  const points = pointsOf(told, carriers).filter(({ seq }) => seq > sinceSeq)
  const isTold = (point: Point): boolean => valueAt(point, metric) !== undefined
  const whose = carriers.map((release) => releaseName(release)).join(' and ')
  const why = whyUntold(served.at(-1), carriers, metric)
  if (!points.some(isTold)) return `has nothing to go by: ${whose} does not tell ${subjectInWords(of)}${why}`
  const last = new Set(served.slice(-MISSING_TICKS).map(({ seq }) => seq))
  if (last.size === MISSING_TICKS && !points.some((point) => last.has(point.seq) && isTold(point)))
    return `has nothing to go by any more: ${whose} stopped telling ${subjectInWords(of)}${why}`
  return rule.kind === 'sigma' ? usualMissing(of, { baseline, served, told }) : undefined
}

function whyUntold(
  tick: Evidence['recent'][number] | undefined,
  carriers: Question['carriers'],
  metric: string,
): string {
  const untold = tick?.arms.flatMap((arm) => (carriers.includes(arm.release) ? (arm.untold ?? []) : []))
  const why = untold?.find(([name]) => name === metric)?.[1]
  return why === undefined ? '' : ` (${why})`
}

/** Whether what is usual will be known soon: not where nothing is beside the release, nor where that tells none of it. */
function usualMissing(
  of: AlarmDefinition['of'],
  {
    baseline,
    served,
    told,
  }: Pick<Question, 'baseline'> & Pick<Evidence, 'told'> & { readonly served: Evidence['recent'] },
): string | undefined {
  const last = served.at(-1)?.arms.find((arm) => arm.release === baseline)
  if (baseline === null || last === undefined || last.weightPercent === 0) return undefined
  const points = pointsOf(told, [baseline])
  const times = timesTold(points, tickMetricOf(of))
  const isSilent = times === 0 && points.length >= USUAL_POINTS_MIN
  if (isSilent || times >= USUAL_POINTS_MIN) return undefined
  return `does not know yet what is usual: ${releaseName(baseline)} told ${subjectInWords(of)} fewer than ${USUAL_POINTS_MIN} times`
}

/** Where among its points the release is no longer new. */
function warmFrom(points: readonly Point[], { sinceSeq, plannedMs }: Question, { spells }: Evidence): number {
  const warmUpMs = Math.min(warmUpOverMs(GUESSED_WARM_UP), (plannedMs ?? Infinity) * WARM_UP_SHARE)
  let ageMs = 0
  for (const spell of spells) if (spell.fromSeq > sinceSeq) ageMs += spell.watchedMs
  for (const { seq, spanMs } of points) if (seq > sinceSeq) ageMs -= spanMs
  for (let at = 0; at < points.length; at += 1) {
    const point = points[at]
    if (point === undefined || point.seq <= sinceSeq) continue
    ageMs += point.spanMs
    if (ageMs > warmUpMs) return at
  }
  return points.length
}

function inWords(
  alarm: AlarmDefinition,
  { carriers, baseline }: Question,
  readings: readonly Reading[],
  beside: readonly Point[],
): string {
  const last = readings.slice(-alarm.ofTicks)
  const whose = carriers.map((release) => releaseName(release)).join(' and ')
  const usual = usualOf(beside, tickMetricOf(alarm.of))
  const against =
    baseline === null || usual === null
      ? ''
      : `; usual of ${releaseName(baseline)} is ${rounded(usual.middle)}`
  return `alarm "${alarm.alarm}": ${subjectInWords(alarm.of)} of ${whose} ${seenInWords(alarm, last)}${against}`
}

function seenInWords({ rule, ticks, ofTicks }: AlarmDefinition, last: readonly Reading[]): string {
  const [values, measures] = [last.map(({ value }) => value), last.map(({ measure }) => measure)]
  const often = `in at least ${ticks} of ${ofTicks} ticks`
  switch (rule.kind) {
    case 'above':
      return `was up to ${rounded(Math.max(...values))}, and is to be at most ${rounded(rule.limit)} (broken ${often})`
    case 'below':
      return `was down to ${rounded(Math.min(...values))}, and is to be at least ${rounded(rule.limit)} (broken ${often})`
    case 'rises':
    case 'falls':
      return `${rule.kind} by ${rounded(Math.max(...measures))} a minute, and may by at most ${rounded(rule.limit)} (broken ${often})`
    case 'sigma':
      return `was up to ${rounded(Math.max(...values))}, ${sigmas(Math.max(...measures))} above what is usual, and is to be at most ${rounded(rule.limit)} (broken ${often})`
  }
}

function sigmas(measure: number): string {
  return Number.isFinite(measure) ? `${rounded(measure)} spreads` : 'more than any number of spreads'
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)))
}
