// A traffic router in memory that keeps every promise of the port and remembers what it was told; for tests and
// simulation. What goes wrong with it is scripted.
import { environmentKey } from '../../../domain/names.ts'
import type { Environment, ReleaseNumber } from '../../../domain/names.ts'
import type { EnvironmentPlan } from '../../../domain/traffic/plan.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure, staleFence } from '../../../ports/port-failure.ts'
import type { TrafficRouter } from '../../../ports/traffic-router.ts'

/**
 * What the next `apply` meets: `refused` before anything happened; `lost-answer` after the plan is in force;
 * `slow` takes this long before it does anything; `slow-answer` does it and answers late.
 */
export type RouterFault =
  | { readonly kind: 'refused' }
  | { readonly kind: 'lost-answer' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'slow-answer'; readonly ms: number }

export type RecordedAct =
  | { readonly act: 'applied'; readonly plan: EnvironmentPlan; readonly key: string; readonly fence: number }
  | {
      readonly act: 'refused'
      readonly plan: EnvironmentPlan
      readonly key: string
      readonly fence: number
      readonly why: 'stale-generation' | 'stale-fence'
    }
  | { readonly act: 'cut'; readonly environment: Environment; readonly release: ReleaseNumber }
  | {
      readonly act: 'door-opened' | 'door-closed'
      readonly environment: Environment
      readonly release: ReleaseNumber
      readonly url: string
    }

export interface RecordedRouter extends TrafficRouter {
  /** Everything that happened, in order. */
  readonly acts: readonly RecordedAct[]
  /** Faults are met by one `apply` each, in the order they were scripted. */
  script(...faults: readonly RouterFault[]): void
  /** What `inFlight` says from now on. */
  setInFlight(
    environment: Environment,
    release: ReleaseNumber,
    underWay: { readonly requests: number; readonly streams: number },
  ): void
  readonly openDoors: readonly string[]
}

type InForce = { readonly plan: EnvironmentPlan; readonly fence: number }

export function createRecordedRouter(clock: Pick<Clock, 'sleep'>): RecordedRouter {
  const inForce = new Map<string, InForce>()
  const underWay = new Map<string, { readonly requests: number; readonly streams: number }>()
  const acts: RecordedAct[] = []
  const faults: RouterFault[] = []
  const doors = new Set<string>()
  let doorsOpened = 0

  /** The one moment in which a plan takes force, whatever happened to the call before. */
  function putInForce(plan: EnvironmentPlan, key: string, fence: number): void {
    const where = environmentKey(plan.environment)
    const known = inForce.get(where)
    if (known !== undefined && !isSame(known.plan, plan)) {
      if (plan.generation <= known.plan.generation) {
        acts.push({ act: 'refused', plan, key, fence, why: 'stale-generation' })
        throw staleFence(`the router of ${where}, by generation,`, known.plan.generation, plan.generation)
      }
      if (fence < known.fence) {
        acts.push({ act: 'refused', plan, key, fence, why: 'stale-fence' })
        throw staleFence(`the router of ${where}`, known.fence, fence)
      }
    }
    inForce.set(where, { plan, fence: Math.max(fence, known?.fence ?? 0) })
    acts.push({ act: 'applied', plan, key, fence })
  }

  return {
    acts,
    script: (...more) => void faults.push(...more),
    setInFlight: (environment, release, count) => void underWay.set(releaseKey(environment, release), count),
    get openDoors() {
      return [...doors]
    },

    async apply(plan, call) {
      const fault = faults.shift()
      if (fault?.kind === 'refused') throw noAcknowledgement('the router is not there')
      // Not ended by the signal: a call that is slow on its way arrives even when nobody waits for it any more.
      if (fault?.kind === 'slow') await clock.sleep(fault.ms)
      putInForce(plan, call.key, call.fence)
      if (fault?.kind === 'slow-answer') await clock.sleep(fault.ms)
      if (fault?.kind === 'lost-answer') throw noAcknowledgement('the answer was lost')
      if (call.signal.aborted) throw noAcknowledgement('the deadline has passed')
    },

    async inFlight(environment, release) {
      return underWay.get(releaseKey(environment, release)) ?? { requests: 0, streams: 0 }
    },

    async cut(environment, release) {
      acts.push({ act: 'cut', environment, release })
      underWay.delete(releaseKey(environment, release))
    },

    async openDoor(environment, release) {
      const arm = inForce.get(environmentKey(environment))?.plan.arms.find((each) => each.release === release)
      if (arm === undefined || arm.instances.length === 0) {
        throw new PortFailure(
          `no door to release ${release} in ${environmentKey(environment)}: the plan in force has no instances of it`,
          { code: 'router/release-not-here', again: 'retry' },
        )
      }
      doorsOpened += 1
      const url = `http://door-${doorsOpened}.invalid`
      doors.add(url)
      acts.push({ act: 'door-opened', environment, release, url })
      return {
        url,
        async close() {
          if (doors.delete(url)) acts.push({ act: 'door-closed', environment, release, url })
        },
      }
    },

    async current(environment) {
      return inForce.get(environmentKey(environment))?.plan
    },
  }
}

function noAcknowledgement(why: string): PortFailure {
  return new PortFailure(`the plan was not acknowledged: ${why}; it is tried again`, {
    code: 'router/no-acknowledgement',
    again: 'retry',
  })
}

function releaseKey(environment: Environment, release: ReleaseNumber): string {
  return `${environmentKey(environment)}/${release}`
}

/** Whatever the order of keys. */
function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
