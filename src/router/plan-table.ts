// The plans in force, made ready for requests. A plan is swapped in one step: a request reads it once, at its head.
import { staleness } from '../api/router-admin/wire.ts'
import type { FencedPlan, PlanAnswer } from '../api/router-admin/wire.ts'
import { environmentKey } from '../domain/names.ts'
import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { EnvironmentPlan, PlanArm } from '../domain/traffic/plan.ts'
import { compileRoutes, type Routes } from '../domain/traffic/compile-routes.ts'
import { STABLE, type TrackName } from '../domain/traffic/route-rule.ts'
import { splitOrder } from '../domain/traffic/sticky-split.ts'
import type { Clock } from '../ports/clock.ts'
import { EnvironmentMeasures } from './environment-measures.ts'
import type { RouterLimits } from './limits.ts'
import { RequestQueue } from './request-queue.ts'
import { ReleaseTraffic } from './release-traffic.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import { Upstream } from './upstream.ts'

export type ServedArm = PlanArm & {
  readonly upstreams: readonly Upstream[]
  /** Where requests wait for room; undefined: there is always room. */
  readonly queue: RequestQueue | undefined
  readonly traffic: ReleaseTraffic
}

export type ServedPlan = {
  readonly fence: number
  readonly plan: EnvironmentPlan
  readonly arms: readonly ServedArm[]
  /** Arms with weight, in the order of the split. */
  readonly split: readonly ServedArm[]
  /** Null: no rule is there to be asked. */
  readonly routes: Routes<ServedArm> | null
  /** The same for every plan of an environment. */
  readonly measures: EnvironmentMeasures
}

export class PlanTable {
  readonly #limits: RouterLimits
  readonly #time: Timekeeper
  readonly #plans = new Map<string, ServedPlan>()
  readonly #upstreams = new Map<string, Map<string, Upstream>>()
  readonly #traffic = new Map<string, Map<string, ReleaseTraffic>>()
  readonly #measures = new Map<string, EnvironmentMeasures>()
  readonly #queues = new Map<string, RequestQueue>()
  readonly #clock: Clock

  /** Grows with every plan that comes into force: what was derived from older ones is stale. */
  changes = 0

  constructor(limits: RouterLimits, time: Timekeeper, clock: Clock) {
    this.#limits = limits
    this.#time = time
    this.#clock = clock
  }

  /** Synchronous: when it returns, no request that comes in follows an older plan of this environment. */
  apply(asked: FencedPlan): PlanAnswer {
    const key = environmentKey(asked.plan.environment)
    const known = this.#plans.get(key)
    const stale = staleness(known, asked)
    if (stale !== undefined) return stale
    if (known?.plan.generation !== asked.plan.generation) {
      this.#plans.set(key, this.#serve(key, asked))
      this.changes += 1
    }
    return { state: 'in-force', generation: asked.plan.generation }
  }

  get(environment: Environment): ServedPlan | undefined {
    return this.#plans.get(environmentKey(environment))
  }

  all(): Iterable<ServedPlan> {
    return this.#plans.values()
  }

  /** One per release and track of an environment that anything is known of, also those that left the plan. */
  traffic(environment: Environment): readonly ReleaseTraffic[] {
    return [...(this.#traffic.get(environmentKey(environment))?.values() ?? [])]
  }

  /** Ends the second that is being counted, everywhere. */
  endMeasureWindows(): void {
    const nowMs = this.#clock.now()
    for (const [key, measures] of this.#measures)
      measures.endWindow(nowMs, [...(this.#traffic.get(key)?.values() ?? [])])
  }

  everyTraffic(): readonly ReleaseTraffic[] {
    return [...this.#traffic.values()].flatMap((releases) => [...releases.values()])
  }

  close(): void {
    for (const upstreams of this.#upstreams.values())
      for (const upstream of upstreams.values()) upstream.retire()
  }

  #serve(key: string, { fence, plan }: FencedPlan): ServedPlan {
    const upstreams = new Map<string, Upstream>()
    const before = this.#upstreams.get(key)
    const arms = plan.arms.map((arm): ServedArm => {
      const queue = this.#queueOf(key, arm.release, plan.concurrency !== undefined)
      const own = arm.instances.map((instance) => {
        const { protocol } = arm
        const scheme = protocol === undefined ? '' : `${protocol}://`
        const name = `${key}/${arm.release}/${instance.id}@${scheme}${instance.host}:${instance.port}`
        const at = { ...instance, protocol }
        const upstream = before?.get(name) ?? new Upstream(name, at, this.#limits, this.#time)
        upstream.queue = queue
        upstreams.set(name, upstream)
        return upstream
      })
      return { ...arm, upstreams: own, queue, traffic: this.#trafficOf(key, arm.release, STABLE) }
    })
    for (const [name, upstream] of before ?? []) if (!upstreams.has(name)) upstream.retire()
    this.#upstreams.set(key, upstreams)
    const routes = compileRoutes(plan, ({ release, weightPercent }, track): ServedArm | undefined => {
      const arm = arms.find((each) => each.release === release && each.upstreams.length > 0)
      if (arm === undefined || track === STABLE) return arm
      return { ...arm, weightPercent, traffic: this.#trafficOf(key, release, track) }
    })
    this.#forget(key, plan)
    const measures = this.#measures.get(key) ?? new EnvironmentMeasures(this.#clock.now())
    this.#measures.set(key, measures)
    return { fence, plan, arms, split: splitOrder(arms), routes, measures }
  }

  #trafficOf(key: string, release: ReleaseNumber, track: TrackName | null): ReleaseTraffic {
    const known = this.#traffic.get(key) ?? new Map<string, ReleaseTraffic>()
    this.#traffic.set(key, known)
    const name = `${release}/${track ?? ''}`
    const traffic = known.get(name) ?? new ReleaseTraffic(release, track)
    known.set(name, traffic)
    return traffic
  }

  /** Where a limit was taken away, who waits already is still served. */
  #queueOf(key: string, release: ReleaseNumber, isNeeded: boolean): RequestQueue | undefined {
    const name = `${key}/${release}`
    const known = this.#queues.get(name)
    if (known !== undefined || !isNeeded) return known
    const queue = new RequestQueue(this.#clock)
    this.#queues.set(name, queue)
    return queue
  }

  /** Oldest first, among releases that are neither in the plan nor under way. */
  #forget(key: string, plan: EnvironmentPlan): void {
    const known = this.#traffic.get(key)
    const planned = new Set(plan.arms.map((arm) => arm.release))
    for (const [name, queue] of this.#queues) {
      const [service, stage, release] = name.split('/')
      if (`${service}/${stage}` === key && !planned.has(Number(release)) && queue.length === 0)
        this.#queues.delete(name)
    }
    const kept = planned.size + (plan.tracks?.length ?? 0) + this.#limits.releasesRemembered
    for (const [name, traffic] of [...(known?.entries() ?? [])]) {
      if ((known?.size ?? 0) <= kept) return
      if (!planned.has(traffic.release) && traffic.isIdle) known?.delete(name)
    }
  }
}
