import { expect, test } from 'vitest'
import { noTables } from '../domain/traffic/request-facts.ts'
import { EnvironmentMeasures } from './environment-measures.ts'
import { ReleaseTraffic } from './release-traffic.ts'
import { requestFacts } from './request-facts.ts'

const START = Date.UTC(2026, 4, 1, 10, 0, 0)
const dimensions = [{ name: 'customer', attribute: { from: 'header', name: 'x-customer' } }] as const

function counting() {
  const measures = new EnvironmentMeasures(START)
  measures.tellApart(dimensions)
  const traffic = new ReleaseTraffic(22)
  let at = START
  return {
    measures,
    /** One request in each of so many seconds. */
    seconds: (count: number, customer = 'acme') => {
      const head = { header: () => customer, host: 'shop', path: '/' }
      for (let second = 0; second < count; second += 1) {
        traffic.answered(200, 3)
        const facts = requestFacts(head, { userKey: null }, '', () => undefined)
        measures.count(traffic, facts, noTables, { requests: 1, errors: 0, latencyMs: 3 })
        at += 1_000
        measures.endWindow(at, [traffic])
      }
    },
  }
}

function requestsIn(windows: ReturnType<EnvironmentMeasures['take']>): number {
  return windows.reduce(
    (sum, { window }) => sum + window.arms.reduce((all, { total }) => all + total.requests, 0),
    0,
  )
}

test('a server that was away for hours misses nothing but fineness', () => {
  const { measures, seconds } = counting()
  const hours = 5 * 3_600
  seconds(hours)
  const waiting = measures.take(0)
  expect(requestsIn(waiting)).toBe(hours)
  expect(waiting.length).toBeLessThan(300)
  const named = waiting.flatMap(({ window }) => window.arms.flatMap((arm) => arm.dimensions))
  expect(named.reduce((sum, { values }) => sum + (values[0]?.requests ?? 0), 0)).toBe(hours)
  expect(waiting.at(-1)?.window).toMatchObject({ from: START + (hours - 1) * 1_000, spanMs: 1_000 })
})

test('what was told is never joined with what was not, so nothing is counted twice', () => {
  const { measures, seconds } = counting()
  seconds(10)
  const told = measures.take(0)
  seconds(4_000)
  // The first ten were stored; that they were is heard of only now.
  const rest = measures.take(told.at(-1)?.seq ?? 0)
  expect(requestsIn(rest)).toBe(4_000)
})

test('a second without a request is not kept, and a value of a stranger is cut', () => {
  const { measures, seconds } = counting()
  seconds(1, 'x'.repeat(10_000))
  measures.endWindow(START + 5_000, [])
  const [only, ...others] = measures.take(0)
  expect(others).toEqual([])
  expect(only?.window.arms[0]?.dimensions[0]?.values[0]?.value).toHaveLength(128)
})
