// What happened to tracks and rules, folded into the stage they belong to.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { RouteEvent } from './track-event.ts'
import type { StageState } from './state.ts'
import { KEEP_WARM_MS, TRACK_HISTORY_KEPT, type RoutesState, type TrackState } from './track-state.ts'
import { trackWants } from './track-plan.ts'

/** `version` is the stream's after the event. */
export function evolveRoutes(stage: StageState, event: RouteEvent, version: number): StageState {
  const routes = changed(stage.routes, event, version)
  const next = { ...stage, routes }
  return event.type === 'release-cooled' ? next : { ...next, routes: cooled(stage, next, event.at) }
}

function changed(routes: RoutesState, event: RouteEvent, version: number): RoutesState {
  switch (event.type) {
    case 'track-set':
      return withTrack(routes, moved(routes.tracks[event.track], event))
    case 'track-followed':
      return onTrack(routes, event.track, (track) => ({ ...track, follows: event.follows }))
    case 'track-troubled':
      return onTrack(routes, event.track, (track) =>
        track.release === event.release
          ? { ...track, trouble: { message: event.message, at: event.at } }
          : track,
      )
    case 'track-removed': {
      const { [event.track]: _, ...tracks } = routes.tracks
      return { ...routes, tracks }
    }
    case 'route-added': {
      const at = routes.rules.findIndex(({ id }) => id === event.before)
      const rules = at < 0 ? [...routes.rules, event.rule] : routes.rules.toSpliced(at, 0, event.rule)
      return { ...routes, rules, rulesAt: version, ruleCount: routes.ruleCount + 1 }
    }
    case 'route-edited': {
      const rules = routes.rules.map((rule) => (rule.id === event.rule.id ? event.rule : rule))
      return { ...routes, rules, rulesAt: version }
    }
    case 'route-removed':
      return { ...routes, rules: routes.rules.filter(({ id }) => id !== event.rule), rulesAt: version }
    case 'release-cooled':
      return { ...routes, cooling: routes.cooling.filter(({ release }) => release !== event.release) }
    case 'deploy-awaited': {
      const { release, track, instances, by, reason } = event
      return { ...routes, awaited: [...routes.awaited, { release, track, instances, by, reason }] }
    }
    case 'deploy-ended':
      return { ...routes, awaited: routes.awaited.filter(({ release }) => release !== event.release) }
  }
}

function moved(old: TrackState | undefined, event: Extract<RouteEvent, { type: 'track-set' }>): TrackState {
  const { track, release, percent, instances, at, by, reason } = event
  const isSame = old?.release === release
  const left = old && !isSame ? [{ release: old.release, at: old.since, by: old.by, reason: old.reason }] : []
  return {
    track,
    release,
    percent,
    from: isSame ? old.from : (old?.release ?? null),
    instances,
    since: at,
    by,
    reason,
    history: [...left, ...(old?.history ?? [])].slice(0, TRACK_HISTORY_KEPT),
    // A person's word ends the following; it is asked for again in words.
    follows: by.kind === 'machine' ? (old?.follows ?? null) : null,
    trouble: isSame ? old.trouble : null,
  }
}

/** What was needed and is so no longer stays warm for a while, counted from when it was let go of. */
function cooled(before: StageState, after: StageState, at: EpochMs): RoutesState {
  const needed = new Set(liveWants(after).map(({ release }) => release))
  const cooling = after.routes.cooling.filter(({ release }) => !needed.has(release))
  const known = new Set<ReleaseNumber>(cooling.map(({ release }) => release))
  for (const { release, count } of liveWants(before)) {
    if (needed.has(release) || known.has(release)) continue
    known.add(release)
    cooling.push({ release, count, until: at + KEEP_WARM_MS })
  }
  return { ...after.routes, cooling }
}

function liveWants(stage: StageState) {
  return trackWants(stage).filter(({ role }) => role === 'live')
}

function withTrack(routes: RoutesState, track: TrackState): RoutesState {
  return { ...routes, tracks: { ...routes.tracks, [track.track]: track } }
}

function onTrack(routes: RoutesState, name: string, change: (track: TrackState) => TrackState): RoutesState {
  const track = routes.tracks[name]
  return track ? withTrack(routes, change(track)) : routes
}

/** Its instances are well: what was wrong with them is over. */
export function recovered(routes: RoutesState, release: ReleaseNumber): RoutesState {
  return Object.values(routes.tracks).reduce(
    (known, track) =>
      track.release === release && track.trouble !== null
        ? withTrack(known, { ...track, trouble: null })
        : known,
    routes,
  )
}
