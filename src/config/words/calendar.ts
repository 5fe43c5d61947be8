// Days, hours, dates and zones as people write them in a window.

const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** `mon-fri`, `mon,wed`, `sat-mon` (round the week), `every day`: weekdays 1 (Monday) to 7, sorted; null otherwise. */
export function parseDays(text: string): readonly number[] | null {
  if (text.trim() === 'every day') return [1, 2, 3, 4, 5, 6, 7]
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const range = parseDayRange(part.trim().toLowerCase())
    if (range === null) return null
    for (const day of range) days.add(day)
  }
  return [...days].sort((a, b) => a - b)
}

function parseDayRange(text: string): readonly number[] | null {
  const [from, to, ...more] = text.split('-').map((name) => dayNumber(name.trim()))
  if (from === undefined || from === 0 || to === 0 || more.length > 0) return null
  if (to === undefined) return [from]
  const length = ((to - from + 7) % 7) + 1
  return Array.from({ length }, (_, offset) => ((from - 1 + offset) % 7) + 1)
}

/** 1 to 7; 0 for a word that is no day. */
function dayNumber(name: string): number {
  return DAY_NAMES.findIndex((day) => day === name) + 1
}

/** `09:00-18:00` as minutes since midnight; `24:00` is the end of the day. Null when it is not that, or not growing. */
export function parseHours(text: string): { readonly fromMinute: number; readonly toMinute: number } | null {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(text.trim())
  if (match === null) return null
  const fromMinute = minuteOfDay(Number(match[1]), Number(match[2]))
  const toMinute = minuteOfDay(Number(match[3]), Number(match[4]))
  if (fromMinute === null || toMinute === null || toMinute <= fromMinute) return null
  return { fromMinute, toMinute }
}

function minuteOfDay(hour: number, minute: number): number | null {
  const total = hour * 60 + minute
  return minute < 60 && total <= 24 * 60 ? total : null
}

/** True for a day that exists, written `2026-12-24`. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return false
  const [, year, month, day] = match.map(Number)
  const monthDays = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate()
  return month !== undefined && month >= 1 && month <= 12 && day !== undefined && day >= 1 && day <= monthDays
}

/** True for the name of an IANA zone. Offsets such as `+02:00` are refused: they know nothing of summer time. */
export function isZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return true
  } catch {
    return false
  }
}

/** Every zone the machine knows by name, for suggesting the nearest. */
export function knownZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')]
}
