// The tick store of the world: what was not synced is lost when the process that wrote it dies.
import type { Tick } from '../../src/domain/analysis/tick.ts'
import { environmentKey, type Environment } from '../../src/domain/names.ts'
import type { TickStore } from '../../src/ports/tick-store.ts'
import type { Faults } from '../faults.ts'
import type { Process } from '../process.ts'
import { trouble } from './aborted.ts'

export type TickFile = { ticks: Tick[]; synced: number }

export interface WorldTicks {
  file(environment: Environment): TickFile
  /** Only one process may write; the other finds the files taken. */
  of(process: Process, writes: boolean): TickStore
  /** The writer died. */
  crash(): void
}

export function createWorldTicks(faults: Faults): WorldTicks {
  const files = new Map<string, TickFile>()
  const file = (environment: Environment): TickFile => {
    const key = environmentKey(environment)
    const known = files.get(key) ?? { ticks: [], synced: 0 }
    files.set(key, known)
    return known
  }

  const append = (environment: Environment, tick: Tick): void => {
    if (faults.hits('tick-append-fails')) throw trouble('the tick was not taken', 'tick-store/trouble')
    const known = file(environment)
    if (tick.seq !== known.ticks.length + 1)
      throw trouble(`tick ${tick.seq} after ${known.ticks.length}`, 'tick-store/out-of-order')
    known.ticks.push(tick)
  }

  const storeFor = (process: Process, writes: boolean): TickStore => {
    // Whoever does not write sees what is on the disk, and no more.
    const readable = (environment: Environment): readonly Tick[] =>
      writes ? file(environment).ticks : file(environment).ticks.slice(0, file(environment).synced)
    return {
      append: (environment, tick) =>
        process.call('ticks.append', () => {
          if (!writes) throw trouble('another server writes here', 'tick-store/busy')
          append(environment, tick)
        }),
      sync: (environment) =>
        process.call('ticks.sync', () => {
          if (faults.hits('tick-sync-fails')) throw trouble('the disk did not sync', 'tick-store/trouble')
          if (!writes) throw trouble('another server writes here', 'tick-store/busy')
          file(environment).synced = file(environment).ticks.length
        }),
      read: async function* (environment, afterSeq) {
        yield* await process.call('ticks.read', () => readable(environment).slice(afterSeq))
      },
      lastSeq: (environment) => process.call('ticks.lastSeq', () => readable(environment).length),
      prune: () => process.call('ticks.prune', () => {}),
      close: async () => {},
    }
  }

  return {
    file,
    of: storeFor,
    crash: () => {
      for (const known of files.values())
        if (known.synced < known.ticks.length && faults.hits('ticks-lost'))
          known.ticks = known.ticks.slice(
            0,
            faults.spanMs('ticks-lost', known.synced, known.ticks.length - 1),
          )
    },
  }
}
