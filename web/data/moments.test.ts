import { describe, expect, test } from 'vitest'
import { describeDistance, describeFully, describeMoment } from './moments.ts'

const minute = 60_000
const day = 86_400_000
// A Saturday, 12:28 UTC.
const now = Date.UTC(2026, 10, 21, 12, 28)

describe('how long ago', () => {
  test.each([
    [now - 5000, 'just now'],
    [now - 12 * minute, '12 min ago'],
    [now - 3 * day, '3 d ago'],
    [now + 20_000, 'in a moment'],
    [now + 34 * minute, 'in 34 min'],
  ])('%i reads %s', (at, text) => {
    expect(describeDistance(at, now)).toBe(text)
  })

  test('drops the minutes of what is hours old', () => {
    expect(describeDistance(now - 200 * minute, now)).toBe('3 h ago')
  })
})

describe('a moment', () => {
  test('of today is a time of day', () => {
    expect(describeMoment(now + 100 * minute, now, 'UTC')).toBe('14:08')
  })
  test('of the coming days has its weekday', () => {
    expect(describeMoment(Date.UTC(2026, 10, 23, 9), now, 'UTC')).toBe('Mon 09:00')
  })
  test('of the past has its date, so that Monday is never read as the next one', () => {
    expect(describeMoment(Date.UTC(2026, 10, 16, 9), now, 'UTC')).toBe('16 Nov 09:00')
  })
  test('of another year has its year', () => {
    expect(describeMoment(Date.UTC(2025, 11, 31, 23, 5), now, 'UTC')).toBe('31 Dec 2025 23:05')
  })
  test('is told in the zone of the reader', () => {
    expect(describeMoment(Date.UTC(2026, 10, 23, 14), now, 'America/New_York')).toBe('Mon 09:00')
  })
  test('midnight is 00:00 of the day that begins', () => {
    expect(describeMoment(Date.UTC(2026, 10, 22), now, 'UTC')).toBe('Sun 00:00')
  })
  test('in full names the zone and the second', () => {
    expect(describeFully(now + 7000, 'UTC')).toBe('Sat, 21 Nov 2026, 12:28:07 UTC')
  })
})
