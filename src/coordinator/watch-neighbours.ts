// What the routers count for the services that a stage watches, beside its own tick.
import { watchedName, type NeighbourTick, type Watched } from '../domain/analysis/neighbours/neighbour.ts'
import { addLatency, type LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import type { StageName } from '../domain/names.ts'
import type { MetricSource, TrafficReading } from '../ports/metric-source.ts'
import { armGrown } from './read-tick.ts'

export type NeighbourReading = { readonly name: string; readonly traffic: TrafficReading }

export function readNeighbours(
  metrics: MetricSource,
  watches: readonly Watched[],
  own: StageName,
): Promise<readonly NeighbourReading[]> {
  return Promise.all(
    watches.map(async (watched) => ({
      name: watchedName(watched, own),
      traffic: await metrics.read(watched),
    })),
  )
}

/** One that was not read twice is not seen. */
export function withNeighbourTicks(
  tick: Tick,
  before: readonly NeighbourReading[],
  after: readonly NeighbourReading[],
): Tick {
  if (after.length === 0) return tick
  return { ...tick, neighbours: after.map((now) => grownSince(before, now)) }
}

function grownSince(before: readonly NeighbourReading[], { name, traffic }: NeighbourReading): NeighbourTick {
  const old = before.find((one) => one.name === name)?.traffic
  // Without a plan nothing serves there, or it is no service at all.
  const seen = old?.seen === true && traffic.seen && traffic.generation > 0
  if (!seen) return { name, seen, requests: 0, errors: 0, latency: [] }
  const arms = traffic.arms.map((arm) =>
    armGrown(
      old.arms.find(({ release }) => release === arm.release),
      arm,
    ),
  )
  return {
    name,
    seen,
    requests: arms.reduce((sum, arm) => sum + arm.requests, 0),
    errors: arms.reduce((sum, arm) => sum + arm.errors, 0),
    latency: arms.reduce<LatencyCounts>((sum, arm) => addLatency(sum, arm.latency), []),
  }
}
