import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCoalescer } from './coalesce.ts'

function fakeTimers() {
  let nowMs = 0
  const planned: { at: number; run: () => void }[] = []
  return {
    now: () => nowMs,
    after: (ms: number, run: () => void) => void planned.push({ at: nowMs + ms, run }),
    pass(ms: number) {
      const until = nowMs + ms
      for (;;) {
        const next = planned.toSorted((a, b) => a.at - b.at)[0]
        if (next === undefined || next.at > until) break
        planned.splice(planned.indexOf(next), 1)
        nowMs = next.at
        next.run()
      }
      nowMs = until
    },
  }
}

test('the first news is told at once', () => {
  const timers = fakeTimers()
  let runs = 0
  createCoalescer({ everyMs: 500, run: () => runs++ }, timers)()
  expect(runs).toBe(1)
})

test('a burst becomes one more run, at the end of the pause', () => {
  const timers = fakeTimers()
  const at: number[] = []
  const told = createCoalescer({ everyMs: 500, run: () => at.push(timers.now()) }, timers)
  for (let news = 0; news < 40; news++) {
    told()
    timers.pass(10)
  }
  timers.pass(5000)
  expect(at).toEqual([0, 500])
})

test('runs are never closer than the pause, and the last news is never lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 60 }), (waits) => {
      const timers = fakeTimers()
      const at: number[] = []
      const told = createCoalescer({ everyMs: 500, run: () => at.push(timers.now()) }, timers)
      let lastNewsAt = 0
      for (const wait of waits) {
        timers.pass(wait)
        lastNewsAt = timers.now()
        told()
      }
      timers.pass(1000)
      for (const [index, run] of at.entries())
        if (index > 0) expect(run - (at[index - 1] ?? 0)).toBeGreaterThanOrEqual(500)
      expect(at.at(-1)).toBeGreaterThanOrEqual(lastNewsAt)
    }),
  )
})
