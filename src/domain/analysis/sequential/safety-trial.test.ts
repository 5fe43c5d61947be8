import { expect, test } from 'vitest'
import { beginSafety, safetyEvidence, withSafety } from './safety-trial.ts'
import { binomial, chanceFrom, poisson } from './testing/chance.ts'

const settings = { mattersTimes: 2, mattersPlus: 0.01, clumping: 1 }

/** Share of runs in which it was called safe within ten minutes. */
function calledSafe(worse: number, rate: number, runs = 200, perSecond = 100): number {
  const chance = chanceFrom(Math.round(worse * 100 + rate * 1e5))
  let safe = 0
  for (let run = 0; run < runs; run += 1) {
    let trial = beginSafety()
    for (let second = 0; second < 600 && safetyEvidence(trial) < 20; second += 1) {
      const mine = poisson(chance, perSecond / 10)
      const theirs = poisson(chance, (perSecond * 9) / 10)
      trial = withSafety(settings, trial, {
        spanMs: 1_000,
        candidate: { requests: mine, hits: binomial(chance, mine, Math.min(1, rate * worse)) },
        baseline: { requests: theirs, hits: binomial(chance, theirs, rate) },
        usual: rate,
      })
    }
    if (safetyEvidence(trial) >= 20) safe += 1
  }
  return safe / runs
}

test('a release as good as the old one is shown to be safe', () => {
  expect(calledSafe(1, 0.03)).toBeGreaterThan(0.9)
  expect(calledSafe(1, 0.001)).toBeGreaterThan(0.9)
})

test('one that is worse by just what matters is called safe in at most one of twenty', () => {
  expect(calledSafe(2, 0.03)).toBeLessThanOrEqual(0.09)
  expect(calledSafe(10, 0.001 / 0.9)).toBeLessThanOrEqual(0.09)
})

test('nothing served is nothing shown', () => {
  const nothing = { requests: 0, hits: 0 }
  let trial = beginSafety()
  for (let second = 0; second < 1_000; second += 1)
    trial = withSafety(settings, trial, { spanMs: 1_000, candidate: nothing, baseline: nothing, usual: 0 })
  expect(safetyEvidence(trial)).toBeCloseTo(1, 9)
})

test('a few requests without an error show nothing, some hundreds do', () => {
  const served = (requests: number): number =>
    safetyEvidence(
      withSafety(settings, beginSafety(), {
        spanMs: 1_000,
        candidate: { requests, hits: 0 },
        baseline: null,
        usual: null,
      }),
    )
  expect(served(100)).toBeLessThan(20)
  let trial = beginSafety()
  for (let second = 0; second < 60; second += 1)
    trial = withSafety(settings, trial, {
      spanMs: 1_000,
      candidate: { requests: 10, hits: 0 },
      baseline: null,
      usual: null,
    })
  expect(safetyEvidence(trial)).toBeGreaterThan(20)
})
