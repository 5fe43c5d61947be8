// What ticks add up to: against a model that keeps every tick.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  noEvidence,
  RECENT_TICKS,
  SPELLS_KEPT,
  spellsAlone,
  sumOf,
  watchedMs,
  withTick,
  requestsOf,
} from './evidence.ts'
import {
  bucketMs,
  BUCKET_MAX,
  latencyBucket,
  quantileMs,
  addLatency,
  LOWEST_MS,
} from './latency-histogram.ts'
import { arm, seen, tick } from './testing/ticks.ts'
import type { Tick } from './tick.ts'

const someTick: fc.Arbitrary<Tick> = fc
  .record({
    older: fc.constantFrom(0, 10, 100),
    requests: fc.nat({ max: 50 }),
    errors: fc.nat({ max: 5 }),
    spanMs: fc.integer({ min: 1, max: 3_000 }),
    routerSeen: fc.boolean(),
    held: fc.boolean(),
  })
  .map(({ older, requests, errors, spanMs, routerSeen, held }) =>
    tick(
      [
        arm(1, older, { requests, errors: Math.min(errors, requests) }),
        arm(2, 100 - older, { requests: 2 * requests }),
      ],
      { spanMs, routerSeen, ...(held ? { held } : {}) },
    ),
  )

const ticks = fc
  .array(someTick, { maxLength: 60 })
  .map((list) => list.map((each, index): Tick => ({ ...each, seq: index + 1, at: (index + 1) * 1_000 })))

test('time, requests and errors are what every tick says, one by one', () => {
  fc.assert(
    fc.property(ticks, fc.constantFrom(1, 2), (list, release) => {
      const evidence = list.reduce((evidence, tick) => withTick(evidence, tick), noEvidence)
      const counted = list.filter(({ routerSeen, held }) => routerSeen && held !== true)
      const time = (some: readonly Tick[]): number => some.reduce((sum, { spanMs }) => sum + spanMs, 0)
      expect(watchedMs(evidence.spells)).toBe(time(counted))
      const isAlone = ({ arms }: Tick): boolean =>
        arms.every(({ release: other, weightPercent }) => weightPercent === (other === release ? 100 : 0))
      expect(watchedMs(spellsAlone(evidence, release, 0))).toBe(time(counted.filter(isAlone)))
      const arms = list.flatMap((each) => each.arms)
      const mine = arms.filter((other) => other.release === release)
      const sum = sumOf(evidence.spells, release)
      expect(sum.requests).toBe(mine.reduce((all, { requests }) => all + requests, 0))
      expect(sum.errors).toBe(mine.reduce((all, { errors }) => all + errors, 0))
      expect(sum.latency.reduce((all, [, count]) => all + count, 0)).toBe(sum.requests)
      expect(requestsOf(evidence.spells)).toBe(arms.reduce((all, { requests }) => all + requests, 0))
      expect(evidence.recent).toEqual(list.slice(-RECENT_TICKS))
      expect(evidence.lastSeq).toBe(list.length)
    }),
    { seed: 2, numRuns: 200 },
  )
})

test('evidence stays small however long it goes on', () => {
  const evidence = seen(
    ...Array.from({ length: 500 }, (_, index) => [20, tick([arm(index, 100, { requests: 5 })])] as const),
  )
  expect(evidence.spells).toHaveLength(SPELLS_KEPT)
  expect(evidence.recent).toHaveLength(RECENT_TICKS)
  expect(JSON.stringify(evidence).length).toBeLessThan(50_000)
})

describe('watched time', () => {
  const served = tick([arm(1, 100)])

  test('does not count while no router tells what it sees', () => {
    expect(watchedMs(seen([5, served], [7, { ...served, routerSeen: false }], [2, served]).spells)).toBe(
      7_000,
    )
  })

  test('does not count on hold', () => {
    expect(watchedMs(seen([5, served], [7, { ...served, held: true }], [2, served]).spells)).toBe(7_000)
  })

  test('is what ticks cover, whatever the clock of the wall did in between', () => {
    const evidence = [1_000, 2_000, 90_000_000, 500].reduce(
      (all, at, index) => withTick(all, { ...served, seq: index + 1, at }),
      noEvidence,
    )
    expect(watchedMs(evidence.spells)).toBe(4_000)
  })
})

describe('latency', () => {
  test('two histograms add up bucket by bucket, and stay sorted', () => {
    const histogram = fc
      .uniqueArray(fc.tuple(fc.nat({ max: 12 }), fc.integer({ min: 1, max: 9 })), {
        selector: ([bucket]) => bucket,
      })
      .map((pairs) => pairs.toSorted(([left], [right]) => left - right))
    fc.assert(
      fc.property(histogram, histogram, (left, right) => {
        const of = (bucket: number): number =>
          [...left, ...right].reduce((sum, [other, count]) => sum + (other === bucket ? count : 0), 0)
        const all = Array.from({ length: 13 }, (_, bucket): [number, number] => [bucket, of(bucket)])
        expect(addLatency(left, right)).toEqual(all.filter(([, count]) => count > 0))
      }),
    )
  })

  test('a bucket is never more than 9 % above what it holds', () => {
    fc.assert(
      fc.property(fc.double({ min: LOWEST_MS, max: 150_000, noNaN: true }), (ms) => {
        const edge = bucketMs(latencyBucket(ms))
        expect(edge).toBeGreaterThanOrEqual(ms * (1 - 1e-9))
        expect(edge).toBeLessThanOrEqual(ms * 2 ** (1 / 8) * (1 + 1e-9))
      }),
      { seed: 3 },
    )
  })

  test('a quantile is within 9.1 % of the same quantile of the sorted times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: LOWEST_MS, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 0.99, 1),
        fc.nat({ max: 199 }),
        (times, quantile, cut) => {
          const counts = (part: readonly number[]) =>
            part.reduce((all, ms) => addLatency(all, [[latencyBucket(ms), 1]]), addLatency([], []))
          const exact = times.toSorted((a, b) => a - b)[Math.ceil(quantile * times.length) - 1] ?? 0
          const said =
            quantileMs(addLatency(counts(times.slice(0, cut)), counts(times.slice(cut))), quantile) ?? 0
          expect(said / exact).toBeGreaterThanOrEqual(1 - 1e-9)
          expect(said / exact).toBeLessThanOrEqual(1.0906)
        },
      ),
      { seed: 4, numRuns: 200 },
    )
  })

  test('nothing has no quantile, and what is beyond the grid is in its first and last bucket', () => {
    expect(quantileMs([], 0.95)).toBeUndefined()
    expect([latencyBucket(0), latencyBucket(Number.NaN), latencyBucket(1e12)]).toEqual([0, 0, BUCKET_MAX])
  })
})
