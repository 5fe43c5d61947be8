// The router of the world and the users behind it. What they ask and what they get follows from the plan in force, the
// instances that answer, and what each release is really like, so that the counters mean something.
import { latencyBucket, type LatencyCounts } from '../../src/domain/analysis/latency-histogram.ts'
import { environmentKey, type Environment, type ReleaseNumber } from '../../src/domain/names.ts'
import type { EnvironmentPlan } from '../../src/domain/traffic/plan.ts'
import type { Call } from '../../src/ports/call.ts'
import type { MetricSource, TrafficReading } from '../../src/ports/metric-source.ts'
import { staleFence } from '../../src/ports/port-failure.ts'
import type { TrafficRouter } from '../../src/ports/traffic-router.ts'
import type { Faults } from '../faults.ts'
import type { Process } from '../process.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import { hangUntilAborted, trouble } from './aborted.ts'

type Counter = { requests: number; errors: number; slow: number }
type Site = {
  readonly environment: Environment
  plan: EnvironmentPlan | undefined
  countedAtMs: number
  counters: Map<ReleaseNumber, Counter>
  /** All that was ever asked: what breaks late breaks after so many requests. */
  readonly ever: Map<ReleaseNumber, Counter>
}

/** What users get from a release: shares of their requests, 0 to 1. */
export type Conduct = { readonly errors: number; readonly slow: number }

export interface WorldRouter {
  of(process: Process): TrafficRouter
  metrics(process: Process): MetricSource
  plan(environment: Environment): EnvironmentPlan | undefined
  /** Counts what users did until now; call before anything that changes what they get. */
  count(environment: Environment): void
  restart(): void
  silence(forMs: number): void
}

export type WorldRouterParts = {
  readonly clock: VirtualClock
  readonly faults: Faults
  readonly perSecond: (environment: Environment) => number
  readonly conduct: (
    environment: Environment,
    release: ReleaseNumber,
    weightPercent: number,
    seenRequests: number,
  ) => Conduct
  readonly isReady: (instance: string) => boolean
  readonly shifted: (plan: EnvironmentPlan, before: EnvironmentPlan | undefined) => void
  /** Sabotage in tests: older generations are taken. */
  readonly ignoresFences: boolean
  readonly trace: (line: string) => void
}

const FAST_MS = 40
const SLOW_MS = 900

export function createWorldRouter(parts: WorldRouterParts): WorldRouter {
  const { clock, faults } = parts
  const sites = new Map<string, Site>()
  let silentUntilMs = -1

  const siteOf = (environment: Environment): Site => {
    const key = environmentKey(environment)
    const known: Site = sites.get(key) ?? {
      environment,
      plan: undefined,
      countedAtMs: clock.monotonicMs(),
      counters: new Map(),
      ever: new Map(),
    }
    sites.set(key, known)
    return known
  }

  const count = (environment: Environment): void => {
    const site = siteOf(environment)
    const spanMs = clock.monotonicMs() - site.countedAtMs
    site.countedAtMs = clock.monotonicMs()
    if (spanMs <= 0) return
    for (const arm of site.plan?.arms ?? []) {
      const requests = (parts.perSecond(environment) * spanMs * arm.weightPercent) / 100_000
      if (requests === 0) continue
      const conduct = parts.conduct(
        environment,
        arm.release,
        arm.weightPercent,
        site.ever.get(arm.release)?.requests ?? 0,
      )
      const ready = arm.instances.filter(({ id }) => parts.isReady(id)).length
      const errors = ready === 0 ? 1 : conduct.errors
      for (const counters of [site.counters, site.ever])
        add(counters, arm.release, {
          requests,
          errors: requests * errors,
          slow: requests * conduct.slow,
        })
    }
  }

  const land = (plan: EnvironmentPlan): void => {
    const site = siteOf(plan.environment)
    const { plan: before } = site
    if (before && before.generation >= plan.generation) {
      if (JSON.stringify(before) === JSON.stringify(plan)) return
      if (!parts.ignoresFences)
        throw staleFence(environmentKey(plan.environment), before.generation, plan.generation)
    }
    count(plan.environment)
    site.plan = plan
    parts.trace(`router ${environmentKey(plan.environment)} ${planText(plan)}`)
    parts.shifted(plan, before)
  }

  const apply = async (plan: EnvironmentPlan, call: Call): Promise<void> => {
    if (faults.hits('router-refuses')) throw trouble('the router refused', 'router/trouble')
    if (faults.hits('router-hangs')) return hangUntilAborted(call.signal, 'apply')
    if (faults.hits('router-late')) {
      clock.after(faults.spanMs('router-late', 500, 120_000), () => landLate(plan))
      return hangUntilAborted(call.signal, 'apply')
    }
    await clock.sleep(faults.hits('router-slow') ? faults.spanMs('router-slow', 500, 10_000) : 5, call.signal)
    land(plan)
    if (faults.hits('router-lost-answer')) throw trouble('the router gave no answer', 'router/no-answer')
  }

  const landLate = (plan: EnvironmentPlan): void => {
    try {
      land(plan)
    } catch {
      parts.trace(`router refused a late plan, generation ${plan.generation}`)
    }
  }

  const read = (environment: Environment): TrafficReading => {
    if (clock.monotonicMs() < silentUntilMs || faults.hits('metrics-missing'))
      return { seen: false, generation: 0, arms: [] }
    count(environment)
    const site = siteOf(environment)
    return {
      seen: true,
      generation: site.plan?.generation ?? 0,
      arms: [...site.counters].map(([release, counter]) => ({
        release,
        requests: Math.floor(counter.requests),
        errors: Math.floor(counter.errors),
        latency: latencyOf(counter),
      })),
    }
  }

  return {
    of: (process) => ({
      apply: (plan, call) => process.call('router.apply', () => apply(plan, call)),
      inFlight: (environment, release) =>
        process.call('router.inFlight', () => {
          const plan = siteOf(environment).plan
          const weight = plan?.arms.find((arm) => arm.release === release)?.weightPercent ?? 0
          return { requests: weight > 0 ? 3 : 0, streams: 0 }
        }),
      cut: () => process.call('router.cut', () => {}),
      openDoor: (environment, release) =>
        process.call('router.openDoor', () => {
          if (faults.hits('router-refuses')) throw trouble('no door', 'router/trouble')
          return {
            url: `http://127.0.0.1/${environmentKey(environment)}/${release}`,
            close: () => process.call('door.close', () => {}),
          }
        }),
      current: (environment) => process.call('router.current', () => siteOf(environment).plan),
    }),
    metrics: (process) => ({ read: (environment) => process.call('metrics.read', () => read(environment)) }),
    plan: (environment) => siteOf(environment).plan,
    count,
    restart: () => {
      for (const site of sites.values()) {
        count(site.environment)
        // The plan comes back from disk, the counters begin anew.
        site.counters = new Map()
      }
    },
    silence: (forMs) => {
      silentUntilMs = clock.monotonicMs() + forMs
    },
  }
}

function add(counters: Map<ReleaseNumber, Counter>, release: ReleaseNumber, more: Counter): void {
  const known = counters.get(release) ?? { requests: 0, errors: 0, slow: 0 }
  known.requests += more.requests
  known.errors += more.errors
  known.slow += more.slow
  counters.set(release, known)
}

/** Cumulative counts that never fall while the counter grows. */
function latencyOf({ requests, slow }: Counter): LatencyCounts {
  const fast: [number, number] = [latencyBucket(FAST_MS), Math.floor(requests - slow)]
  const late: [number, number] = [latencyBucket(SLOW_MS), Math.floor(slow)]
  return [fast, late].filter(([, counted]) => counted > 0)
}

export function planText(plan: EnvironmentPlan): string {
  const arms = plan.arms.map(
    (arm) => `#${arm.release}=${arm.weightPercent}% [${arm.instances.map(({ id }) => id).join(' ')}]`,
  )
  return `generation ${plan.generation}: ${arms.join(', ') || 'nobody'}`
}
