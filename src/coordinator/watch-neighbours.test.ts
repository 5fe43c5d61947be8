// What is counted for a watched service between two readings.
import { expect, test } from 'vitest'
import type { Tick } from '../domain/analysis/tick.ts'
import type { ArmReading, MetricSource, TrafficReading } from '../ports/metric-source.ts'
import { readNeighbours, withNeighbourTicks } from './watch-neighbours.ts'

const tick: Tick = { seq: 1, at: 0, spanMs: 1_000, generation: 1, routerSeen: true, arms: [] }
const arm = (release: number, requests: number, errors: number): ArmReading => ({
  release,
  requests,
  errors,
  latency: [[10, requests]],
})
const reading = (arms: readonly ArmReading[], more: Partial<TrafficReading> = {}) => [
  { name: 'payments', traffic: { seen: true, generation: 3, arms, ...more } },
]
const counted = (before: ReturnType<typeof reading>, after: ReturnType<typeof reading>) =>
  withNeighbourTicks(tick, before, after).neighbours?.[0]

test('all of its releases are added up, by what they grew', () => {
  const now = counted(reading([arm(1, 100, 2), arm(2, 10, 0)]), reading([arm(1, 150, 5), arm(2, 30, 1)]))
  expect(now).toEqual({ name: 'payments', seen: true, requests: 70, errors: 4, latency: [[10, 70]] })
})

test('counters that fell began anew, and a release that came counts from nothing', () => {
  const now = counted(reading([arm(1, 100, 50)]), reading([arm(1, 20, 1), arm(2, 5, 0)]))
  expect(now).toMatchObject({ requests: 25, errors: 1 })
})

test('it is not seen where no router told, where nothing serves, and at first sight', () => {
  const full = reading([arm(1, 100, 0)])
  expect(counted(full, reading([], { seen: false }))).toMatchObject({ seen: false, requests: 0 })
  expect(counted(full, reading([], { generation: 0 }))).toMatchObject({ seen: false })
  expect(counted(reading([], { seen: false }), full)).toMatchObject({ seen: false })
  expect(counted([], full)).toMatchObject({ seen: false })
})

test('the stage of that name is asked, or the one that was written', async () => {
  const asked: string[] = []
  const metrics: MetricSource = {
    read: async ({ service, stage }) => {
      asked.push(`${service}/${stage}`)
      return { seen: true, generation: 1, arms: [] }
    },
  }
  const watches = [
    { service: 'payments', stage: 'production' },
    { service: 'search', stage: 'live' },
  ]
  const read = await readNeighbours(metrics, watches, 'production')
  expect(asked).toEqual(['payments/production', 'search/live'])
  expect(read.map(({ name }) => name)).toEqual(['payments', 'search/live'])
})

test('where nothing is watched a tick stays as it is', () => {
  expect(withNeighbourTicks(tick, [], [])).toBe(tick)
})
