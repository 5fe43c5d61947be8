// Ticks as a living router and well instances make them; a test says what is different.
import type { ReleaseNumber } from '../../names.ts'
import { noEvidence, withTick, type Evidence } from '../evidence.ts'
import { latencyBucket, type LatencyCounts } from '../latency-histogram.ts'
import { NO_INSTANCES, type ArmTick, type InstanceTick, type Tick } from '../tick.ts'

export const TICK_MS = 1_000

export const WELL: InstanceTick = { ...NO_INSTANCES, wanted: 1, ready: 1 }

/** So many requests that took so long. */
export function took(ms: number, requests: number): LatencyCounts {
  return [[latencyBucket(ms), requests]]
}

export function arm(release: ReleaseNumber, weightPercent: number, more: Partial<ArmTick> = {}): ArmTick {
  const requests = more.requests ?? 0
  return {
    release,
    weightPercent,
    requests,
    errors: 0,
    latency: requests > 0 ? took(10, requests) : [],
    instances: WELL,
    ...more,
  }
}

/** One tick; `seq` and `at` are set by `seen`. */
export function tick(arms: readonly ArmTick[], more: Partial<Tick> = {}): Tick {
  return { seq: 1, at: TICK_MS, spanMs: TICK_MS, generation: 1, routerSeen: true, arms, ...more }
}

/** Evidence of ticks one after the other, each as often as it says. */
export function seen(...ticks: readonly (readonly [times: number, tick: Tick])[]): Evidence {
  return seenAfter(noEvidence, ...ticks)
}

export function seenAfter(
  before: Evidence,
  ...ticks: readonly (readonly [times: number, tick: Tick])[]
): Evidence {
  return ticks
    .flatMap(([times, each]) => Array.from({ length: times }, () => each))
    .reduce<Evidence>(
      (evidence, each) =>
        withTick(evidence, { ...each, seq: evidence.lastSeq + 1, at: evidence.lastAt + each.spanMs }),
      before,
    )
}
