// What has happened to the tracks and rules of a stage.
import type { Actor, EpochMs, ReleaseNumber, StageName } from '../names.ts'
import type { RouteRule, TrackName } from '../traffic/route-rule.ts'

type InStage = { readonly at: EpochMs; readonly by: Actor; readonly stage: StageName }
type OfTrack = InStage & { readonly track: TrackName }

export type RouteEvent =
  | (OfTrack & {
      readonly type: 'track-set'
      readonly release: ReleaseNumber
      readonly percent: number
      readonly instances: number
      readonly reason: string
    })
  /** Null: people move it from now on. */
  | (OfTrack & { readonly type: 'track-followed'; readonly follows: StageName | null })
  | (OfTrack & {
      readonly type: 'track-troubled'
      readonly release: ReleaseNumber
      readonly message: string
    })
  | (OfTrack & { readonly type: 'track-removed'; readonly reason: string })
  /** Before the rule of this id, or null: last. */
  | (InStage & { readonly type: 'route-added'; readonly rule: RouteRule; readonly before: string | null })
  | (InStage & { readonly type: 'route-edited'; readonly rule: RouteRule })
  | (InStage & {
      readonly type: 'route-removed'
      readonly rule: string
      readonly how: 'removed' | 'expired'
      readonly reason: string
    })
  /** Its time to be kept warm for nobody is over. */
  | (InStage & { readonly type: 'release-cooled'; readonly release: ReleaseNumber })
  /** Off the line: it goes to its track once it is built. */
  | (OfTrack & {
      readonly type: 'deploy-awaited'
      readonly release: ReleaseNumber
      readonly instances: number
      readonly reason: string
    })
  | (InStage & {
      readonly type: 'deploy-ended'
      readonly release: ReleaseNumber
      readonly how: 'placed' | 'failed'
      readonly message: string
    })

const TYPES: Record<RouteEvent['type'], true> = {
  'track-set': true,
  'track-followed': true,
  'track-troubled': true,
  'track-removed': true,
  'route-added': true,
  'route-edited': true,
  'route-removed': true,
  'release-cooled': true,
  'deploy-awaited': true,
  'deploy-ended': true,
}

export function isRouteEvent(event: { readonly type: string }): event is RouteEvent {
  return event.type in TYPES
}
