import { expect, test } from 'vitest'
import { beginBoxes, warmingOf, withCount, type BoxAges } from './box-ages.ts'
import { GUESSED_WARM_UP } from './warm-up.ts'

const after = (seconds: number, count: number, ages: BoxAges = beginBoxes): BoxAges =>
  Array.from({ length: seconds }).reduce<BoxAges>((all) => withCount(all, count, 1_000), ages)

test('boxes warm up from when they came, each group by itself', () => {
  const one = after(200, 1)
  expect(warmingOf(one, GUESSED_WARM_UP)).toBe(1)
  const four = after(1, 4, one)
  expect(warmingOf(four, GUESSED_WARM_UP)).toBeCloseTo((1 + 3 * 5) / 4, 9)
  expect(warmingOf(after(200, 4, four), GUESSED_WARM_UP)).toBe(1)
})

test('when boxes go, the oldest are taken to be gone', () => {
  const ages = after(1, 4, after(200, 2))
  expect(withCount(ages, 2, 1_000)).toEqual([[1_000, 2]])
})

test('while no box is known, everything counts as new', () => {
  expect(warmingOf(beginBoxes, GUESSED_WARM_UP)).toBe(5)
})

test('however often they grow, few groups are kept', () => {
  let ages = beginBoxes
  for (let count = 1; count < 100; count += 1) ages = withCount(ages, count, 1_000)
  expect(ages.length).toBeLessThanOrEqual(12)
  expect(ages.reduce((sum, [, boxes]) => sum + boxes, 0)).toBe(99)
})
