// The behaviour that is published: identical arms and constants pass, a clear rise is high, a clear fall low, no values
// are no data, and a rise within the noise passes.
import { expect, test } from 'vitest'
import { kayentaWord } from './kayenta.ts'
import { mannWhitneyZ, shiftOf } from './mann-whitney.ts'

const around = (middle: number, step: number): readonly number[] =>
  Array.from({ length: 30 }, (_, at) => middle + step * (((at * 7) % 30) - 14.5))

test.each([
  ['the very same values', around(10, 0.1), around(10, 0.1).toReversed(), 'pass'],
  ['one value everywhere', [5, 5, 5], [5, 5, 5], 'pass'],
  ['a clear rise', around(20, 0.1), around(10, 0.1), 'high'],
  ['a clear fall', around(5, 0.1), around(10, 0.1), 'low'],
  ['a rise within the noise', around(10.1, 0.3), around(10, 0.31), 'pass'],
  ['nothing but not-a-number', [Number.NaN], around(10, 0.1), 'no data'],
])('%s', (_name, experiment, control, word) => {
  expect(kayentaWord(experiment, control)).toBe(word)
})

test('the middle of the shift is what was added', () => {
  const shift = shiftOf(around(13, 0.1), around(10, 0.1), 0.98)
  expect(shift.middle).toBeCloseTo(3, 1)
  expect(shift.low).toBeLessThan(3)
  expect(shift.high).toBeGreaterThan(3)
})

test('arms change places, the statistic its sign', () => {
  const [left, right] = [around(11, 0.2), around(10, 0.3)]
  expect(mannWhitneyZ(left, right)).toBeCloseTo(-mannWhitneyZ(right, left), 9)
})
