// The tick store of tests and of the simulation. What was not synced is gone when the next store opens the same disk.
import type { Tick } from '../../../domain/analysis/tick.ts'
import { type Environment, environmentKey } from '../../../domain/names.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { TickStore } from '../../../ports/tick-store.ts'

type SyncedTicks = { ticks: Tick[]; lastSeq: number }

/** What outlives a store that was closed or abandoned; give it to the next one to play a restart. */
export type MemoryTickDisk = { readonly synced: Map<string, SyncedTicks> }

export function createMemoryTickDisk(): MemoryTickDisk {
  return { synced: new Map() }
}

export function createMemoryTickStore(disk: MemoryTickDisk = createMemoryTickDisk()): TickStore {
  const unsynced = new Map<string, Tick[]>()
  let isClosed = false

  function linesOf(environment: Environment) {
    if (isClosed) throw failure('closed', 'This tick store was closed')
    const key = JSON.stringify([environment.service, environment.stage])
    const synced = disk.synced.get(key) ?? { ticks: [], lastSeq: 0 }
    const fresh = unsynced.get(key) ?? []
    disk.synced.set(key, synced)
    unsynced.set(key, fresh)
    return { synced, fresh, lastSeq: fresh.at(-1)?.seq ?? synced.lastSeq }
  }

  return {
    async append(environment, tick) {
      const { fresh, lastSeq } = linesOf(environment)
      if (tick.seq !== lastSeq + 1) {
        const place = environmentKey(environment)
        throw failure('wrong-seq', `${place} goes on with tick ${lastSeq + 1} and was given ${tick.seq}`)
      }
      fresh.push(structuredClone(tick))
    },
    async sync(environment) {
      const { synced, fresh, lastSeq } = linesOf(environment)
      moveTo(synced, fresh, lastSeq)
    },
    async *read(environment, afterSeq) {
      const { synced, fresh } = linesOf(environment)
      // Copies of this moment: what is appended while somebody reads does not change what they read.
      yield* [...after(synced.ticks, afterSeq), ...after(fresh, afterSeq)]
    },
    async lastSeq(environment) {
      return linesOf(environment).lastSeq
    },
    async prune(environment, before) {
      const { ticks } = linesOf(environment).synced
      const kept = ticks.findIndex((tick) => tick.at >= before)
      ticks.splice(0, kept < 0 ? ticks.length : kept)
    },
    async close() {
      if (isClosed) return
      for (const [key, fresh] of unsynced) {
        const synced = disk.synced.get(key)
        const lastSeq = fresh.at(-1)?.seq
        if (synced !== undefined && lastSeq !== undefined) moveTo(synced, fresh, lastSeq)
      }
      isClosed = true
    },
  }
}

function moveTo(synced: SyncedTicks, fresh: Tick[], lastSeq: number): void {
  for (const tick of fresh.splice(0)) synced.ticks.push(tick)
  synced.lastSeq = lastSeq
}

/** Seqs of a run are without gaps, so that the place of each is known. */
function after(ticks: readonly Tick[], afterSeq: number): readonly Tick[] {
  const first = ticks[0]?.seq ?? 1
  return ticks.slice(Math.max(0, afterSeq + 1 - first))
}

function failure(what: string, message: string): PortFailure {
  return new PortFailure(message, { code: `tick-store/${what}`, again: 'never' })
}
