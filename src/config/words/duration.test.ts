import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DURATION_MS_MAX, parseDuration, writeDuration } from './duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['1d2h3m4s5ms', 93_784_005],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each([
  '',
  '10',
  '1.5h',
  '-5m',
  '30m1h',
  '5 m',
  '1h 30m',
  '10min',
  '1w',
  'h',
  '367d',
  '1h1h',
  'Infinity',
])('%j is not a duration', (text) => {
  expect(parseDuration(text)).toBeNull()
})

test('what is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: DURATION_MS_MAX }), (ms) => {
      expect(parseDuration(writeDuration(ms))).toBe(ms)
    }),
  )
})
