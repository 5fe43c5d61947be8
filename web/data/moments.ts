import { describeDuration } from './durations.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** How long ago, or how long until: `just now`, `12 min ago`, `in 3 h`. */
export function describeDistance(at: number, nowMs: number): string {
  const distanceMs = nowMs - at
  if (distanceMs < 0) return distanceMs > -minuteMs ? 'in a moment' : `in ${describeDuration(-distanceMs)}`
  if (distanceMs < minuteMs) return 'just now'
  return `${oneWord(distanceMs)} ago`
}

/** A moment as people say it, in their own zone: `14:05` today, `Mon 09:00` within a week, else with the date. */
export function describeMoment(at: number, nowMs: number, zone?: string): string {
  const clock = part(at, zone, { hour: '2-digit', minute: '2-digit' })
  if (part(at, zone, dayParts) === part(nowMs, zone, dayParts)) return clock
  if (at > nowMs && at - nowMs < 6 * dayMs) return `${part(at, zone, { weekday: 'short' })} ${clock}`
  const isThisYear = part(at, zone, { year: 'numeric' }) === part(nowMs, zone, { year: 'numeric' })
  const day = part(
    at,
    zone,
    isThisYear ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' },
  )
  return `${day} ${clock}`
}

/** Everything about a moment, for the tooltip: weekday, date, seconds and zone. */
export function describeFully(at: number, zone?: string): string {
  return part(at, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  })
}

const dayParts = { day: 'numeric', month: 'numeric', year: 'numeric' } as const

// Making a formatter is slow and a board asks for hundreds of moments a second.
const formatters = new Map<string, Intl.DateTimeFormat>()

function part(at: number, zone: string | undefined, wanted: Intl.DateTimeFormatOptions): string {
  const key = `${zone ?? ''} ${JSON.stringify(wanted)}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      ...wanted,
      hourCycle: 'h23',
      ...(zone === undefined ? {} : { timeZone: zone }),
    })
    formatters.set(key, formatter)
  }
  return formatter.format(at)
}

/** Ages need one word only: nobody cares about the minutes of something five hours old. */
function oneWord(ms: number): string {
  const words = describeDuration(ms).split(' ')
  return words.slice(0, 2).join(' ')
}
