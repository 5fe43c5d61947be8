import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginMixture, stakedBy, wealthOf, withGains, type MixtureShape } from './grid-mixture.ts'

const shape: MixtureShape = {
  weights: [0.5, 0.5],
  capNats: 1.5,
  blockMs: 5_000,
  onset: { atStart: 0.5, later: { atMs: 60_000, share: 0.2 }, evenlyToMs: 600_000 },
}

const after = (spans: number, gains: readonly number[] | null, from = beginMixture(shape)) =>
  Array.from({ length: spans }).reduce<typeof from>((state) => withGains(shape, state, gains, 1_000), from)

test('nothing won, nothing lost: the wealth is one, however long it goes on', () => {
  expect(wealthOf(shape, beginMixture(shape))).toBe(1)
  expect(wealthOf(shape, after(5_000, null))).toBeCloseTo(1, 9)
})

test('one burst wins no more than a block may', () => {
  expect(wealthOf(shape, after(1, [50, 50]))).toBeCloseTo(0.5 + 0.5 * Math.exp(1.5), 9)
  expect(wealthOf(shape, after(5, [50, 50]))).toBeCloseTo(0.5 + 0.5 * Math.exp(1.5), 1)
})

test('what begins late is still won by what was not staked before', () => {
  const longHealthy = after(300, [-1, -1])
  expect(wealthOf(shape, longHealthy)).toBeLessThan(1)
  expect(wealthOf(shape, after(60, [1, 1], longHealthy))).toBeGreaterThan(100)
})

test('the stake is laid step by step, never more than all of it, never taken back', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 0.6, noNaN: true }),
      fc.double({ min: 0, max: 0.35, noNaN: true }),
      fc.nat({ max: 10_000_000 }),
      fc.array(fc.nat({ max: 100_000_000 })),
      (atStart, share, evenlyToMs, times) => {
        const onset = { atStart, later: { atMs: 150_000, share }, evenlyToMs }
        const staked = times.toSorted((a, b) => a - b).map((at) => stakedBy(onset, at))
        for (const [index, part] of staked.entries()) {
          expect(part).toBeGreaterThanOrEqual(staked[index - 1] ?? 0)
          expect(part).toBeLessThanOrEqual(1 + 1e-12)
        }
      },
    ),
    { seed: 5 },
  )
})

test('wealth stays finite under any gains', () => {
  const gigantic = after(100_000, [1e9, -1e9])
  expect(Number.isFinite(wealthOf(shape, gigantic))).toBe(true)
  expect(JSON.parse(JSON.stringify(gigantic))).toEqual(gigantic)
})
