// What the router is told: for one environment, which releases take how much of the traffic, on which instances.
import type { Environment, ReleaseNumber } from '../names.ts'
import type { ConcurrencyLimit, MirrorDefinition, TokenCheck, UserKey } from '../pipeline/definition.ts'
import type { RouteRule, TrackName } from './route-rule.ts'

export type { TokenCheck }

/**
 * The traffic plan of one environment. Generations only grow; a router refuses one that is not newer than what it
 * has (an equal one must be identical and is acknowledged again).
 */
export type EnvironmentPlan = {
  readonly environment: Environment
  readonly generation: number
  /** Mixed into the hash that places a user, so that two environments split differently; fixed for ever. */
  readonly salt: string
  readonly userKey: UserKey | null
  readonly drainMs: number
  /** Probed by the router to bring back an instance it marked down. */
  readonly healthPath: string | null
  /**
   * Every release that has instances, with its share of the track `stable`. Weights sum to 100, or every weight is 0
   * and the router answers 503 with its own page to whoever no rule leads elsewhere.
   */
  readonly arms: readonly PlanArm[]
  /** The other tracks. Absent: none. */
  readonly tracks?: readonly PlanTrack[]
  /** In order; the first that fits wins. Absent: none. */
  readonly rules?: readonly RouteRule[]
  /** Where the customer is found; absent: the customer is the user. */
  readonly customerKey?: UserKey
  /** Where tokens are found and by whose keys they are verified, for rules that look at a claim. Absent: no claim holds. */
  readonly tokens?: TokenCheck
  /** How many requests an instance is given at once. Absent: any number. */
  readonly concurrency?: ConcurrencyLimit
  /** What everybody who comes by the environment's address is told in the place of an answer. Absent: it is open. */
  readonly maintenance?: string
  /** An environment of the same service that is given copies of requests. Absent: none is. */
  readonly mirror?: MirrorDefinition
  /** True for the stage that the service's bare address (`shop.localhost`) leads to. */
  readonly isLast: boolean
  /** Place of the stage in its pipeline, 0 first: `r12.shop.localhost` leads to the furthest that has it. Absent: 0. */
  readonly stageIndex?: number
}

/** Each release is one of the plan's arms; weights sum to 100, or there are no shares and nobody gets this track. */
export type PlanTrack = {
  readonly track: TrackName
  readonly shares: readonly { readonly release: ReleaseNumber; readonly weightPercent: number }[]
}

/** A warm release is an arm of weight 0: reachable by its own address, and asked for assets. */
export type PlanArm = {
  readonly release: ReleaseNumber
  readonly weightPercent: number
  readonly instances: readonly PlanInstance[]
  /** What its instances speak. Absent: HTTP/1.1; `h2c`: HTTP/2 in clear text, and nothing else. */
  readonly protocol?: 'h2c'
}

export type PlanInstance = { readonly id: string; readonly host: string; readonly port: number }
