import { resolve } from 'node:path'
import type { Environment } from '../../../domain/names.ts'
import type { TickStore } from '../../../ports/tick-store.ts'
import { environmentFolder } from './environment-folder.ts'
import { createEnvironmentTicks, type EnvironmentTicks, type TickLimits } from './environment-ticks.ts'
import { createOpenFiles } from './open-files.ts'
import { createGate } from './gate.ts'
import { tickFailure } from './tick-failure.ts'

export type FolderTickStoreOptions = {
  /** Where the ticks are; made when the first ones are written. One program at a time. */
  readonly folder: string
  readonly limits?: Partial<TickLimits>
  /** File descriptors that are kept open for appending, at most. */
  readonly openFilesMax?: number
}

const LIMITS: TickLimits = {
  segmentBytesMax: 8 * 1024 * 1024,
  waitingMax: 10,
  allWaitingMax: 200_000,
}
const OPEN_FILES_MAX = 256
/** More than the threads that Node has for files only queue. */
const LOOKS_AT_ONCE_MAX = 16

/** Ticks as lines of JSON under `folder/<service>/<stage>/`, readable with any tool that reads lines. */
export function createFolderTickStore(options: FolderTickStoreOptions): TickStore {
  const root = resolve(options.folder)
  const files = createOpenFiles(options.openFilesMax ?? OPEN_FILES_MAX)
  const gate = createGate(LOOKS_AT_ONCE_MAX)
  const shared = { files, gate, limits: { ...LIMITS, ...options.limits }, waiting: 0 }
  const environments = new Map<string, EnvironmentTicks>()
  let isClosed = false

  function ticksOf(environment: Environment): EnvironmentTicks {
    if (isClosed) throw tickFailure('closed', `${root} was closed by this server`, 'never')
    const folder = environmentFolder(root, environment)
    const known = environments.get(folder) ?? createEnvironmentTicks(folder, shared)
    environments.set(folder, known)
    return known
  }

  return {
    async append(environment, tick) {
      await ticksOf(environment).append(tick)
    },
    async sync(environment) {
      await ticksOf(environment).sync()
    },
    async *read(environment, afterSeq) {
      yield* ticksOf(environment).read(afterSeq)
    },
    async lastSeq(environment) {
      return ticksOf(environment).lastSeq()
    },
    async prune(environment, before) {
      await ticksOf(environment).prune(before)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      const synced = await Promise.allSettled([...environments.values()].map((ticks) => ticks.sync()))
      await files.close()
      for (const each of synced) if (each.status === 'rejected') throw each.reason
    },
  }
}
