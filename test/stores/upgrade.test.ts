// A store that an earlier version left in the middle of a bake is read by this one, and the bake goes on from there.
// Every store that is kept beside this file must pass, for ever.
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createManualClock, type ManualClock } from '../../src/adapters/clock/manual/manual-clock.ts'
import { createSqliteEventLog } from '../../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { createMemorySecrets } from '../../src/adapters/secret-store/memory/memory-secrets.ts'
import { createFolderTickStore } from '../../src/adapters/tick-store/folder/folder-tick-store.ts'
import { type Coordinator, createCoordinator } from '../../src/coordinator/coordinator.ts'
import type { CoordinatorPorts } from '../../src/coordinator/ports.ts'
import { createStreams } from '../../src/coordinator/streams.ts'
import { judgeByThresholds } from '../../src/domain/analysis/judge-by-thresholds.ts'
import type { ServiceEvent } from '../../src/domain/service/event.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { TickStore } from '../../src/ports/tick-store.ts'
import { easyPorts } from '../../bench/parts/easy-ports.ts'
import { instancesOf } from '../../bench/parts/easy-outside.ts'

const MINUTE_MS = 60_000
/** So many turns of the event loop in a row nothing was asked of the disk: whoever had something to do has done it. */
const QUIET_TURNS = 10
/** Turns that one second may take at the most; a slow disk takes thousands. */
const TURNS_MAX = 1_000_000
/** Its hour, and what the way into production takes. */
const MINUTES_MAX = 600
const STORES = readdirSync(import.meta.dirname).filter((name) =>
  statSync(join(import.meta.dirname, name)).isDirectory(),
)
const USE = { cpuMs: 0, memoryBytes: 0, threads: 0, fds: 0, readBytes: 0, writeBytes: 0, errorLines: 0 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-upgrade-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function openCopy(name: string): EventLog {
  cpSync(join(import.meta.dirname, name), folder, { recursive: true })
  return createSqliteEventLog({ file: join(folder, 'store', 'events.sqlite') })
}

async function lastAt(log: EventLog): Promise<number> {
  const [newest] = await log.readBefore(Number.MAX_SAFE_INTEGER, 1)
  // Events are ours, and never renamed.
  return newest === undefined ? 0 : (newest.data as ServiceEvent).at
}

test('there is a store to read', () => expect(STORES).toContain('0.1-mid-bake'))

describe.each(STORES)('the store %s', (name) => {
  test('tells where everything was', async () => {
    const log = openCopy(name)
    const streams = createStreams(log, 1_000)
    await streams.recover()
    const { state } = streams.get('shop')
    expect(state.head).toBe(3)
    expect(Object.values(state.releases).map(({ build }) => build.state)).toEqual(['done', 'done', 'done'])
    expect(state.stages['production']).toMatchObject({
      live: { release: 1 },
      locks: [{ reason: 'a demonstration' }],
    })
    expect(state.stages['staging']?.live?.release).toBeGreaterThan(1)
    expect(state.stages['staging']?.marks[2]?.cleared ?? null).toBeNull()
    await log.close()
  })

  test('goes on baking where it was, and lets the release on once its time is over and the lock is lifted', async () => {
    const log = openCopy(name)
    const clock = createManualClock((await lastAt(log)) + MINUTE_MS)
    const { ticks, isBusy } = watchedTicks(createFolderTickStore({ folder: join(folder, 'ticks') }))
    const advance = (ms: number): Promise<void> => advanceQuietly(clock, isBusy, ms)
    const coordinator: Coordinator = createCoordinator({
      ...outside(clock, () => coordinator),
      clock,
      ticks,
      eventLog: log,
      judge: { judge: judgeByThresholds },
      secrets: createMemorySecrets(),
    })
    await coordinator.start()
    const stage = (of: string) => coordinator.state('shop').stages[of]
    await advance(3 * MINUTE_MS)
    const seen = coordinator.evidence('shop', 'staging').spells.map(({ fromSeq }) => fromSeq)
    expect(Math.min(...seen), 'what was seen before the upgrade counts').toBeLessThan(60)
    expect(stage('staging')?.marks[2]?.cleared ?? null, 'its hour is not over').toBeNull()
    const by = { kind: 'person', name: 'anna' } as const
    await coordinator.handle('shop', {
      type: 'unlock',
      stage: 'production',
      incidentClosed: false,
      at: clock.now(),
      by,
    })
    const cleared = () => stage('staging')?.marks[2]?.cleared
    for (let minutes = 0; minutes < MINUTES_MAX && !cleared(); minutes += 1) await advance(MINUTE_MS)
    expect(cleared()).toBe('proven')
    const reached = () => (stage('production')?.live?.release ?? 0) > 1
    for (let minutes = 0; minutes < MINUTES_MAX && !reached(); minutes += 1) await advance(MINUTE_MS)
    expect(reached()).toBe(true)
    await coordinator.stop()
    await ticks.close()
    await log.close()
  })
})

/** The disk is real and knows nothing of this clock: each second waits until it has answered all that it was asked. */
async function advanceQuietly(clock: ManualClock, isBusy: () => boolean, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
    await clock.advance(1_000)
    let quiet = 0
    for (let turns = 0; quiet < QUIET_TURNS; turns += 1) {
      expect(turns, 'the disk has not answered').toBeLessThan(TURNS_MAX)
      await new Promise((resolve) => setImmediate(resolve))
      quiet = isBusy() ? 0 : quiet + 1
    }
  }
}

/** A tick store that can tell whether somebody waits for it. */
function watchedTicks(store: TickStore): { readonly ticks: TickStore; readonly isBusy: () => boolean } {
  let asked = 0
  const noted = <Result>(answer: Promise<Result>): Promise<Result> => {
    asked += 1
    return answer.finally(() => {
      asked -= 1
    })
  }
  const ticks: TickStore = {
    append: (environment, tick) => noted(store.append(environment, tick)),
    sync: (environment) => noted(store.sync(environment)),
    lastSeq: (environment) => noted(store.lastSeq(environment)),
    prune: (environment, before) => noted(store.prune(environment, before)),
    close: () => store.close(),
    async *read(environment, afterSeq) {
      asked += 1
      try {
        yield* store.read(environment, afterSeq)
      } finally {
        asked -= 1
      }
    },
  }
  return { ticks, isBusy: () => asked > 0 }
}

/** Does whatever it is asked for, at once; every release is used by customers. */
function outside(clock: ManualClock, coordinator: () => Coordinator) {
  const wished = new Map<string, Map<number, number>>()
  const fleetsOf = (stage: string) => wished.get(stage) ?? new Map<number, number>()
  const target: CoordinatorPorts['target'] = {
    ...easyPorts(clock, () => 1).target,
    scale: async ({ environment, release, count }) => {
      wished.set(environment.stage, fleetsOf(environment.stage).set(release, count))
    },
    look: async ({ stage }) =>
      [...fleetsOf(stage)].map(([release, count]) => ({
        release,
        wanted: count,
        instances: instancesOf(release, count).map((instance) => ({
          ...instance,
          state: 'ready' as const,
          startedAt: 0,
          restarts: 0,
          lastWords: null,
          use: USE,
        })),
      })),
  }
  const metrics: CoordinatorPorts['metrics'] = {
    read: async ({ stage }) => {
      const plan = coordinator().state('shop').stages[stage]?.plan
      const requests = Math.floor(clock.monotonicMs() / 100)
      const arms = (plan?.arms ?? []).filter(({ weightPercent }) => weightPercent > 0)
      return {
        seen: true,
        generation: plan?.generation ?? 0,
        arms: arms.map(({ release }) => ({
          release,
          requests,
          errors: 0,
          latency: [[20, requests]] as const,
        })),
      }
    },
  }
  return { ...easyPorts(clock, () => 1), target, metrics }
}
