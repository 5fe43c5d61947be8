import { expect, test } from 'vitest'
import { createManualClock } from './manual-clock.ts'

test('sleepers wake in the order of their times, and may sleep again within the same span', async () => {
  const clock = createManualClock(0)
  const woken: string[] = []
  const late = clock.sleep(30).then(() => woken.push(`late ${clock.now()}`))
  const twice = clock
    .sleep(10)
    .then(() => woken.push(`once ${clock.now()}`))
    .then(() => clock.sleep(10))
    .then(() => woken.push(`twice ${clock.now()}`))
  await clock.advance(25)
  expect(woken).toEqual(['once 10', 'twice 20'])
  expect(clock.now()).toBe(25)
  await clock.advance(5)
  await Promise.all([late, twice])
  expect(woken).toEqual(['once 10', 'twice 20', 'late 30'])
})

test('an aborted sleep ends at once and without an error', async () => {
  const clock = createManualClock()
  const stop = new AbortController()
  const sleeping = clock.sleep(1_000, stop.signal)
  stop.abort()
  await sleeping
  await clock.sleep(1_000, stop.signal)
  expect(clock.monotonicMs()).toBe(0)
})

test('a jump of the wall clock does not move spans', () => {
  const clock = createManualClock(1_000)
  clock.jump(-500)
  expect(clock.now()).toBe(500)
  expect(clock.monotonicMs()).toBe(0)
})
