import { expect, test } from 'vitest'
import { isDate, isZone, knownZones, parseDays, parseHours } from './calendar.ts'

test.each([
  ['mon-fri', [1, 2, 3, 4, 5]],
  ['mon,wed', [1, 3]],
  ['wed, mon', [1, 3]],
  ['sat-mon', [1, 6, 7]],
  ['Mon-Thu,Sun', [1, 2, 3, 4, 7]],
  ['sun', [7]],
  ['every day', [1, 2, 3, 4, 5, 6, 7]],
  ['mon-sun', [1, 2, 3, 4, 5, 6, 7]],
])('%s are the days %j', (text, days) => {
  expect(parseDays(text)).toEqual(days)
})

test.each(['', 'monday', 'mon-', '-fri', 'mon-wed-fri', 'mon,,tue', 'weekdays', '1-5'])(
  '%j names no days',
  (text) => {
    expect(parseDays(text)).toBeNull()
  },
)

test.each([
  ['09:00-18:00', 540, 1080],
  ['9:00-18:30', 540, 1110],
  ['00:00-24:00', 0, 1440],
  ['09:00 - 18:00', 540, 1080],
])('%s runs from minute %i to %i', (text, fromMinute, toMinute) => {
  expect(parseHours(text)).toEqual({ fromMinute, toMinute })
})

test.each(['', '9-17', '18:00-09:00', '09:00-09:00', '09:60-10:00', '09:00-24:01', '25:00-26:00', '09:00'])(
  '%j names no hours',
  (text) => {
    expect(parseHours(text)).toBeNull()
  },
)

test.each(['2026-12-24', '2028-02-29'])('%s is a day', (text) => {
  expect(isDate(text)).toBe(true)
})

test.each(['2026-13-01', '2026-02-29', '2026-04-31', '2026-00-10', '2026-01-00', '24.12.2026', '2026-1-1'])(
  '%s is no day',
  (text) => {
    expect(isDate(text)).toBe(false)
  },
)

test('zones are IANA names, not offsets', () => {
  expect(['America/New_York', 'Europe/Berlin', 'UTC'].map(isZone)).toEqual([true, true, true])
  expect(['Mars/Base', '+02:00', 'New York', ''].map(isZone)).toEqual([false, false, false, false])
  expect(knownZones()).toContain('Europe/Berlin')
})
