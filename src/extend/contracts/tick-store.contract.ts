// What every tick store promises. Run it from an adapter's own tests: `tickStoreContract('folder', createPlace)`.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Tick } from '../../domain/analysis/tick.ts'
import type { Environment } from '../../domain/names.ts'
import type { TickStore } from '../../ports/tick-store.ts'

/** Somewhere ticks can live. Opening it again, after a close, finds what was there. */
export type TickStorePlace = { open(): Promise<TickStore>; remove(): Promise<void> }

/** Fixed, so that a failure is the same failure tomorrow. */
const SEED = 20_260_502
const RUNS = 40
const START = Date.UTC(2026, 4, 1, 23, 59, 0)

const staging: Environment = { service: 'shop', stage: 'staging' }
const production: Environment = { service: 'shop', stage: 'production' }

/** A tick like those of a small service: two releases, a few latency buckets. */
export function exampleTick(seq: number, at: number = START + seq * 1_000): Tick {
  const instances = {
    wanted: 2,
    ready: 2,
    restarts: 0,
    crashLooping: 0,
    unhealthy: 0,
    cpuMs: 12.5,
    memoryBytes: 1e8,
  }
  const more = { threads: 11, fds: 20, readBytes: 0, writeBytes: 4_096, errorLines: 0 }
  const arm = { requests: seq % 7, errors: seq % 2, instances: { ...instances, ...more } }
  const latency = [[20, 3] as const, [33, seq] as const]
  return {
    seq,
    at,
    spanMs: 1_000,
    generation: 4,
    routerSeen: seq % 5 !== 0,
    arms: [
      { release: 7, weightPercent: 90, ...arm, latency },
      { release: 8, weightPercent: 10, ...arm, latency: [] },
    ],
  }
}

export function tickStoreContract(name: string, createPlace: () => Promise<TickStorePlace>): void {
  describe(`tick store contract: ${name}`, () => {
    let place: TickStorePlace
    let store: TickStore

    beforeEach(async () => {
      place = await createPlace()
      store = await place.open()
    })

    afterEach(async () => {
      await store.close()
      await place.remove()
    })

    async function append(environment: Environment, from: number, to: number): Promise<void> {
      for (let seq = from; seq <= to; seq++) await store.append(environment, exampleTick(seq))
    }

    test('an environment without ticks has none', async () => {
      expect(await store.lastSeq(staging)).toBe(0)
      expect(await ticks(store, staging)).toEqual([])
      await store.sync(staging)
      await store.prune(staging, START)
      expect(await store.lastSeq(staging)).toBe(0)
    })

    test('ticks are read back as they were appended, in order, before and after a sync', async () => {
      await append(staging, 1, 50)
      const expected = Array.from({ length: 50 }, (_, n) => exampleTick(n + 1))
      expect(await ticks(store, staging)).toEqual(expected)
      await store.sync(staging)
      expect(await ticks(store, staging)).toEqual(expected)
      expect(await ticks(store, staging, 48)).toEqual(expected.slice(48))
      expect(await ticks(store, staging, 50)).toEqual([])
      expect(await ticks(store, staging, 99)).toEqual([])
    })

    test('a tick that does not follow the last one is refused and changes nothing', async () => {
      await expect(store.append(staging, exampleTick(2))).rejects.toMatchObject({
        code: 'tick-store/wrong-seq',
      })
      await append(staging, 1, 3)
      for (const seq of [0, 1, 3, 5]) {
        await expect(store.append(staging, exampleTick(seq))).rejects.toMatchObject({
          code: 'tick-store/wrong-seq',
          again: 'never',
        })
      }
      expect(await store.lastSeq(staging)).toBe(3)
      expect(await ticks(store, staging)).toHaveLength(3)
      await append(staging, 4, 4)
    })

    test('appends that are not waited for keep their order', async () => {
      await Promise.all(Array.from({ length: 200 }, (_, n) => store.append(staging, exampleTick(n + 1))))
      expect((await ticks(store, staging)).map((tick) => tick.seq)).toEqual(
        Array.from({ length: 200 }, (_, n) => n + 1),
      )
    })

    test('environments do not see each other', async () => {
      const twins: readonly Environment[] = [
        { service: 'a', stage: 'b/c' },
        { service: 'a/b', stage: 'c' },
        { service: 'a', stage: 'B/c' },
        { service: '..', stage: '..' },
        { service: '', stage: '.' },
        { service: 'ü', stage: 'x'.repeat(400) },
        { service: 'ü', stage: `${'x'.repeat(399)}y` },
      ]
      for (const [n, twin] of twins.entries()) {
        for (let seq = 1; seq <= n + 1; seq++) await store.append(twin, exampleTick(seq))
        await store.sync(twin)
      }
      for (const [n, twin] of twins.entries()) expect(await store.lastSeq(twin)).toBe(n + 1)
    })

    test('ticks are there after closing and opening again, and the next one follows', async () => {
      await append(staging, 1, 30)
      await append(production, 1, 2)
      await store.close()
      store = await place.open()
      expect([await store.lastSeq(staging), await store.lastSeq(production)]).toEqual([30, 2])
      await append(staging, 31, 31)
      expect((await ticks(store, staging, 28)).map((tick) => tick.seq)).toEqual([29, 30, 31])
    })

    test('synced ticks are there for the next one even when nobody closed', async () => {
      await append(staging, 1, 10)
      await store.sync(staging)
      const next = await place.open()
      expect(await next.lastSeq(staging)).toBe(10)
      expect(await ticks(next, staging)).toHaveLength(10)
      await next.close()
    })

    test('whoever reads sees the ticks of the moment in which they began', async () => {
      await append(staging, 1, 5)
      const seen: number[] = []
      for await (const tick of store.read(staging, 0)) {
        seen.push(tick.seq)
        if (seen.length === 1) await append(staging, 6, 8)
      }
      expect(seen).toEqual([1, 2, 3, 4, 5])
    })

    test('pruning keeps every tick that is not older, and the place to go on', async () => {
      await append(staging, 1, 120)
      await store.sync(staging)
      const before = exampleTick(100).at
      await store.prune(staging, before)
      const kept = (await ticks(store, staging)).map((tick) => tick.seq)
      expect(kept.filter((seq) => seq >= 100)).toEqual(Array.from({ length: 21 }, (_, n) => n + 100))
      await store.prune(staging, exampleTick(121).at)
      expect(await ticks(store, staging), 'all of them were older').toEqual([])
      expect(await store.lastSeq(staging)).toBe(120)
      await store.close()
      store = await place.open()
      expect(await store.lastSeq(staging)).toBe(120)
      await append(staging, 121, 122)
      expect((await ticks(store, staging)).map((tick) => tick.seq)).toEqual([121, 122])
    })

    test('a closed store refuses everything, and closing twice is harmless', async () => {
      await append(staging, 1, 1)
      await store.close()
      await store.close()
      const closed = { code: 'tick-store/closed' }
      await expect(store.append(staging, exampleTick(2))).rejects.toMatchObject(closed)
      await expect(store.sync(staging)).rejects.toMatchObject(closed)
      await expect(ticks(store, staging)).rejects.toMatchObject(closed)
    })

    test('any run of appends, syncs, reads and restarts reads back what a plain list would', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const own = await createPlace()
          try {
            await playSteps(own, steps)
          } finally {
            await own.remove()
          }
        }),
        { seed: SEED, numRuns: RUNS },
      )
    })
  })
}

type Step =
  | { readonly do: 'append'; readonly where: number; readonly count: number }
  | { readonly do: 'sync' | 'restart'; readonly where: number }
  | { readonly do: 'read'; readonly where: number; readonly after: number }

const where = fc.nat({ max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), where, count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ do: fc.constantFrom('sync' as const, 'restart' as const), where }),
  fc.record({ do: fc.constant('read' as const), where, after: fc.nat({ max: 60 }) }),
)

async function playSteps(place: TickStorePlace, steps: readonly Step[]): Promise<void> {
  const environments = ['one', 'two', 'three'].map((stage) => ({ service: 'shop', stage }))
  const model: number[] = [0, 0, 0]
  let store = await place.open()
  for (const each of steps) {
    const environment = environments[each.where] ?? staging
    const last = model[each.where] ?? 0
    switch (each.do) {
      case 'append':
        for (let n = 1; n <= each.count; n++) await store.append(environment, exampleTick(last + n))
        model[each.where] = last + each.count
        break
      case 'sync':
        await store.sync(environment)
        break
      case 'restart':
        await store.close()
        store = await place.open()
        break
      case 'read': {
        const expected = Array.from({ length: last }, (_, n) => exampleTick(n + 1)).slice(each.after)
        expect(await ticks(store, environment, each.after)).toEqual(expected)
        break
      }
    }
  }
  for (const [n, environment] of environments.entries())
    expect(await store.lastSeq(environment)).toBe(model[n])
  await store.close()
}

async function ticks(store: TickStore, environment: Environment, afterSeq = 0): Promise<readonly Tick[]> {
  const found: Tick[] = []
  for await (const tick of store.read(environment, afterSeq)) found.push(tick)
  return found
}
