// One tick: what was seen of one environment in about one second. Ticks are kept in files of their own and are the
// only thing a verdict may be based on.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { LatencyCounts } from './latency-histogram.ts'
import type { NeighbourTick } from './neighbours/neighbour.ts'

export type Tick = {
  /** Grows by one per recorded tick of the environment. */
  readonly seq: number
  readonly at: EpochMs
  /** How much time the tick covers. */
  readonly spanMs: number
  /** Generation of the traffic plan in force for the whole span; ticks that straddle a change carry the older one. */
  readonly generation: number
  /** The generation that was known to be acknowledged for the whole span, where it was another. Absent: it was this one. */
  readonly acknowledged?: number
  /** False when nobody who counts answered: then the counts say nothing. Zero requests seen by a living router is a fact. */
  readonly routerSeen: boolean
  /** Why not, where that is known. Absent: no router answered. */
  readonly unseen?: string
  /** The service has no port: `routerSeen` says whether instances of all that serve were seen to run. Absent: it has one. */
  readonly portless?: true
  /** The environment was on hold: what is seen is kept, but its time does not count. Absent: it was not. */
  readonly held?: boolean
  /** Its numbers could not be, and were taken out. Absent: they were fine. */
  readonly spoilt?: boolean
  /** One per release that served at any time of the span. */
  readonly arms: readonly ArmTick[]
  /** Other services that the stage watches. Absent: none. */
  readonly neighbours?: readonly NeighbourTick[]
}

export type ArmTick = {
  readonly release: ReleaseNumber
  readonly weightPercent: number
  readonly requests: number
  /** Answers of 500 and above, and requests that got none. */
  readonly errors: number
  readonly latency: LatencyCounts
  readonly instances: InstanceTick
  /** The same counts instance by instance, where they are told apart. */
  readonly boxes?: readonly BoxTick[]
  /** Its processes without a port, one by one; they are in `instances`, too. Absent: it has none. */
  readonly workers?: readonly WorkerTick[]
  /**
   * What the stage's alarms are set on. One that is not here was not told; null says that there was nothing to measure.
   * Absent: the stage has no alarms.
   */
  readonly metrics?: readonly (readonly [metric: string, value: number | null])[]
  /** Why some of them were not told, where that is known. Absent: all were, or nobody knows. */
  readonly untold?: readonly (readonly [metric: string, why: string])[]
}

export type BoxTick = {
  readonly id: string
  readonly requests: number
  readonly errors: number
  /** Sum of the latency buckets of its answers: over its requests, how quick it is. Absent: not known. */
  readonly buckets?: number
}

/** What one process without a port was seen to do in the span, all its instances together. */
export type WorkerTick = {
  /** Empty for the one that the recipe itself describes. */
  readonly process: string
  readonly wanted: number
  readonly ready: number
  readonly restarts: number
  readonly errorLines: number
  /** Absent: its output says nothing of jobs. */
  readonly jobs?: { readonly done: number; readonly failed: number }
}

export type InstanceTick = {
  readonly wanted: number
  readonly ready: number
  /** Restarts within the span. */
  readonly restarts: number
  readonly crashLooping: number
  readonly unhealthy: number
  readonly cpuMs: number
  readonly memoryBytes: number
  readonly threads: number
  readonly fds: number
  readonly readBytes: number
  readonly writeBytes: number
  readonly errorLines: number
}

/** The most that anybody could count in a tick; more is a fault of the counting. */
const COUNT_MAX = 1e9

function isCredible({ spanMs, arms, neighbours = [] }: Tick): boolean {
  return (
    isCount(spanMs) &&
    neighbours.every(({ requests, errors }) => isCount(requests) && isCount(errors)) &&
    arms.every(
      ({ requests, errors, latency, instances, boxes = [], workers = [] }) =>
        isCount(requests) &&
        isCount(errors) &&
        isCount(instances.ready) &&
        isCount(instances.errorLines) &&
        boxes.every((box) => isCount(box.requests) && isCount(box.errors) && isCount(box.buckets ?? 0)) &&
        workers.every(
          ({ restarts, errorLines, jobs }) =>
            isCount(restarts) &&
            isCount(errorLines) &&
            isCount(jobs?.done ?? 0) &&
            isCount(jobs?.failed ?? 0),
        ) &&
        latency.every(([bucket, count]) => Number.isInteger(bucket) && bucket >= 0 && isCount(count)),
    )
  )
}

/** The tick as far as it may be believed: one whose numbers cannot be was not watched, and is never taken for zero. */
export function believed(tick: Tick): Tick {
  if (isCredible(tick)) return tick
  return {
    ...tick,
    spanMs: isCount(tick.spanMs) ? tick.spanMs : 0,
    routerSeen: false,
    spoilt: true,
    ...(tick.neighbours === undefined ? {} : { neighbours: tick.neighbours.map(unseen) }),
    arms: tick.arms.map((arm) => ({
      ...arm,
      requests: 0,
      errors: 0,
      latency: [],
      boxes: [],
      ...(arm.workers === undefined ? {} : { workers: [] }),
      instances: { ...arm.instances, errorLines: 0 },
    })),
  }
}

function unseen({ name }: NeighbourTick): NeighbourTick {
  return { name, seen: false, requests: 0, errors: 0, latency: [] }
}

function isCount(value: number): boolean {
  return value >= 0 && value <= COUNT_MAX
}

/** Of no instance at all; what is counted is written over it. */
export const NO_INSTANCES: InstanceTick = {
  wanted: 0,
  ready: 0,
  restarts: 0,
  crashLooping: 0,
  unhealthy: 0,
  cpuMs: 0,
  memoryBytes: 0,
  threads: 0,
  fds: 0,
  readBytes: 0,
  writeBytes: 0,
  errorLines: 0,
}
