// A tick from two readings of counters that only grow; a counter that fell began anew.
import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { ArmTick, BoxTick, InstanceTick, Tick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { StageState } from '../domain/service/state.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import type { ArmReading, BoxReading, TrafficReading } from '../ports/metric-source.ts'

export type Reading = {
  readonly traffic: TrafficReading
  readonly fleets: readonly FleetLook[]
  readonly atMs: number
}

export function readTick({
  seq,
  at,
  spanMs,
  stage,
  before,
  after,
}: {
  readonly seq: number
  readonly at: number
  readonly spanMs: number
  readonly stage: StageState
  readonly before: Reading
  readonly after: Reading
}): Tick {
  const releases = new Set<ReleaseNumber>([
    ...stage.plan.arms.map((arm) => arm.release),
    ...after.traffic.arms.map((arm) => arm.release),
  ])
  return {
    seq,
    at,
    spanMs,
    generation: before.traffic.generation,
    routerSeen: before.traffic.seen && after.traffic.seen,
    ...(stage.hold ? { held: true } : {}),
    arms: [...releases]
      .sort((a, b) => a - b)
      .flatMap((release) => {
        const arm = armTick(release, stage, before, after)
        return arm.weightPercent > 0 || arm.requests > 0 || arm.instances.wanted > 0 ? [arm] : []
      }),
  }
}

function armTick(release: ReleaseNumber, stage: StageState, before: Reading, after: Reading): ArmTick {
  const old = before.traffic.arms.find((arm) => arm.release === release)
  const now = after.traffic.arms.find((arm) => arm.release === release)
  return {
    release,
    weightPercent: stage.plan.arms.find((arm) => arm.release === release)?.weightPercent ?? 0,
    requests: grown(old?.requests, now?.requests),
    errors: grown(old?.errors, now?.errors),
    latency: now ? latencyGrown(old, now) : [],
    ...(now?.boxes === undefined ? {} : { boxes: boxesGrown(old?.boxes ?? [], now.boxes) }),
    instances: instanceTick(
      before.fleets.find((fleet) => fleet.release === release),
      after.fleets.find((fleet) => fleet.release === release),
    ),
  }
}

function grown(before = 0, now = 0): number {
  return now >= before ? now - before : now
}

function latencyGrown(before: ArmReading | undefined, now: ArmReading): LatencyCounts {
  const restarted = before !== undefined && now.requests < before.requests
  const old = new Map(restarted || !before ? [] : before.latency)
  return now.latency.flatMap(([bucket, count]) => {
    const more = count - (old.get(bucket) ?? 0)
    return more > 0 ? [[bucket, more] as const] : []
  })
}

/** Those that answered anything within the span. */
function boxesGrown(before: readonly BoxReading[], now: readonly BoxReading[]): readonly BoxTick[] {
  const known = new Map(before.map((box) => [box.id, box]))
  return now.flatMap((box) => {
    const old = known.get(box.id)
    // A fall of one counter is a restart of them all.
    const since = old !== undefined && old.requests <= box.requests ? old : undefined
    const requests = grown(since?.requests, box.requests)
    if (requests === 0) return []
    const errors = grown(since?.errors, box.errors)
    return [{ id: box.id, requests, errors, buckets: grown(since?.buckets, box.buckets) }]
  })
}

function instanceTick(before: FleetLook | undefined, now: FleetLook | undefined): InstanceTick {
  const looks = now?.instances ?? []
  const old = new Map(before?.instances.map((instance) => [instance.id, instance]))
  const count = (state: string): number => looks.filter((instance) => instance.state === state).length
  const more = (pick: (use: (typeof looks)[number]['use']) => number): number =>
    looks.reduce((sum, instance) => {
      const known = old.get(instance.id)
      return sum + grown(known ? pick(known.use) : 0, pick(instance.use))
    }, 0)
  const total = (pick: (use: (typeof looks)[number]['use']) => number): number =>
    looks.reduce((sum, instance) => sum + pick(instance.use), 0)
  return {
    wanted: now?.wanted ?? 0,
    ready: count('ready'),
    restarts: looks.reduce(
      (sum, instance) => sum + grown(old.get(instance.id)?.restarts, instance.restarts),
      0,
    ),
    crashLooping: count('crash-looping'),
    unhealthy: count('unhealthy'),
    cpuMs: more((use) => use.cpuMs),
    memoryBytes: total((use) => use.memoryBytes),
    threads: total((use) => use.threads),
    fds: total((use) => use.fds),
    readBytes: more((use) => use.readBytes),
    writeBytes: more((use) => use.writeBytes),
    errorLines: more((use) => use.errorLines),
  }
}
