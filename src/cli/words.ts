// Numbers, times and names as people write and read them.
import { readReleaseName } from '../api/release-name.ts'
import { usage } from './failure.ts'

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `4h`, `90s`, `1h30m`, `2d` in milliseconds; a number without a unit is refused. */
export function readDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unitOf(unit)], 0)
  if (parts.length > 0 && parts.map(([whole]) => whole).join('') === text && ms > 0) return Math.round(ms)
  throw usage(
    'cli/bad-duration',
    `${JSON.stringify(text)} is not a duration; write 90s, 30m, 4h, 1h30m or 2d`,
  )
}

function unitOf(text: string | undefined): keyof typeof UNIT_MS {
  return text === 'ms' || text === 's' || text === 'm' || text === 'h' ? text : 'd'
}

/** At most two units: `1h 30m`, `45s`. */
export function sayDuration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1_000))
  if (s < 60) return `${s}s`
  const minutes = Math.round(s / 60)
  if (s < 600 && s % 60 !== 0) return `${Math.floor(s / 60)}m ${s % 60}s`
  if (minutes < 60) return `${minutes}m`
  const [big, small, bigUnit, smallUnit] =
    minutes < 48 * 60
      ? [Math.floor(minutes / 60), minutes % 60, 'h', 'm']
      : [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60), 'd', 'h']
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`
}

/** `512 KB`, `3.4 MB`. */
export function sayBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const count = bytes / 1024 ** power
  return `${power === 0 || count >= 10 ? Math.round(count) : Math.round(count * 10) / 10} ${units[power]}`
}

/** `14:05` today, `Mon 14:05` within a week, else `2026-11-20 14:05`; local time. */
export function sayTime(at: number, now: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (date.toDateString() === new Date(now).toDateString()) return clock
  if (Math.abs(at - now) < 6 * 86_400_000)
    return `${date.toLocaleDateString('en-GB', { weekday: 'short' })} ${clock}`
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`
}

export function sayWhen(until: number, now: number): string {
  return until <= now ? 'any moment' : `in ${sayDuration(until - now)} (${sayTime(until, now)})`
}

/** `12` or `#12`. */
export function readRelease(text: string): number {
  const release = readReleaseName(text)
  if (release === undefined || release === 0)
    throw usage('cli/bad-release', `${JSON.stringify(text)} is not a release; write 12 or '#12', or '#5+1'`)
  return release
}

export function readCount(text: string, name: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > most)
    throw usage('cli/bad-number', `${name} must be a number from 1 to ${most}, not ${JSON.stringify(text)}`)
  return count
}

/** Subjects and names come from commits: nothing in them may steer the terminal or turn the line around. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim()
}

const ESCAPE = String.fromCharCode(27)

/** Build logs and output keep their lines and colours, and lose every other way to steer the terminal. */
export function tame(text: string): string {
  const [first = '', ...afterEscape] = text.split(ESCAPE)
  const parts = afterEscape.map(
    (part) => (/^\[[0-9;]*m/.test(part) ? ESCAPE : '\u241b') + withoutControls(part),
  )
  return withoutControls(first) + parts.join('')
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (one) => (one === '\n' || one === '\t' || one === '\r' ? one : ''))
}
