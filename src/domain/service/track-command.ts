// What people, the target and the machine ask of tracks and rules.
import type { Change } from '../change/change.ts'
import type { ReleaseNumber, StageName } from '../names.ts'
import type { RouteRule, RouteTarget, RuleCondition, TrackName } from '../traffic/route-rule.ts'

type InStage = { readonly stage: StageName }
type OfTrack = InStage & { readonly track: TrackName }

export type PersonRouteCommand =
  | (OfTrack & {
      readonly type: 'set-track'
      readonly release: ReleaseNumber
      /** Left out: all of it. */
      readonly percent?: number | undefined
      /** Left out: as many as it had, else one. */
      readonly instances?: number | undefined
      readonly reason: string
    })
  | (OfTrack & {
      readonly type: 'deploy'
      readonly change: Change
      /** What a person calls it: `anna/fix@3f2a1`. */
      readonly label: string
      readonly instances?: number | undefined
      readonly reason: string
    })
  | (OfTrack & { readonly type: 'undo-track'; readonly reason: string })
  | (OfTrack & { readonly type: 'follow-track'; readonly passed: StageName | null })
  | (OfTrack & { readonly type: 'remove-track'; readonly reason: string })
  | (InStage & {
      readonly type: 'add-route'
      readonly when: readonly RuleCondition[]
      readonly percent: number
      readonly to: RouteTarget
      /** Null: for ever. */
      readonly forMs: number | null
      readonly reason: string
      /** Left out: last, where it takes the least from others. */
      readonly before?: string | undefined
    })
  | (InStage & {
      readonly type: 'edit-route'
      readonly route: RouteRule['id']
      readonly percent?: number | undefined
      readonly to?: RouteTarget | undefined
      readonly forMs?: number | null | undefined
      readonly reason?: string | undefined
    })
  | (InStage & { readonly type: 'remove-route'; readonly route: RouteRule['id']; readonly reason: string })

export type ReportRouteCommand =
  /** Instances of a release that only tracks or rules need do not get well. */
  InStage & {
    readonly type: 'report-track-fleet'
    readonly release: ReleaseNumber
    readonly message: string
  }

export type MachineRouteCommand =
  | (OfTrack & { readonly type: 'move-track'; readonly release: ReleaseNumber })
  | (InStage & { readonly type: 'expire-route'; readonly route: RouteRule['id'] })
  | (InStage & { readonly type: 'cool-release'; readonly release: ReleaseNumber })
  | (InStage & { readonly type: 'place-deployed'; readonly release: ReleaseNumber })
