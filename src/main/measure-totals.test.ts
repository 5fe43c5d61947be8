import { expect, test } from 'vitest'
import { exampleArms } from '../extend/contracts/measure-store.contract.ts'
import { createMeasureTotals } from './measure-totals.ts'

const environment = { service: 'shop', stage: 'production' }
const HOUR = 3_600_000

test('counters grow with every window, by release, track and dimension', () => {
  const totals = createMeasureTotals()
  for (const from of [0, 1_000])
    totals.add({ environment, window: { from, spanMs: 1_000, arms: exampleArms() } })
  const lines = totals.text(2_000).split('\n')
  const of = 'service="shop",stage="production"'
  expect(lines).toContain(`sluice_requests_total{${of},release="22",track="stable"} 10`)
  expect(lines).toContain(`sluice_errors_total{${of},release="24",track="beta"} 2`)
  expect(lines).toContain(
    `sluice_dimension_errors_total{${of},release="24",track="beta",dimension="customer",value="acme"} 2`,
  )
  expect(lines).toContain(`sluice_latency_seconds_bucket{${of},release="22",track="stable",le="+Inf"} 10`)
  const buckets = lines.filter((line) => line.startsWith('sluice_latency_seconds_bucket'))
  const counts = buckets.slice(0, 11).map((line) => Number(line.split(' ').at(-1)))
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
})

test('what a stranger is called disturbs no line, and series of what nobody asks for end', () => {
  const totals = createMeasureTotals()
  const [arm] = exampleArms()
  const values = [{ ...arm!.dimensions[0]!.values[0]!, value: 'a"b\\c\nd' }]
  const arms = [{ ...arm!, dimensions: [{ ...arm!.dimensions[0]!, values }] }]
  totals.add({ environment, window: { from: 0, spanMs: 1_000, arms } })
  expect(totals.text(1_000)).toContain(String.raw`value="a\"b\\c\nd"} 2`)
  expect(totals.text(2 * HOUR)).not.toContain('release="22"')
})

test('series stay few however many customers there are', () => {
  const totals = createMeasureTotals()
  const [arm] = exampleArms()
  const one = arm!.dimensions[0]!.values[0]!
  const values = Array.from({ length: 250 }, (_, at) => ({ ...one, value: `customer-${at}` }))
  const arms = [{ ...arm!, dimensions: [{ ...arm!.dimensions[0]!, values }] }]
  totals.add({ environment, window: { from: 0, spanMs: 1_000, arms } })
  const lines = totals
    .text(1_000)
    .split('\n')
    .filter((line) => line.startsWith('sluice_dimension_requests'))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toContain(',other="true"} 460')
})
