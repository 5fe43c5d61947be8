import { expect, test } from 'vitest'
import { createManualClock } from '../adapters/clock/manual/manual-clock.ts'
import { createAlarm } from './alarm.ts'

function startedAlarm() {
  const clock = createManualClock(0)
  const rung: number[] = []
  const alarm = createAlarm(clock, () => rung.push(clock.monotonicMs()))
  return { clock, rung, alarm }
}

test('it rings once for each span, the shortest first, whatever the clock on the wall does', async () => {
  const { clock, rung, alarm } = startedAlarm()
  alarm.after(50_000)
  alarm.after(50_000)
  alarm.after(20_000)
  clock.jump(-86_400_000)
  await clock.advance(100_000)
  expect(rung).toEqual([20_000, 50_000])
})

test('what is expected now takes the place of what was expected before, and of no span', async () => {
  const { clock, rung, alarm } = startedAlarm()
  alarm.after(30_000)
  alarm.expect([10_000, 40_000])
  await clock.advance(5_000)
  alarm.expect([70_000])
  await clock.advance(100_000)
  expect(rung).toEqual([30_000, 70_000])
})

test('a clock that is put forward makes it ring within a minute', async () => {
  const { clock, rung, alarm } = startedAlarm()
  alarm.expect([86_400_000])
  await clock.advance(1_000)
  clock.jump(2 * 86_400_000)
  await clock.advance(60_000)
  expect(rung).toHaveLength(1)
})

test('once it is stopped it is silent', async () => {
  const { clock, rung, alarm } = startedAlarm()
  alarm.expect([10_000])
  alarm.stop()
  alarm.after(20_000)
  await clock.advance(100_000)
  expect(rung).toEqual([])
})
