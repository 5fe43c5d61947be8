// A tick from two readings of counters that only grow; a counter that fell began anew.
import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { ArmTick, InstanceTick, Tick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { StageState } from '../domain/service/state.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import type { ArmReading, TrafficReading } from '../ports/metric-source.ts'

export type Reading = {
  readonly traffic: TrafficReading
  readonly fleets: readonly FleetLook[]
  readonly atMs: number
}

/** Its lists are cut to length: the last ten of every environment stay in memory, and one that grew keeps room for more. */
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
      .map((release) => armTick(release, stage, before, after))
      .filter((arm) => arm.weightPercent > 0 || arm.requests > 0 || arm.instances.wanted > 0)
      .slice(),
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
  return now.latency
    .map(([bucket, count]) => [bucket, count - (old.get(bucket) ?? 0)] as const)
    .filter(([, more]) => more > 0)
    .slice()
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
