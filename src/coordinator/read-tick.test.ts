import { expect, test } from 'vitest'
import { emptyStage, type AcknowledgedArm } from '../domain/service/state.ts'
import type { FleetLook, InstanceLook } from '../ports/deployment-target.ts'
import { readTick, type Reading } from './read-tick.ts'

const USE = { cpuMs: 0, memoryBytes: 0, threads: 0, fds: 0, readBytes: 0, writeBytes: 0, errorLines: 0 }

function instance(id: string, more: Partial<InstanceLook> = {}): InstanceLook {
  return {
    id,
    host: 'h',
    port: 0,
    state: 'ready',
    startedAt: 0,
    restarts: 0,
    lastWords: null,
    use: USE,
    ...more,
  }
}

function reading(fleets: Readonly<Record<number, readonly InstanceLook[]>>): Reading {
  const looks = Object.entries(fleets).map(
    ([release, instances]): FleetLook => ({ release: Number(release), wanted: instances.length, instances }),
  )
  return { traffic: { seen: false, generation: 0, arms: [] }, fleets: looks, atMs: 0 }
}

function tick(
  arms: readonly (readonly [release: number, weightPercent: number])[],
  before: Reading,
  after: Reading,
) {
  const plan = {
    generation: 7,
    at: 0,
    arms: arms.map(
      ([release, weightPercent]): AcknowledgedArm => ({ release, weightPercent, instances: [] }),
    ),
  }
  const stage = { ...emptyStage('production'), plan }
  return readTick({ seq: 1, at: 1, spanMs: 1_000, stage, portless: true, before, after })
}

test('without a port jobs stand where requests would, and the plan in force is the one that was acknowledged', () => {
  const before = reading({ 1: [instance('a', { use: { ...USE, jobsDone: 5, jobsFailed: 1 } })] })
  const after = reading({ 1: [instance('a', { use: { ...USE, jobsDone: 9, jobsFailed: 2 }, restarts: 1 })] })
  expect(tick([[1, 100]], before, after)).toMatchObject({
    portless: true,
    routerSeen: true,
    generation: 7,
    arms: [{ requests: 5, errors: 1, workers: [{ ready: 1, restarts: 1, jobs: { done: 4, failed: 1 } }] }],
  })
})

test('time counts only where something of every release that serves was seen to run', () => {
  const one = { 1: [instance('a')], 2: [instance('b', { state: 'starting' })] }
  const none = [
    [1, 90],
    [2, 10],
  ] as const
  expect(tick(none, reading(one), reading(one)).routerSeen).toBe(false)
  const both = { ...one, 2: [instance('b')] }
  expect(tick(none, reading(both), reading(both)).routerSeen).toBe(true)
})

test('before anything serves nothing holds', () => {
  expect(tick([[1, 0]], reading({}), reading({ 1: [instance('a')] })).routerSeen).toBe(true)
  expect(tick([], reading({}), reading({})).routerSeen).toBe(true)
})

test('what was counted before a source was seen again is of no tick, and why it was not seen is said', () => {
  const counted = (requests: number): Reading => ({
    traffic: {
      seen: true,
      generation: 7,
      arms: [{ release: 1, requests, errors: 3, latency: [[20, requests]] }],
    },
    fleets: [],
    atMs: 0,
  })
  const unseen: Reading = {
    traffic: { seen: false, generation: 0, arms: [], trouble: 'Prometheus at http://p: answers 503' },
    fleets: [],
    atMs: 0,
  }
  const plan = { generation: 7, at: 0, arms: [{ release: 1, weightPercent: 100, instances: [] }] }
  const stage = { ...emptyStage('production'), plan }
  const of = (before: Reading, after: Reading) =>
    readTick({ seq: 1, at: 1, spanMs: 1_000, stage, before, after })
  const unwatched = {
    routerSeen: false,
    unseen: 'Prometheus at http://p: answers 503',
    arms: [{ release: 1, requests: 0, errors: 0, latency: [] }],
  }
  expect(of(counted(1_000_000), unseen)).toMatchObject(unwatched)
  expect(of(unseen, counted(1_000_100))).toMatchObject(unwatched)
  expect(of(counted(1_000_100), counted(1_000_130))).toMatchObject({
    routerSeen: true,
    arms: [{ requests: 30, errors: 0 }],
  })
})
