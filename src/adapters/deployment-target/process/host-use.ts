// What the instances of this machine use, from /proc, summed over each instance's process group. Network traffic is
// not here: Linux counts it per network namespace, and local processes share one.
import { readdirSync } from 'node:fs'
import type { Clock } from '../../../ports/clock.ts'
import type { InstanceUse } from '../../../ports/deployment-target.ts'
import {
  isAlive,
  isStillRunning,
  listProcesses,
  type ProcessIdentity,
  type ProcessStat,
  readProc,
  readStat,
} from './proc.ts'

export type ProcessUse = Omit<InstanceUse, 'errorLines' | 'jobsDone' | 'jobsFailed'>

export const noUse: ProcessUse = {
  cpuMs: 0,
  memoryBytes: 0,
  threads: 0,
  fds: 0,
  readBytes: 0,
  writeBytes: 0,
}

/**
 * CPU and I/O are cumulative: a process counts its own and that of the children it has waited for. Memory is resident
 * memory, with pages that several processes share counted once for each. I/O is what went to and from storage.
 */
export function useOf(processes: readonly ProcessStat[]): ProcessUse {
  return processes.map(useOfOne).reduce(sum, noUse)
}

function useOfOne(process: ProcessStat): ProcessUse {
  const io = readProc(`/proc/${process.pid}/io`)
  return {
    cpuMs: process.cpuMs,
    memoryBytes: numberAfter('VmRSS', readProc(`/proc/${process.pid}/status`)) * 1024,
    threads: process.threads,
    fds: countFds(process.pid),
    readBytes: numberAfter('read_bytes', io),
    writeBytes: numberAfter('write_bytes', io),
  }
}

function sum(a: ProcessUse, b: ProcessUse): ProcessUse {
  return {
    cpuMs: a.cpuMs + b.cpuMs,
    memoryBytes: a.memoryBytes + b.memoryBytes,
    threads: a.threads + b.threads,
    fds: a.fds + b.fds,
    readBytes: a.readBytes + b.readBytes,
    writeBytes: a.writeBytes + b.writeBytes,
  }
}

/** 0 when the file could not be read or does not say: another user's process keeps its I/O to itself. */
function numberAfter(name: string, text: string | undefined): number {
  const found = new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text ?? '')
  return Number(found?.[1] ?? 0)
}

function countFds(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    // Ended meanwhile, or another user's.
    return 0
  }
}

/** How old the list of who belongs to which group may be; making one costs about 20 µs a process. */
const listMsMax = 250

export interface HostUse {
  /** What the leader's process group uses now; zeroes when the leader is gone. */
  of(leader: ProcessIdentity): ProcessUse
}

/** One list of processes serves all instances that are asked about at about the same time. */
export function createHostUse(clock: Clock): HostUse {
  let listedAt = Number.NEGATIVE_INFINITY
  let byGroup = new Map<number, readonly ProcessStat[]>()
  const fresh = () => {
    if (clock.monotonicMs() - listedAt < listMsMax) return byGroup
    listedAt = clock.monotonicMs()
    byGroup = Map.groupBy(listProcesses(), (process) => process.group)
    return byGroup
  }
  return {
    of: (leader) => {
      if (!isStillRunning(leader)) return noUse
      // Who belongs to the group may be a moment old; what they use is as of now.
      return useOf((fresh().get(leader.pid) ?? []).map(({ pid }) => readStat(pid)).filter(isAlive))
    },
  }
}

/** Keeps cumulative figures from falling when processes end: their last figures go on counting. */
export class UseTotal {
  #ended: ProcessUse = noUse
  #current: ProcessUse = noUse

  note(use: ProcessUse): ProcessUse {
    // A helper process that ended without being waited for takes its figures along; the highest seen stays.
    this.#current = {
      ...use,
      cpuMs: Math.max(use.cpuMs, this.#current.cpuMs),
      readBytes: Math.max(use.readBytes, this.#current.readBytes),
      writeBytes: Math.max(use.writeBytes, this.#current.writeBytes),
    }
    return sum(this.#ended, this.#current)
  }

  /** The run is over; what it has used stays in the totals. */
  endRun(): void {
    const { cpuMs, readBytes, writeBytes } = this.#current
    this.#ended = sum(this.#ended, { ...noUse, cpuMs, readBytes, writeBytes })
    this.#current = noUse
  }
}
