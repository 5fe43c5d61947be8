// What tracks and rules ask of the outside: instances of every release they lead to, and their part of the plan.
import type { ReleaseNumber } from '../names.ts'
import type { PlanTrack } from '../traffic/plan.ts'
import type { WantedFrom } from './once-per-stage.ts'
import type { StageState } from './state.ts'
import type { TrackState } from './track-state.ts'

export type TrackWant = {
  readonly release: ReleaseNumber
  readonly count: number
  readonly role: 'live' | 'warm'
}

type TrackFrom = Pick<WantedFrom, 'routes' | 'fleets' | 'plan'>

const NO_WANTS: readonly TrackWant[] = []
const NO_TRACKS: readonly PlanTrack[] = []

/** Most stages have neither tracks nor rules, and are asked several times for every event that is folded. */
export function isPlain({ tracks, rules, cooling }: StageState['routes']): boolean {
  if (rules.length > 0 || cooling.length > 0) return false
  for (const _ in tracks) return false
  return true
}

/** Instances by release: what is led to is live, what was let go of is warm until it has cooled. */
export function trackWants(stage: Pick<StageState, 'routes'>): readonly TrackWant[] {
  if (isPlain(stage.routes)) return NO_WANTS
  const { tracks, rules, cooling } = stage.routes
  const live = Object.values(tracks).flatMap((track): TrackWant[] =>
    ofTrack(track).map((release) => ({ release, count: track.instances, role: 'live' })),
  )
  const named = rules.flatMap(({ to }): TrackWant[] =>
    'release' in to ? [{ release: to.release, count: 1, role: 'live' }] : [],
  )
  const warm = cooling.map(({ release, count }): TrackWant => ({ release, count, role: 'warm' }))
  return [...live, ...named, ...warm]
}

/** Every release that a track, a rule or an undo may still need: neither forgotten nor reclaimed. */
export function releasesNeeded(stage: Pick<StageState, 'routes'>): readonly ReleaseNumber[] {
  const undo = Object.values(stage.routes.tracks).flatMap(({ history }) => history[0]?.release ?? [])
  const awaited = stage.routes.awaited.map(({ release }) => release)
  return [...new Set([...trackWants(stage).map(({ release }) => release), ...undo, ...awaited])]
}

function ofTrack({ release, percent, from }: TrackState): readonly ReleaseNumber[] {
  return percent < 100 && from !== null ? [release, from] : [release]
}

/** The tracks as routers should have them. */
export function wantedTracks(stage: TrackFrom): readonly PlanTrack[] {
  if (isPlain(stage.routes)) return NO_TRACKS
  return Object.values(stage.routes.tracks)
    .map((track) => ({ track: track.track, shares: sharesOf(stage, track) }))
    .toSorted((left, right) => (left.track < right.track ? -1 : 1))
}

function sharesOf(stage: TrackFrom, track: TrackState): PlanTrack['shares'] {
  const { release, percent, from } = track
  const before = servedBefore(stage, track)
  if (!isReady(stage, track, release)) return before === undefined ? [] : [whole(before)]
  if (percent >= 100 || from === null || instancesOf(stage, from) === 0) return [whole(release)]
  return [
    { release, weightPercent: percent },
    { release: from, weightPercent: 100 - percent },
  ].toSorted((left, right) => left.release - right.release)
}

function whole(release: ReleaseNumber): PlanTrack['shares'][number] {
  return { release, weightPercent: 100 }
}

/** Nobody is led to a release before all its instances are there; who is there stays while one of them is. */
function isReady(stage: TrackFrom, { track, instances }: TrackState, release: ReleaseNumber): boolean {
  const there = instancesOf(stage, release)
  const serves = stage.plan.tracks?.find((known) => known.track === track)?.shares
  const isServing = serves?.some((share) => share.release === release && share.weightPercent > 0) ?? false
  return there >= (isServing ? 1 : instances)
}

/** Until the new release is there, the track stays with what it led to and what is still there. */
function servedBefore(stage: TrackFrom, { history }: TrackState): ReleaseNumber | undefined {
  return history.find(({ release }) => instancesOf(stage, release) > 0)?.release
}

function instancesOf(stage: TrackFrom, release: ReleaseNumber): number {
  return stage.fleets[release]?.instances.length ?? 0
}

export function sameTracks(left: readonly PlanTrack[], right: readonly PlanTrack[]): boolean {
  if (left.length === 0 && right.length === 0) return true
  return (
    left.length === right.length &&
    left.every((track, index) => {
      const other = right[index]
      return (
        other?.track === track.track &&
        other.shares.length === track.shares.length &&
        track.shares.every((share, at) => {
          const twin = other.shares[at]
          return twin?.release === share.release && twin.weightPercent === share.weightPercent
        })
      )
    })
  )
}
