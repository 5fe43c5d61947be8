// Most ticks say nothing new of an alarm. Whether one might have something to say is found here in one pass without
// making anything; only then is it judged in full. A look may be wrong in one direction alone: never calm where the full
// judgement has a word.
import type { AlarmDefinition } from './alarm.ts'
import { SLOPE_POINTS_MIN, spreadOf, spreadsFrom, USUAL_POINTS_MIN } from './readings.ts'
import { POINTS_KEPT, type Point } from './told.ts'

const MINUTE_MS = 60_000

export type QuickQuestion = {
  readonly metric: string
  /** Of the release; those up to `sinceSeq` are not looked at, nor are those before `warmFrom` where a slope is asked for. */
  readonly points: readonly Point[]
  readonly sinceSeq: number
  readonly warmFrom: number
  /** Of the baseline; null where there is none. */
  readonly beside: readonly Point[] | null
  /** What was not told from this tick on is missing. */
  readonly toldSince: number
}

export function isCalm(alarm: AlarmDefinition, asked: QuickQuestion): boolean {
  const { metric, points, beside, sinceSeq, toldSince } = asked
  const newest = points.at(-1)
  if (newest === undefined || newest.seq <= sinceSeq || newest.seq < toldSince) return false
  if (!isToldIn(newest, metric)) return false
  switch (alarm.rule.kind) {
    case 'above':
    case 'below':
      return !valuesFire(alarm, asked)
    case 'rises':
    case 'falls':
      return !slopesFire(alarm, asked)
    case 'sigma':
      return beside !== null && beside.length <= POINTS_KEPT && !spreadsFire(alarm, { ...asked, beside })
  }
}

function isToldIn({ values }: Point, metric: string): boolean {
  for (const [name] of values) if (name === metric) return true
  return false
}

/** NaN where it was not told, or nothing could be measured: told numbers are finite. */
function numberIn({ values }: Point, metric: string, place: number): number {
  const near = values[place]
  if (near !== undefined && near[0] === metric) return near[1] ?? Number.NaN
  for (const [name, value] of values) if (name === metric) return value ?? Number.NaN
  return Number.NaN
}

function placeIn({ values }: Point, metric: string): number {
  for (let at = 0; at < values.length; at += 1) if (values[at]?.[0] === metric) return at
  return -1
}

/** The last readings as bits, the newest lowest: `ofTicks` is at most 30. */
function isEnough(bits: number, { ticks, ofTicks }: AlarmDefinition): boolean {
  let [left, count] = [bits & (2 ** ofTicks - 1), 0]
  for (; left !== 0; left &= left - 1) count += 1
  return count >= ticks
}

function isBroken(
  { rule, clear = rule.limit }: AlarmDefinition,
  measure: number,
  wasBroken: boolean,
): boolean {
  const limit = wasBroken ? clear : rule.limit
  return rule.kind === 'below'
    ? measure < rule.limit || measure < limit
    : measure > rule.limit || measure > limit
}

function valuesFire(alarm: AlarmDefinition, { metric, points, sinceSeq }: QuickQuestion): boolean {
  const last = points.at(-1)
  const place = last === undefined ? -1 : placeIn(last, metric)
  let [bits, wasBroken] = [0, false]
  for (const point of points) {
    if (point.seq <= sinceSeq) continue
    const value = numberIn(point, metric, place)
    if (Number.isNaN(value)) continue
    wasBroken = isBroken(alarm, value, wasBroken)
    bits = (bits << 1) | (wasBroken ? 1 : 0)
  }
  return isEnough(bits, alarm)
}

function slopesFire(alarm: AlarmDefinition, asked: QuickQuestion): boolean {
  const beside = asked.beside === null ? null : slopeFires(alarm, asked, asked.beside)
  return beside ?? slopeFires(alarm, asked, null) ?? true
}

/**
 * The same sums as of a full judgement, in the same order, so that both come to the same to the bit. Null where the
 * baseline told less than half as often at the same time.
 */
function slopeFires(
  alarm: AlarmDefinition,
  { metric, points, sinceSeq, warmFrom }: QuickQuestion,
  beside: readonly Point[] | null,
): boolean | null {
  const last = points.at(-1)
  const place = last === undefined ? -1 : placeIn(last, metric)
  const sign = alarm.rule.kind === 'falls' ? -1 : 1
  let [n, x, y, xx, xy] = [0, 0, 0, 0, 0]
  let [ms, own, other, bits] = [0, 0, 0, 0]
  let wasBroken = false
  for (let at = warmFrom; at < points.length; at += 1) {
    const point = points[at]
    if (point === undefined || point.seq <= sinceSeq) continue
    ms += point.spanMs
    let level = numberIn(point, metric, place)
    if (Number.isNaN(level)) continue
    own += 1
    if (beside !== null) {
      while (other < beside.length && (beside[other]?.seq ?? 0) < point.seq) other += 1
      const twin = beside[other]
      if (twin === undefined || twin.seq !== point.seq) continue
      level -= numberIn(twin, metric, place)
      if (Number.isNaN(level)) continue
    }
    const minutes = ms / MINUTE_MS
    n += 1
    x += minutes
    y += level
    xx += minutes * minutes
    xy += minutes * level
    if (n < SLOPE_POINTS_MIN) continue
    const width = n * xx - x * x
    if (width <= 0) continue
    wasBroken = isBroken(alarm, (sign * (n * xy - x * y)) / width, wasBroken)
    bits = (bits << 1) | (wasBroken ? 1 : 0)
  }
  return 2 * n >= own ? isEnough(bits, alarm) : null
}

/** Room for what is usual, used over and over: nothing of it outlives a look. */
const room = new Float64Array(POINTS_KEPT)

function spreadsFire(
  alarm: AlarmDefinition,
  { metric, points, sinceSeq, beside }: QuickQuestion & { readonly beside: readonly Point[] },
): boolean {
  const last = points.at(-1)
  const place = last === undefined ? -1 : placeIn(last, metric)
  let known = 0
  for (const point of beside) {
    const value = numberIn(point, metric, place)
    if (!Number.isNaN(value)) room[known++] = value
  }
  // Too little to say what is usual may be a word of its own.
  if (known < USUAL_POINTS_MIN) return true
  const middle = medianIn(room, known)
  for (let at = 0; at < known; at += 1) room[at] = Math.abs((room[at] ?? 0) - middle)
  const spread = spreadOf(medianIn(room, known), middle)
  let [bits, wasBroken] = [0, false]
  for (const point of points) {
    if (point.seq <= sinceSeq) continue
    const value = numberIn(point, metric, place)
    if (Number.isNaN(value)) continue
    wasBroken = isBroken(alarm, spreadsFrom(value, { middle, spread }), wasBroken)
    bits = (bits << 1) | (wasBroken ? 1 : 0)
  }
  return isEnough(bits, alarm)
}

/** Puts the first `count` values in another order. */
function medianIn(values: Float64Array, count: number): number {
  const half = count >> 1
  const upper = selected(values, count, half)
  if (count % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let at = 0; at < half; at += 1) lower = Math.max(lower, values[at] ?? lower)
  return (lower + upper) / 2
}

/** The value that would stand at `place` if they were sorted; the smaller ones are then before it. */
function selected(values: Float64Array, count: number, place: number): number {
  let [from, to] = [0, count - 1]
  while (from < to) {
    const pivot = values[(from + to) >> 1] ?? 0
    let [left, right] = [from, to]
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1
      while ((values[right] ?? 0) > pivot) right -= 1
      if (left > right) break
      const swapped = values[left] ?? 0
      values[left] = values[right] ?? 0
      values[right] = swapped
      left += 1
      right -= 1
    }
    if (place <= right) to = right
    else if (place >= left) from = left
    else break
  }
  return values[place] ?? 0
}
