import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDuration, describeExactDuration } from './durations.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('a length of time', () => {
  test.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [minute, '1 min'],
    [59 * minute + 59 * second, '59 min'],
    [3 * hour + 20 * minute, '3 h 20 min'],
    [4 * hour, '4 h'],
    [14 * hour + 59 * minute, '14 h'],
    [day + 6 * hour, '1 d 6 h'],
    [12 * day + hour, '12 d'],
  ])('%i ms is written %s', (ms, text) => {
    expect(describeDuration(ms)).toBe(text)
  })

  test('is never written as more than it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 * day }), (ms) => {
        expect(msOf(describeDuration(ms))).toBeLessThanOrEqual(ms)
        expect(msOf(describeExactDuration(ms))).toBeLessThanOrEqual(ms)
      }),
    )
  })

  test('a length below zero is written as nothing', () => {
    expect(describeDuration(-5)).toBe('0 s')
  })
})

test('what is watched while it runs has its seconds', () => {
  expect(describeExactDuration(4 * minute + 10 * second)).toBe('4 min 10 s')
  expect(describeExactDuration(2 * minute)).toBe('2 min')
  expect(describeExactDuration(2 * hour + 10 * second)).toBe('2 h')
})

function msOf(text: string): number {
  const units: Record<string, number> = { s: second, min: minute, h: hour, d: day }
  return [...text.matchAll(/(\d+) (s|min|h|d)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? Number.NaN),
    0,
  )
}
