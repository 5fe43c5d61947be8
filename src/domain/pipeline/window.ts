// Hours in which a gate may open. Time zones come from the engine's own tables (ECMA-402), so that a night in which
// the clocks change is exactly as long as it is there.
import type { EpochMs } from '../names.ts'
import type { WindowDefinition } from './definition.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** A window that does not open within this is reported as one that never opens. */
const LOOK_AHEAD_DAYS = 400

export type WindowState = {
  readonly open: boolean
  /** When it opens (if closed) or closes (if open); null if never within 400 days. */
  readonly changesAt: EpochMs | null
}

type Spell = { readonly from: EpochMs; readonly until: EpochMs; readonly state: WindowState }
const spells = new WeakMap<WindowDefinition, readonly Spell[]>()
/** The present, and the openings that are looked ahead for. */
const SPELLS_KEPT = 6

export function windowAt(window: WindowDefinition, now: EpochMs): WindowState {
  // What was found once is true until it changes.
  const known = spells.get(window) ?? []
  for (const { from, until, state } of known) if (from <= now && now < until) return state
  const state = lookedUp(window, now)
  if (state.changesAt !== null)
    spells.set(window, [{ from: now, until: state.changesAt, state }, ...known.slice(0, SPELLS_KEPT - 1)])
  return state
}

function lookedUp(window: WindowDefinition, now: EpochMs): WindowState {
  const today = Math.floor((now + offsetMs(window.zone, now)) / DAY_MS)
  let openUntil: EpochMs | null = null
  for (let day = today - 1; day <= today + LOOK_AHEAD_DAYS; day += 1) {
    const span = spanOf(window, day)
    if (!span) {
      if (openUntil !== null && day > today) return { open: true, changesAt: openUntil }
      continue
    }
    if (openUntil !== null) {
      // Windows that touch at midnight are one.
      if (span.from > openUntil) return { open: true, changesAt: openUntil }
      openUntil = span.to
    } else if (span.from <= now && now < span.to) openUntil = span.to
    else if (span.from > now) return { open: false, changesAt: span.from }
  }
  return openUntil === null ? { open: false, changesAt: null } : { open: true, changesAt: null }
}

/** The window of one local day (days since 1970 by the local calendar), if it has one. */
function spanOf(window: WindowDefinition, day: number): { from: EpochMs; to: EpochMs } | undefined {
  const weekday = ((((day + 3) % 7) + 7) % 7) + 1
  if (!window.days.includes(weekday) || window.closedOn.includes(isoDate(day))) return undefined
  const from = instantOf(window.zone, day * DAY_MS + window.fromMinute * MINUTE_MS)
  const to = instantOf(window.zone, day * DAY_MS + window.toMinute * MINUTE_MS)
  // The clocks may skip all of it.
  return from < to ? { from, to } : undefined
}

/** A local wall-clock reading as an instant; one that the clocks skip becomes the first instant after the gap. */
function instantOf(zone: string, localMs: number): EpochMs {
  const before = localMs - offsetMs(zone, localMs - DAY_MS)
  const after = localMs - offsetMs(zone, localMs + DAY_MS)
  if (before + offsetMs(zone, before) === localMs) return before
  if (after + offsetMs(zone, after) === localMs) return after
  return firstAfterGap(zone, Math.min(before, after), Math.max(before, after))
}

/** The instant between two at which the clocks go forward. */
function firstAfterGap(zone: string, from: EpochMs, to: EpochMs): EpochMs {
  const old = offsetMs(zone, from)
  let [early, late] = [from, to]
  while (late - early > 1000) {
    const middle = Math.floor((early + late) / 2000) * 1000
    if (offsetMs(zone, middle) === old) early = middle
    else late = middle
  }
  return late
}

const formats = new Map<string, Intl.DateTimeFormat>()

const offsets = new Map<string, number>()
const OFFSETS_KEPT = 4_096
/** Clocks are put forward and back at whole quarters of an hour. */
const QUARTER_MS = 15 * MINUTE_MS

/** How far local time is ahead of UTC in a zone at an instant. Gates ask this all the time, of the same few days. */
function offsetMs(zone: string, at: EpochMs): number {
  const key = `${zone} ${Math.floor(at / QUARTER_MS)}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  if (offsets.size >= OFFSETS_KEPT) offsets.clear()
  const offset = computedOffsetMs(zone, at)
  offsets.set(key, offset)
  return offset
}

function computedOffsetMs(zone: string, at: EpochMs): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(zone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value)
  const days = daysFromCivil(part['year'] ?? 1970, part['month'] ?? 1, part['day'] ?? 1)
  const local =
    days * DAY_MS + ((part['hour'] ?? 0) * 3600 + (part['minute'] ?? 0) * 60 + (part['second'] ?? 0)) * 1000
  return local - Math.floor(at / 1000) * 1000
}

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  )
}

/** `2026-12-24` for a day counted from 1970-01-01. */
function isoDate(day: number): string {
  const z = day + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153)
  const date = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`
}

/** `Mon 09:00` in the window's zone, with the date when it is more than six days off. */
export function windowTimeText(window: WindowDefinition, at: EpochMs, now: EpochMs): string {
  const local = at + offsetMs(window.zone, at)
  const day = Math.floor(local / DAY_MS)
  const minute = Math.floor((local - day * DAY_MS) / MINUTE_MS)
  const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  const name = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][(((day + 3) % 7) + 7) % 7]
  return at - now > 6 * DAY_MS ? `${name} ${isoDate(day)} ${clock}` : `${name} ${clock}`
}
