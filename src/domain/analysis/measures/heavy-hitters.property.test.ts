import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeavyHitters } from './heavy-hitters.ts'
import type { MeasuredDimension } from './measured.ts'

const KEEP = 8

/** A stream in which some values are frequent and many are rare. */
const stream = fc.array(
  fc.record({
    value: fc.oneof(fc.nat(3), fc.nat(400)).map((n) => `customer-${n}`),
    failed: fc.boolean(),
    ms: fc.double({ min: 0, max: 5_000, noNaN: true }),
  }),
  { maxLength: 600 },
)
type Stream = typeof stream extends fc.Arbitrary<infer T> ? T : never

function counted(requests: Stream): MeasuredDimension {
  const hitters = new HeavyHitters(KEEP)
  for (const { value, failed, ms } of requests) hitters.count(value, 1, failed ? 1 : 0, ms)
  return hitters.read('customer')
}

function expectBound(found: MeasuredDimension, all: Stream): void {
  const told = new Map(found.values.map((one) => [one.value, one]))
  expect(found.values.length).toBeLessThanOrEqual(KEEP)
  for (const value of new Set(all.map((one) => one.value))) {
    const requests = all.filter((one) => one.value === value).length
    const one = told.get(value)
    // Never too many; and what is missing is within what is said.
    expect(one?.requests ?? 0).toBeLessThanOrEqual(requests)
    expect(requests - (one?.requests ?? 0)).toBeLessThanOrEqual(one?.missedMax ?? found.missedMax)
  }
  const sum = (of: 'requests' | 'errors') =>
    found.other[of] + found.values.reduce((total, one) => total + one[of], 0)
  expect(sum('requests')).toBe(all.length)
  expect(sum('errors')).toBe(all.filter(({ failed }) => failed).length)
}

test('no request is lost, and no value misses more than is said', () => {
  fc.assert(fc.property(stream, (requests) => expectBound(counted(requests), requests)))
})

test('windows that are added up keep the same promise as one that saw everything', () => {
  fc.assert(
    fc.property(fc.array(stream, { maxLength: 6 }), (windows) => {
      const all = new HeavyHitters(KEEP)
      for (const window of windows) all.add(counted(window))
      expectBound(all.read('customer'), windows.flat())
    }),
  )
})

test('a value with more than its part of the weight is always told', () => {
  fc.assert(
    fc.property(stream, (requests) => {
      const found = counted(requests)
      const weights = requests.map(({ failed }) => (failed ? 10 : 1))
      const all = weights.reduce((sum, one) => sum + one, 0)
      expect(found.missedMax).toBeLessThanOrEqual(all / KEEP)
    }),
  )
})

test('few values are counted exactly, and nothing is other', () => {
  const requests = Array.from({ length: 500 }, (_, at) => ({
    value: `c${at % KEEP}`,
    failed: at === 3,
    ms: 1,
  }))
  const found = counted(requests)
  expect(found).toMatchObject({ other: { requests: 0 }, missedMax: 0 })
  expect(found.values.find(({ value }) => value === 'c3')).toMatchObject({ requests: 63, errors: 1 })
})
