import type { Environment, ReleaseNumber } from '../domain/names.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'
import type { Call } from './call.ts'

export interface TrafficRouter {
  /**
   * Puts a plan in force. Resolves once every living router process acknowledged: from then on no new request
   * follows an older generation. A generation that is not newer is refused (`fence/stale`), unless it is the very
   * same plan. By then the plan is on disk, too: a router that starts follows it.
   */
  apply(plan: EnvironmentPlan, call: Call): Promise<void>
  /** Requests and streams under way to a release that the plan in force sends nothing new to. */
  inFlight(
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly requests: number; readonly streams: number }>
  /** Ends what is still under way to a release, WebSockets with 1001, counted apart. After the drain time only. */
  cut(environment: Environment, release: ReleaseNumber): Promise<void>
  /** Opens a loopback port that leads to exactly this release, for a check; close it with `close`. */
  openDoor(
    environment: Environment,
    release: ReleaseNumber,
  ): Promise<{ readonly url: string; close(): Promise<void> }>
  /** The plan in force, as the routers have it; undefined when they have none for it. */
  current(environment: Environment): Promise<EnvironmentPlan | undefined>
}
