// Tracks beside `stable`, and the rules that lead people to them: what one stage knows of both.
import type { Actor, EpochMs, ReleaseNumber, StageName } from '../names.ts'
import type { RouteRule, TrackName } from '../traffic/route-rule.ts'

export type TrackState = {
  readonly track: TrackName
  /** What it leads to, as soon as that has instances. */
  readonly release: ReleaseNumber
  /** Share of `release`; the rest stays with `from`. */
  readonly percent: number
  /** What it led to before. A track that was never moved has nothing to stay with. */
  readonly from: ReleaseNumber | null
  readonly instances: number
  readonly since: EpochMs
  readonly by: Actor
  readonly reason: string
  /** What it led to before, newest first. */
  readonly history: readonly TrackMove[]
  /** It is moved by the machine to the newest release that passed this stage; null: by people. */
  readonly follows: StageName | null
  /** Why its release does not get well. People are told once, and nobody is moved. */
  readonly trouble: { readonly message: string; readonly at: EpochMs } | null
}

export type TrackMove = {
  readonly release: ReleaseNumber
  readonly at: EpochMs
  readonly by: Actor
  readonly reason: string
}

/** A release that nobody needs any more, kept for a while in case somebody thinks better of it. */
export type Cooling = { readonly release: ReleaseNumber; readonly count: number; readonly until: EpochMs }

/** A version that somebody deploys off the line: it goes to its track once it is built. */
export type AwaitedDeploy = {
  readonly release: ReleaseNumber
  readonly track: TrackName
  readonly instances: number
  readonly by: Actor
  readonly reason: string
}

export type RoutesState = {
  readonly tracks: Readonly<Record<TrackName, TrackState>>
  /** In the order in which they are asked. */
  readonly rules: readonly RouteRule[]
  /** Version at which the rules changed last; 0: never. */
  readonly rulesAt: number
  /** How many rules were ever made: an id is never used again. */
  readonly ruleCount: number
  readonly cooling: readonly Cooling[]
  readonly awaited: readonly AwaitedDeploy[]
}

export const noRoutes: RoutesState = {
  tracks: {},
  rules: [],
  rulesAt: 0,
  ruleCount: 0,
  cooling: [],
  awaited: [],
}

/** So long the instances of a release stay that a track or rule let go of. */
export const KEEP_WARM_MS = 10 * 60_000
export const TRACK_HISTORY_KEPT = 20
export const TRACKS_MAX = 50
export const RULES_MAX = 5_000
