import { expect, test } from 'vitest'
import { createSystemClock } from './system-clock.ts'

test('a sleep takes at least its time, by the clock that never goes back', async () => {
  const clock = createSystemClock()
  const before = clock.monotonicMs()
  await clock.sleep(20)
  expect(clock.monotonicMs() - before).toBeGreaterThanOrEqual(20)
})

test('an aborted sleep ends at once, also one longer than a timer can be', async () => {
  const clock = createSystemClock()
  const stop = new AbortController()
  const sleeping = clock.sleep(90 * 24 * 3_600_000, stop.signal)
  stop.abort()
  await sleeping
  await clock.sleep(90 * 24 * 3_600_000, stop.signal)
  expect(stop.signal.aborted).toBe(true)
})
