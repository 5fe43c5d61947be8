// The event log of the world: the memory adapter with faults around it. What was appended is told before the answer
// goes back, so that rules are checked after every append, whoever made it and whether or not he hears of it.
import {
  createMemoryDisk,
  createMemoryEventLog,
} from '../../src/adapters/event-log/memory/memory-event-log.ts'
import type { EventLog, StoredEvent } from '../../src/ports/event-log.ts'
import type { Faults } from '../faults.ts'
import { never, type Process } from '../process.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { trouble } from './aborted.ts'

export interface WorldLog {
  readonly disk: ReturnType<typeof createMemoryDisk>
  /** The log as one process sees it. */
  of(process: Process): EventLog
}

export type WorldLogParts = {
  readonly clock: VirtualClock
  readonly faults: Faults
  readonly appended: (events: readonly StoredEvent[]) => void
  readonly crashes: (process: Process, when: string) => void
}

export function createWorldLog({ clock, faults, appended, crashes }: WorldLogParts): WorldLog {
  const disk = createMemoryDisk()
  const log = createMemoryEventLog(disk)

  const appendFor = async (
    process: Process,
    ...[stream, expectedVersion, events, where]: Parameters<EventLog['append']>
  ): ReturnType<EventLog['append']> => {
    if (faults.hits('log-slow')) await clock.sleep(faults.spanMs('log-slow', 20, 5_000))
    // It died before the write reached the disk.
    if (!process.isAlive()) return never()
    if (faults.hits('log-full')) throw trouble('the disk of the log is full', 'event-log/full')
    if (faults.hits('log-conflict'))
      return { appended: false, version: disk.streams.get(stream)?.length ?? 0 }
    const before = disk.streams.get(stream)?.length ?? 0
    const result = await log.append(stream, expectedVersion, events, where)
    if (!result.appended) return result
    appended((disk.streams.get(stream) ?? []).slice(before))
    if (faults.hits('log-crash')) crashes(process, 'between append and answer')
    if (faults.hits('log-lost-answer')) throw trouble('the log gave no answer', 'event-log/no-answer')
    return result
  }

  return {
    disk,
    of: (process) => ({
      append: (...request) => process.call('append', () => appendFor(process, ...request)),
      readStream: (...request) => process.call('readStream', () => log.readStream(...request)),
      readBefore: (...request) => process.call('readBefore', () => log.readBefore(...request)),
      readAll: (...request) => process.call('readAll', () => log.readAll(...request)),
      streams: () => process.call('streams', () => log.streams()),
      saveSnapshot: (snapshot) => process.call('saveSnapshot', () => log.saveSnapshot(snapshot)),
      snapshots: () => process.call('snapshots', () => log.snapshots()),
      cursor: (reader) => process.call('cursor', () => log.cursor(reader)),
      saveCursor: (...request) => process.call('saveCursor', () => log.saveCursor(...request)),
      onAppend: (listener) => log.onAppend((position) => process.isAlive() && listener(position)),
      close: async () => {},
    }),
  }
}
