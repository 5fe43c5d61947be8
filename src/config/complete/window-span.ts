import type { WindowDefinition } from '../../domain/pipeline/definition.ts'

const DAY_MINUTES = 24 * 60
const MINUTE_MS = 60_000

/** The longest time it is open without a break, exception days aside; a window that never closes has no limit. */
export function longestOpenMs(window: WindowDefinition): number {
  const dayMinutes = window.toMinute - window.fromMinute
  if (dayMinutes < DAY_MINUTES) return dayMinutes * MINUTE_MS
  if (window.days.length === 7) return Number.POSITIVE_INFINITY
  return longestDayRun(window.days) * DAY_MINUTES * MINUTE_MS
}

/** Days in a row, round the week. */
function longestDayRun(days: readonly number[]): number {
  let [longest, current] = [0, 0]
  for (let day = 0; day < 14; day++) {
    current = days.includes((day % 7) + 1) ? current + 1 : 0
    longest = Math.max(longest, current)
  }
  return longest
}
