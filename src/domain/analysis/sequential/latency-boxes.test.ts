import { expect, test } from 'vitest'
import { latencySpreadOf, withPaces, type BoxPace } from './latency-boxes.ts'
import { boxMargin, GUESSED_SPREAD } from './spread.ts'

const ticked = (means: readonly number[], ticks = 60): readonly BoxPace[] =>
  Array.from({ length: ticks }).reduce<readonly BoxPace[]>(
    (paces) =>
      withPaces(
        paces,
        means.map((mean, box) => ({ id: `b${box}`, requests: 10, errors: 0, buckets: 10 * mean })),
      ),
    [],
  )

const margin = (means: readonly number[]): number =>
  boxMargin(latencySpreadOf(ticked(means)), { candidate: 1, baseline: means.length })

test('boxes as quick as each other leave no margin for being another box', () => {
  expect(margin([70, 70, 70, 70])).toBe(1)
})

test('the more boxes differ, the more a new one may', () => {
  // Eight buckets are twice as long.
  expect(margin([70, 71, 69, 70, 72])).toBeLessThan(margin([70, 78, 62, 70, 80]))
  expect(margin([70, 78, 62, 70, 80])).toBeGreaterThan(2)
})

test.each<[string, readonly BoxPace[]]>([
  ['two boxes', ticked([70, 90])],
  ['boxes that hardly answered', ticked([70, 75, 80, 90], 5)],
  ['none that were told apart', []],
])('%s show nothing: the guess stands', (_name, paces) => {
  expect(latencySpreadOf(paces)).toEqual(GUESSED_SPREAD)
})

test('a box whose pace is not known is left out, and no more than a few dozen are kept', () => {
  expect(withPaces([], [{ id: 'a', requests: 10, errors: 0 }])).toEqual([])
  const many = Array.from({ length: 500 }, (_, at) => ({ id: `b${at}`, requests: 1, errors: 0, buckets: 1 }))
  expect(withPaces([], many).length).toBeLessThanOrEqual(32)
})
