// A tick from two readings of counters that only grow; a counter that fell began anew.
import { type LatencyCounts, latencyPair } from '../domain/analysis/latency-histogram.ts'
import type { ArmTick, BoxTick, InstanceTick, Tick, WorkerTick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { StageState } from '../domain/service/state.ts'
import type { FleetLook, InstanceLook } from '../ports/deployment-target.ts'
import type { ArmReading, BoxReading, TrafficReading } from '../ports/metric-source.ts'

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
  portless = false,
  before,
  after,
  acknowledged,
}: {
  readonly seq: number
  readonly at: number
  readonly spanMs: number
  readonly stage: StageState
  /** The service has no port: what it does is told by its instances alone. */
  readonly portless?: boolean
  readonly before: Reading
  readonly after: Reading
  /** Generation of the plan that was acknowledged before the span began; undefined where it came later. */
  readonly acknowledged?: number | undefined
}): Tick {
  if (portless) return withoutPort({ seq, at, spanMs, stage, before, after })
  const releases = new Set<ReleaseNumber>([
    ...stage.plan.arms.map((arm) => arm.release),
    ...after.traffic.arms.map((arm) => arm.release),
  ])
  return {
    seq,
    at,
    spanMs,
    generation: before.traffic.generation,
    ...(acknowledged === undefined || acknowledged === before.traffic.generation ? {} : { acknowledged }),
    routerSeen: before.traffic.seen && after.traffic.seen,
    ...unseenIn(before, after),
    ...(stage.hold ? { held: true } : {}),
    arms: [...releases]
      .sort((a, b) => a - b)
      .map((release) => armTick(release, stage, before, after))
      .filter((arm) => arm.weightPercent > 0 || arm.requests > 0 || arm.instances.wanted > 0)
      .slice(),
  }
}

function unseenIn({ traffic: before }: Reading, { traffic: after }: Reading): Pick<Tick, 'unseen'> {
  const why = after.seen ? (before.seen ? undefined : before.trouble) : after.trouble
  return why === undefined ? {} : { unseen: why }
}

type Span = Omit<Parameters<typeof readTick>[0], 'portless' | 'acknowledged'>

/** Jobs stand where requests would. Time counts only where instances of all that serve were seen to run. */
function withoutPort({ seq, at, spanMs, stage, before, after }: Span): Tick {
  const arms = stage.plan.arms.map(({ release, weightPercent }): ArmTick => {
    const now = after.fleets.find((fleet) => fleet.release === release)
    const old = before.fleets.find((fleet) => fleet.release === release)
    const workers = workerTicks(old, now)
    const jobs = workers.map((worker) => worker.jobs ?? { done: 0, failed: 0 })
    const failed = jobs.reduce((sum, one) => sum + one.failed, 0)
    return {
      release,
      weightPercent,
      requests: failed + jobs.reduce((sum, one) => sum + one.done, 0),
      errors: failed,
      latency: [],
      instances: instanceTick(old, now),
      workers,
    }
  })
  const serving = arms.filter(({ weightPercent }) => weightPercent > 0)
  return {
    seq,
    at,
    spanMs,
    generation: stage.plan.generation,
    // Before anything serves there is nothing to be seen, and no time that would count.
    routerSeen: serving.every(({ workers = [] }) => workers.some(({ ready }) => ready > 0)),
    portless: true,
    ...(stage.hold ? { held: true } : {}),
    arms,
  }
}

/** By process; the one that the recipe describes counts only where it has no port either. */
function workerTicks(before: FleetLook | undefined, now: FleetLook | undefined): readonly WorkerTick[] {
  const byProcess = Map.groupBy(
    (now?.instances ?? []).filter(({ process, port }) => process !== undefined || port === 0),
    ({ process }) => process ?? MAIN,
  )
  return [...byProcess].map(([process, instances]) => {
    const more = (pick: (look: InstanceLook) => number): number =>
      instances.reduce((sum, look) => {
        const known = before?.instances.find(({ id }) => id === look.id)
        return sum + grown(known && pick(known), pick(look))
      }, 0)
    const tells = instances.some(({ use }) => use.jobsDone !== undefined)
    const jobs = {
      done: more(({ use }) => use.jobsDone ?? 0),
      failed: more(({ use }) => use.jobsFailed ?? 0),
    }
    return {
      process,
      wanted: instances.length,
      ready: instances.filter(({ state }) => state === 'ready').length,
      restarts: more(({ restarts }) => restarts),
      errorLines: more(({ use }) => use.errorLines),
      ...(tells ? { jobs } : {}),
    }
  })
}

/** What the recipe describes itself; people know it by the release. */
const MAIN = ''

function armTick(release: ReleaseNumber, stage: StageState, before: Reading, after: Reading): ArmTick {
  // What came before, or since, is not known where one of the two was not seen: none of it is of this span.
  const isSeen = before.traffic.seen && after.traffic.seen
  const old = before.traffic.arms.find((arm) => arm.release === release)
  const now = isSeen ? after.traffic.arms.find((arm) => arm.release === release) : undefined
  const fleetBefore = before.fleets.find((fleet) => fleet.release === release)
  const fleet = after.fleets.find((other) => other.release === release)
  const workers = workerTicks(fleetBefore, fleet)
  return {
    release,
    weightPercent: stage.plan.arms.find((arm) => arm.release === release)?.weightPercent ?? 0,
    ...armGrown(old, now),
    ...(now?.boxes === undefined ? {} : { boxes: boxesGrown(old?.boxes ?? [], now.boxes) }),
    instances: instanceTick(fleetBefore, fleet),
    ...(workers.length === 0 ? {} : { workers }),
  }
}

/** What was counted between two readings of a release; nothing where the second one is not there. */
export function armGrown(
  before: ArmReading | undefined,
  now: ArmReading | undefined,
): Pick<ArmTick, 'requests' | 'errors' | 'latency'> {
  return {
    requests: grown(before?.requests, now?.requests),
    errors: grown(before?.errors, now?.errors),
    latency: now ? latencyGrown(before, now) : [],
  }
}

function grown(before = 0, now = 0): number {
  return now >= before ? now - before : now
}

function latencyGrown(before: ArmReading | undefined, now: ArmReading): LatencyCounts {
  const restarted = before !== undefined && now.requests < before.requests
  const old = new Map(restarted || !before ? [] : before.latency)
  return now.latency
    .map(([bucket, count]) => latencyPair(bucket, Math.max(0, count - (old.get(bucket) ?? 0))))
    .filter(([, more]) => more > 0)
    .slice()
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
