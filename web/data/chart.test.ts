import { expect, test } from 'vitest'
import { linePath, nearestIndex, roundTop } from './chart.ts'

const scale = { fromMs: 0, toMs: 10_000, top: 10 }

test('the top of a chart is a round number that nothing exceeds', () => {
  expect([0, 0.3, 7, 12, 24, 26, 99, 137].map((value) => roundTop(value, 0))).toEqual([
    1, 0.3, 8, 15, 30, 30, 100, 150,
  ])
  expect(roundTop(0.01, 1)).toBe(1)
})

test('a line goes from left to right, and up for more', () => {
  const path = linePath(
    [
      { at: 0, value: 0 },
      { at: 5_000, value: 5 },
      { at: 10_000, value: 10 },
    ],
    scale,
    5_000,
  )
  expect(path).toBe('M0 100h0.01L50 50L100 0')
})

test('a line breaks where nothing was seen', () => {
  const dots = [0, 1_000, 40_000, 41_000].map((at) => ({ at, value: 5 }))
  expect(linePath(dots, scale, 1_000).match(/M/g)).toHaveLength(2)
  expect(linePath(dots.slice(0, 2), scale, 1_000).match(/M/g)).toHaveLength(1)
  const withHole = dots.map((dot, index) => (index === 1 ? { ...dot, value: null } : dot))
  expect(linePath(withHole, scale, 60_000).match(/M/g)).toHaveLength(2)
})

test('the moment under the pointer is the nearest there is', () => {
  expect(nearestIndex([], 0.5)).toBeNull()
  expect([0, 0.04, 0.06, 0.9, 2].map((place) => nearestIndex([0, 1_000, 10_000], place))).toEqual([
    0, 0, 1, 2, 2,
  ])
})
