import fc from 'fast-check'
import { expect, test } from 'vitest'
import { latencyBucket } from '../../domain/analysis/latency-histogram.ts'
import { latencyOfBuckets } from './latency-buckets.ts'
import { SeriesLedger, type Sample } from './series-ledger.ts'

test('a series that was there before counts from its first value on, a new one from zero', () => {
  const ledger = new SeriesLedger()
  ledger.add(
    'sum',
    'old',
    [
      [10, 1_000],
      [20, 1_004],
    ],
    15,
  )
  expect(ledger.sumOf('sum')).toBe(4)
  ledger.add(
    'sum',
    'new',
    [
      [21, 3],
      [22, 5],
    ],
    15,
  )
  expect(ledger.sumOf('sum')).toBe(9)
})

test('samples that come twice, or late, are counted once', () => {
  const ledger = new SeriesLedger()
  ledger.add(
    'sum',
    'a',
    [
      [10, 5],
      [20, 8],
    ],
    0,
  )
  ledger.add(
    'sum',
    'a',
    [
      [10, 5],
      [20, 8],
    ],
    0,
  )
  ledger.add(
    'sum',
    'a',
    [
      [5, 900],
      [30, 10],
    ],
    0,
  )
  expect(ledger.sumOf('sum')).toBe(10)
})

test('whatever windows it is told in, a counter that begins anew counts what it grew', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ more: fc.nat(50), restarts: fc.boolean() }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 10 }),
      (steps, window) => {
        let [value, grown] = [0, 0]
        const samples = steps.map(({ more, restarts }, at): Sample => {
          // A restart within which more was counted than before cannot be seen by anybody.
          const isSeen = restarts && more < value
          value = isSeen ? more : value + more
          grown += more
          return [at, value]
        })
        const ledger = new SeriesLedger()
        for (let end = 1; end <= samples.length; end += 1)
          ledger.add('sum', 'a', samples.slice(Math.max(0, end - window), end), -1)
        expect(ledger.sumOf('sum')).toBe(grown)
      },
    ),
  )
})

test('buckets become the same number of requests between their edges', () => {
  expect(
    latencyOfBuckets([
      [Infinity, 10],
      [50, 6],
      [100, 9],
    ]),
  ).toEqual([
    [latencyBucket(25), 6],
    [latencyBucket(Math.sqrt(5_000)), 3],
    [latencyBucket(150), 1],
  ])
})

test('a lower bucket that was told later takes nothing away', () => {
  expect(
    latencyOfBuckets([
      [50, 6],
      [100, 4],
      [Infinity, 8],
    ]),
  ).toEqual([
    [latencyBucket(25), 6],
    [latencyBucket(150), 2],
  ])
})
