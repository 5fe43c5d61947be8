// Behaviour 4.2: a lock over a stage of every service is acknowledged when all have it, and a service that comes later is
// born with it. Said once, whatever breaks in between.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMemoryEventLog } from '../adapters/event-log/memory/memory-event-log.ts'
import type { EverywhereCommand } from '../domain/everywhere/decide.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import { service, stage, STAGING } from '../domain/service/testing/story.ts'
import type { EventLog } from '../ports/event-log.ts'
import { createEverywhere, EVERYWHERE_STREAM } from './everywhere.ts'
import { handleCommand, type Outcome } from './handle-command.ts'
import { createStreams, type Streams } from './streams.ts'

const HOUR_MS = 3_600_000
const by = { kind: 'person', name: 'anna' } as const
const who = { at: 1_000, by }
const lockIt: EverywhereCommand = {
  type: 'lock-everywhere',
  stage: 'production',
  id: 'lock_1',
  owner: 'anna',
  reason: 'the network is ill',
  forMs: 4 * HOUR_MS,
  incident: null,
  ...who,
}
const unlockIt: EverywhereCommand = {
  type: 'unlock-everywhere',
  stage: 'production',
  incidentClosed: false,
  ...who,
}

type Server = {
  readonly streams: Streams
  readonly everywhere: ReturnType<typeof createEverywhere>
  now: number
  handle(service: string, command: ServiceCommand): Promise<Outcome>
  locks(service: string): readonly string[]
}

/** One life of a server over a log that outlives it. */
async function boot(eventLog: EventLog): Promise<Server> {
  const streams = createStreams(eventLog, 1_000)
  await streams.recover()
  const made = { now: 1_000 }
  const everywhere = createEverywhere({
    eventLog,
    now: () => made.now,
    readOthers: streams.readOthers,
    services: () => streams.names(),
    state: (name) => streams.get(name).state,
    handle: (name, command) => handleCommand(streams, name, command),
  })
  return Object.assign(made, {
    streams,
    everywhere,
    handle: (name: string, command: ServiceCommand) =>
      command.type === 'configure'
        ? everywhere.configure(name, command)
        : handleCommand(streams, name, command),
    locks: (name: string) => streams.get(name).state.stages['production']?.locks.map(({ id }) => id) ?? [],
  })
}

async function withServices(eventLog: EventLog, ...names: readonly string[]): Promise<Server> {
  const server = await boot(eventLog)
  for (const name of names)
    await server.handle(name, { type: 'configure', definition: { ...service(), service: name }, ...who })
  return server
}

test('a lock over a stage is in every service that has it before anybody is told so', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  await server.handle('worker', { type: 'configure', definition: service([STAGING]), ...who })
  const outcome = await server.everywhere.handle(lockIt)
  expect(outcome).toEqual({ done: true, lock: 'lock_1', services: ['blog', 'shop'] })
  expect(server.locks('shop')).toEqual(['lock_1'])
  expect(server.locks('blog')).toEqual(['lock_1'])
})

test('a service that comes later, and a stage that comes later, are born with it', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop')
  await server.handle('worker', { type: 'configure', definition: service([STAGING]), ...who })
  await server.everywhere.handle(lockIt)
  const outcome = await server.handle('blog', { type: 'configure', definition: service(), ...who })
  expect(outcome.done && outcome.events.map(({ type }) => type)).toEqual([
    'service-configured',
    'stage-locked',
  ])
  await server.handle('worker', { type: 'configure', definition: service(), ...who })
  expect(server.locks('worker')).toEqual(['lock_1'])
  expect(server.locks('blog')).toEqual(['lock_1'])
})

test('a stage that takes the locked name is locked as well', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  const old = service([STAGING, stage('live')])
  await server.handle('old', { type: 'configure', definition: old, ...who })
  await server.everywhere.handle(lockIt)
  const renamed = service([STAGING, { ...stage('production'), renamedFrom: 'live' }])
  await server.handle('old', { type: 'configure', definition: renamed, ...who })
  expect(server.locks('old')).toEqual(['lock_1'])
})

test('a stage that gives up the locked name stays locked, and is opened with the others', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  await server.everywhere.handle(lockIt)
  const renamed = service([STAGING, { ...stage('live'), renamedFrom: 'production' }])
  await server.handle('shop', { type: 'configure', definition: renamed, ...who })
  const locks = (): readonly string[] =>
    server.streams.get('shop').state.stages['live']!.locks.map(({ id }) => id)
  expect(locks()).toEqual(['lock_1'])
  await server.everywhere.handle(unlockIt)
  expect([...locks(), ...server.locks('blog')]).toEqual([])
})

test('what another server configured before the lock is locked before anybody is told so', async () => {
  const log = createMemoryEventLog()
  const first = await withServices(log, 'shop', 'worker')
  const other = await boot(log)
  await first.handle('worker', { type: 'configure', definition: service([STAGING]), ...who })
  await other.handle('blog', { type: 'configure', definition: service(), ...who })
  await other.streams.readOthers()
  await other.handle('worker', { type: 'configure', definition: service(), ...who })
  const outcome = await first.everywhere.handle(lockIt)
  expect(outcome).toMatchObject({ services: ['blog', 'shop', 'worker'] })
  for (const name of ['blog', 'shop', 'worker']) expect(first.locks(name)).toEqual(['lock_1'])
})

test.each(['blog', 'worker'])(
  'a lock that is acknowledged while another server configures %s is in it from its first event on',
  async (name) => {
    const log = createMemoryEventLog()
    const first = await withServices(log, 'shop')
    await first.handle('worker', { type: 'configure', definition: service([STAGING]), ...who })
    let isLocked = false
    // The lock comes, and is acknowledged, after the other has decided and before that is on disk.
    const interrupted: EventLog = {
      ...log,
      append: async (...args) => {
        if (!isLocked) {
          isLocked = true
          await first.everywhere.handle(lockIt)
        }
        return log.append(...args)
      },
    }
    const other = await boot(interrupted)
    const outcome = await other.handle(name, { type: 'configure', definition: service(), ...who })
    expect(outcome.done && outcome.events.map(({ type }) => type)).toEqual([
      'service-configured',
      'stage-locked',
    ])
    expect(other.locks(name)).toEqual(['lock_1'])
  },
)

test('a configuration whose answer was lost is known to the lock that comes after it', async () => {
  const log = createMemoryEventLog()
  let isLost = true
  const deaf: EventLog = {
    ...log,
    append: async (...args) => {
      const result = await log.append(...args)
      if (isLost && args[0] === 'service/blog') throw new Error('no answer')
      return result
    },
    readStream: async (...args) => {
      if (isLost && args[0] === 'service/blog') throw new Error('no answer')
      return log.readStream(...args)
    },
  }
  const server = await withServices(deaf, 'shop')
  const configure = { type: 'configure', definition: service(), ...who } as const
  await expect(server.handle('blog', configure)).rejects.toThrow('no answer')
  isLost = false
  await server.everywhere.handle(lockIt)
  expect(server.locks('blog')).toEqual(['lock_1'])
})

test('one service alone can neither lift nor change it; lifted as a whole it is gone from all', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  await server.everywhere.handle(lockIt)
  for (const command of [
    { type: 'unlock', stage: 'production', incidentClosed: false },
    { type: 'unlock', stage: 'production', incidentClosed: false, lock: 'lock_1' },
    { type: 'edit-lock', stage: 'production', lock: 'lock_1', reason: 'mine' },
  ] as const) {
    const outcome = await server.handle('shop', { ...command, ...who })
    expect(outcome).toMatchObject({ done: false, refusal: { code: 'lock/everywhere' } })
  }
  await server.everywhere.handle(unlockIt)
  expect([...server.locks('shop'), ...server.locks('blog')]).toEqual([])
  expect(await server.everywhere.handle(unlockIt)).toMatchObject({ refusal: { code: 'lock/none' } })
})

test('a lock of its own is lifted in one service while the one over all stays', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  await server.everywhere.handle(lockIt)
  const own = { id: 'own', owner: 'ben', reason: 'mine', forMs: HOUR_MS, incident: null, suspect: null }
  await server.handle('shop', { type: 'lock', stage: 'production', ...own, ...who })
  await server.handle('shop', { type: 'unlock', stage: 'production', incidentClosed: false, ...who })
  expect(server.locks('shop')).toEqual(['lock_1'])
})

test('what is changed is changed in all of them', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop', 'blog')
  await server.everywhere.handle(lockIt)
  const edit = { type: 'edit-lock-everywhere', stage: 'production', lock: 'lock_1', ...who } as const
  await server.everywhere.handle({ ...edit, reason: 'it is the disk', forMs: HOUR_MS, incident: 'INC-7' })
  for (const name of ['shop', 'blog'])
    expect(server.streams.get(name).state.stages['production']?.locks[0]).toMatchObject({
      reason: 'it is the disk',
      expiresAt: 1_000 + HOUR_MS,
      incident: 'INC-7',
    })
})

test('where it expired it is not set again, and no later service is born with it', async () => {
  const log = createMemoryEventLog()
  const server = await withServices(log, 'shop')
  await server.everywhere.handle({ ...lockIt, forMs: 1_000 })
  server.now = Date.UTC(2026, 10, 23, 12)
  const expire = { type: 'expire-lock', stage: 'production', lock: 'lock_1', by } as const
  await server.handle('shop', { ...expire, at: server.now })
  expect(server.locks('shop')).toEqual([])
  await server.everywhere.recover()
  const configure = { type: 'configure', definition: service(), at: server.now, by } as const
  await server.handle('blog', configure)
  expect([...server.locks('shop'), ...server.locks('blog')]).toEqual([])
  const types = (await log.readStream(EVERYWHERE_STREAM, 0)).map(({ type }) => type)
  expect(types.at(-1)).toBe('everywhere-lock-ended')
})

test('a stage that nobody has is refused, with what there is', async () => {
  const server = await withServices(createMemoryEventLog(), 'shop')
  const outcome = await server.everywhere.handle({ ...lockIt, stage: 'prod' })
  expect(outcome).toMatchObject({ refusal: { code: 'stage/unknown' } })
  expect(!outcome.done && outcome.refusal.text).toContain('production, staging')
})

/** A log that a power cut takes away after so many appends. */
function cutAfter(eventLog: EventLog, appends: number): EventLog {
  let left = appends
  return {
    ...eventLog,
    append: async (...args) => {
      if (left-- <= 0) throw new Error('the power is gone')
      return eventLog.append(...args)
    },
  }
}

test('wherever the power goes, the next life makes all services stand alike, and as was acknowledged', async () => {
  const acts = [lockIt, { ...lockIt, id: 'lock_2' }, { ...unlockIt, lock: 'lock_1' }]
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 20 }), async (appends) => {
      const log = createMemoryEventLog()
      await withServices(log, 'shop', 'blog', 'api')
      const first = await boot(cutAfter(log, appends))
      const acknowledged: string[] = []
      for (const act of acts) {
        const outcome = await first.everywhere.handle(act).catch(() => undefined)
        if (!outcome) break
        acknowledged.push(act.type)
      }
      const second = await boot(log)
      await second.everywhere.recover()
      const [shop, ...others] = ['shop', 'blog', 'api'].map((name) => [...second.locks(name)].sort())
      for (const other of others) expect(other).toEqual(shop)
      if (acknowledged.length === 1) expect(shop).toContain('lock_1')
      if (acknowledged.length === 2) expect(shop).toContain('lock_2')
      if (acknowledged.length === 3) expect(shop).toEqual(['lock_2'])
      // What is finished once is not begun again.
      const version = (await log.readStream(EVERYWHERE_STREAM, 0)).length
      await second.everywhere.recover()
      expect((await log.readStream(EVERYWHERE_STREAM, 0)).length).toBe(version)
    }),
    { seed: 3, numRuns: 60 },
  )
})
