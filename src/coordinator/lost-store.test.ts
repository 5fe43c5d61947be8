// A store that was lost is not a new one: history is never run again over what is running (the never-list, 4).
import { expect, test } from 'vitest'
import { createManualClock } from '../adapters/clock/manual/manual-clock.ts'
import { createMemoryEventLog } from '../adapters/event-log/memory/memory-event-log.ts'
import { service, Story } from '../domain/service/testing/story.ts'
import { createCoordinator } from './coordinator.ts'
import type { CoordinatorPorts } from './ports.ts'
import { streamOf } from './streams.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

function coordinatorOver(events: number, environments: readonly { service: string; stage: string }[]) {
  const clock = createManualClock()
  const eventLog = createMemoryEventLog()
  const story = new Story(service()).shipped()
  const rows = story.events.slice(0, events).map((event) => ({ type: event.type, data: event }))
  const asked: string[] = []
  const target = new Proxy(
    { environments: async () => environments, look: async () => [], close: async () => {} },
    { get: (known, name) => (asked.push(String(name)), Reflect.get(known, name)) },
  )
  const ports = {
    clock,
    log: quiet,
    eventLog,
    target,
    notifiers: [],
    source: { look: async () => ({ found: 'empty' }), watch: () => () => {} },
  } as unknown as CoordinatorPorts
  return { eventLog, rows, asked, coordinator: createCoordinator(ports) }
}

test('an empty store beside running instances stops and asks, and touches none of them', async () => {
  const { coordinator, asked } = coordinatorOver(0, [{ service: 'shop', stage: 'production' }])
  const started = coordinator.start()
  await expect(started).rejects.toThrow(/instances of shop\/production are running: the store was lost/)
  await expect(started).rejects.toThrow(/sluice restore FILE.*sluice down --everything/)
  expect(asked).toEqual(['environments'])
  await coordinator.stop()
})

test('an empty store beside nothing is a new one', async () => {
  const { coordinator } = coordinatorOver(0, [])
  await coordinator.start()
  await coordinator.stop()
})

test('a store that knows a service is asked nothing about what runs', async () => {
  const { coordinator, eventLog, rows, asked } = coordinatorOver(1, [
    { service: 'shop', stage: 'production' },
  ])
  await eventLog.append(streamOf('shop'), 0, rows)
  await coordinator.start()
  expect(asked).not.toContain('environments')
  await coordinator.stop()
})
