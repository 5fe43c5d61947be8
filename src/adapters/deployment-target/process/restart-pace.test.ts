import { expect, test } from 'vitest'
import { isCrashLooping, restartPauseMs } from './restart-pace.ts'

test('pauses double from 100 ms to 10 s', () => {
  expect([1, 2, 3, 7, 8, 9, 5_000].map((runs) => restartPauseMs(runs, false))).toEqual([
    100, 200, 400, 6_400, 10_000, 10_000, 10_000,
  ])
  expect(restartPauseMs(3, true)).toBe(10_000)
})

test('three ends within a minute are a crash loop; two, or older ones, are not', () => {
  const now = 1_000_000
  expect(isCrashLooping([now - 59_999, now - 1, now], now)).toBe(true)
  expect(isCrashLooping([now - 60_000, now - 1, now], now)).toBe(false)
  expect(isCrashLooping([now - 1, now], now)).toBe(false)
})

test('ends that a clock set back has put into the future do not count', () => {
  expect(isCrashLooping([5_000, 6_000, 7_000], 1_000)).toBe(false)
})
