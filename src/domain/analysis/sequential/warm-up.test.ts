import { expect, test } from 'vitest'
import { GUESSED_WARM_UP, learnWarmUp, NO_WARM_UP, warmUpOverMs, warmUpTimes } from './warm-up.ts'

test.each([
  [0, 5],
  [119_999, 5],
  [135_000, 3],
  [150_000, 1],
  [9_000_000, 1],
])('at an age of %i ms a new box may fail %d times as often', (ageMs, times) => {
  expect(warmUpTimes(GUESSED_WARM_UP, ageMs)).toBeCloseTo(times, 3)
})

test('without a warm-up nothing is allowed, at no age', () => {
  expect(warmUpTimes(NO_WARM_UP, 0)).toBe(1)
  expect(warmUpOverMs(NO_WARM_UP)).toBe(0)
})

const deploy = (times: number, forMs: number) =>
  Array.from({ length: 40 }, (_, step) => ({
    ageMs: step * 10_000,
    newRequests: 1_000,
    newHits: step * 10_000 < forMs ? 10 * times : 10,
    oldRequests: 9_000,
    oldHits: 90,
  }))

test('earlier deploys teach how much and how long', () => {
  const learned = learnWarmUp([deploy(4, 60_000), deploy(3, 60_000), deploy(4, 50_000)]) ?? []
  expect(warmUpTimes(learned, 0)).toBeGreaterThan(3.5)
  expect(warmUpTimes(learned, 0)).toBeLessThan(4.5)
  expect(warmUpTimes(learned, 200_000)).toBe(1)
})

test('two deploys teach nothing yet, and many calm ones that there is no warm-up', () => {
  expect(learnWarmUp([deploy(4, 60_000), deploy(4, 60_000)])).toBeNull()
  expect(learnWarmUp(Array.from({ length: 8 }, () => deploy(1, 0)))).toEqual(NO_WARM_UP)
})

test('a younger age is never allowed less than an older one', () => {
  const odd = deploy(1, 0).map((seen) =>
    seen.ageMs >= 60_000 && seen.ageMs < 90_000 ? { ...seen, newHits: 50 } : seen,
  )
  const learned = learnWarmUp([odd, odd, odd]) ?? []
  expect(warmUpTimes(learned, 0)).toBeGreaterThanOrEqual(warmUpTimes(learned, 70_000))
})
