import { expect, test } from 'vitest'
import { createMemoryEventLog } from '../adapters/event-log/memory/memory-event-log.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { service, Story } from '../domain/service/testing/story.ts'
import { defaultPaces, type CoordinatorPorts } from './ports.ts'
import { createStreams, streamOf } from './streams.ts'
import { createWork } from './work.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A service whose #2 is live in staging, in a log, with a tick store that says when it synced. */
async function shipped(sync: () => Promise<void>) {
  const eventLog = createMemoryEventLog()
  const { events } = new Story(service()).shipped({}, {})
  const rows = events.map((event) => ({ type: event.type, data: event }))
  await eventLog.append(streamOf('shop'), 0, rows)
  const streams = createStreams(eventLog, 1_000)
  await streams.recover()
  const clock = { now: () => 2_000_000, monotonicMs: () => 0, sleep: () => new Promise<void>(() => {}) }
  const ports = {
    clock,
    log: quiet,
    eventLog,
    ticks: { sync, lastSeq: async () => 9 },
  } as unknown as CoordinatorPorts
  const work = createWork({
    service: 'shop',
    streams,
    ports,
    paces: defaultPaces,
    tick: () => 7,
    changed: () => {},
  })
  const length = async () => (await eventLog.readStream(streamOf('shop'), events.length)).length
  return { work, length }
}

const rollback = (kind: 'person' | 'machine'): ServiceCommand => ({
  type: 'rollback',
  stage: 'staging',
  reason: 'it fails',
  tick: 7,
  at: 2_000_000,
  by: kind === 'person' ? { kind, name: 'anna' } : { kind, rule: 'test' },
})

test('ticks that a decision rests on are synced before it is appended', async () => {
  const lengths: number[] = []
  const made = await shipped(async () => void lengths.push(await made.length()))
  await made.work.handle(rollback('machine'))
  expect(lengths[0]).toBe(0)
  expect(await made.length()).toBeGreaterThan(0)
})

test('what begins now begins after all that was recorded, whatever its caller knew of', async () => {
  const made = await shipped(async () => {})
  const outcome = await made.work.handle(rollback('machine'))
  const started = outcome.done ? outcome.events.find(({ type }) => type === 'rollout-started') : undefined
  expect(started).toMatchObject({ sinceTick: 9 })
})

test('a disk that does not sync stops the machine, and no person', async () => {
  const made = await shipped(() => Promise.reject(new Error('disk')))
  await expect(made.work.handle(rollback('machine'))).rejects.toThrow('disk')
  expect(await made.length()).toBe(0)
  expect(await made.work.handle(rollback('person'))).toMatchObject({ done: true })
  expect(await made.length()).toBeGreaterThan(0)
})

test('a disk that never answers keeps no person from going back', async () => {
  const made = await shipped(() => new Promise(() => {}))
  expect(await made.work.handle(rollback('person'))).toMatchObject({ done: true })
  expect(await made.length()).toBeGreaterThan(0)
})

test('an act whose answer was lost is known at once, for it may be in the log', async () => {
  const eventLog = createMemoryEventLog()
  const { events } = new Story(service()).shipped({})
  const rows = events.map((event) => ({ type: event.type, data: event }))
  await eventLog.append(streamOf('shop'), 0, rows)
  const deaf: typeof eventLog = {
    ...eventLog,
    append: async (...request) => {
      await eventLog.append(...request)
      throw new Error('no answer')
    },
  }
  const streams = createStreams(deaf, 1_000)
  await streams.recover()
  const pinned = {
    type: 'stage-pinned',
    stage: 'staging',
    reason: 'r',
    at: 1,
    by: { kind: 'person', name: 'anna' },
  }
  const append = streams.append('shop', events.length, [pinned as never])
  await expect(append).rejects.toThrow('no answer')
  expect(streams.get('shop').state.stages['staging']?.pin).toMatchObject({ reason: 'r' })
})

test('what is due at a time of day is done then, though the clock was put forward while nothing happened', async () => {
  const story = new Story(service()).shipped({})
  story.person({
    type: 'lock',
    stage: 'production',
    id: 'l',
    owner: 'anna',
    reason: 'r',
    forMs: 4 * 3_600_000,
    incident: null,
    suspect: null,
  })
  const eventLog = createMemoryEventLog()
  await eventLog.append(
    streamOf('shop'),
    0,
    story.events.map((event) => ({ type: event.type, data: event })),
  )
  const streams = createStreams(eventLog, 1_000)
  await streams.recover()
  let jumpedMs = 0
  const sleeps: number[] = []
  const clock = {
    now: () => story.now + jumpedMs,
    monotonicMs: () => 0,
    sleep: async (ms: number) => {
      sleeps.push(ms)
      if (jumpedMs > 0) await new Promise(() => {})
      jumpedMs = 4 * 3_600_000
    },
  }
  const ports = { clock, log: quiet, eventLog, ticks: {} } as unknown as CoordinatorPorts
  const work = createWork({
    service: 'shop',
    streams,
    ports,
    paces: defaultPaces,
    tick: () => 0,
    changed: () => {},
  })
  work.wake()
  await expect
    .poll(() => streams.get('shop').state.stages['production']?.locks[0]?.warned30)
    .toBe(story.now + 4 * 3_600_000)
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(60_000)
})
