const MS_PER_UNIT = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const

/** Largest first, each unit at most once: `1h30m`, never `30m1h`. */
const WRITTEN = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Longest span the config takes; beyond it a slip is likelier than a wish, and timers overflow. */
export const DURATION_MS_MAX = 366 * MS_PER_UNIT.d

/** Milliseconds of `90s`, `10m`, `1h30m`, `2d`, or of `0`; null when it is not such a text or longer than a year. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0
  const match = text === '' ? null : WRITTEN.exec(text)
  if (match === null) return null
  const [, days, hours, minutes, seconds, milliseconds] = match
  const ms =
    Number(days ?? 0) * MS_PER_UNIT.d +
    Number(hours ?? 0) * MS_PER_UNIT.h +
    Number(minutes ?? 0) * MS_PER_UNIT.m +
    Number(seconds ?? 0) * MS_PER_UNIT.s +
    Number(milliseconds ?? 0)
  return ms <= DURATION_MS_MAX ? ms : null
}

/** The way a person writes it: `1h30m`. The inverse of `parseDuration`. */
export function writeDuration(ms: number): string {
  if (ms === 0) return '0'
  let left = ms
  let text = ''
  for (const [unit, size] of Object.entries(MS_PER_UNIT)) {
    const count = Math.floor(left / size)
    if (count > 0) text += `${count}${unit}`
    left -= count * size
  }
  return text
}
