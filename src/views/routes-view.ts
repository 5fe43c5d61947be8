// Tracks and routes of a stage as people see them: who gets what, what is odd, and what each live version costs.
import type { RoutesView, TrackRow } from '../api/traffic.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'
import { isCooled } from '../domain/service/decide-track.ts'
import type { ServiceState, StageState } from '../domain/service/state.ts'
import type { TrackState } from '../domain/service/track-state.ts'
import { isRouted, wantedFleets, warmReleases } from '../domain/service/wanted.ts'
import { ruleText, STABLE } from '../domain/traffic/route-rule.ts'
import { routeWarnings } from '../domain/traffic/route-warnings.ts'

export type RoutesSeen = {
  readonly now: number
  /** Columns of each lookup table. */
  readonly tables: ReadonlyMap<string, readonly string[]>
  /** Memory of a release's instances; null where nothing was seen. */
  readonly memoryBytes: (release: ReleaseNumber) => number | null
}

export function routesView(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  seen: RoutesSeen,
): RoutesView {
  const { rules, tracks } = stage.routes
  const warnings = routeWarnings(rules, {
    tracks: new Set(Object.keys(tracks)),
    releases: new Set(Object.keys(state.releases).map(Number)),
    tables: seen.tables,
    now: seen.now,
  })
  return {
    service: state.definition?.service ?? '',
    stage: stage.stage,
    inForce: isRouted(definition, stage),
    tracks: [
      stableRow(definition, stage),
      ...Object.values(tracks)
        .toSorted((a, b) => (a.track < b.track ? -1 : 1))
        .map((track) => trackRow(stage, track)),
    ],
    routes: rules.map((rule) => ({
      id: rule.id,
      text: ruleText(rule),
      when: rule.when.map(({ attribute, test }) => ({ attribute, test })),
      percent: rule.percent,
      to: rule.to,
      expiresAt: rule.expiresAt,
      reason: rule.reason,
      by: rule.by,
      since: rule.since,
    })),
    warnings: [...warnings],
    versions: versions(definition, stage, seen),
    awaited: stage.routes.awaited.map(({ release, track }) => ({
      release,
      name: releaseName(release),
      track,
    })),
  }
}

function stableRow(definition: StageDefinition, stage: StageState): TrackRow {
  const release = stage.live?.release ?? null
  return {
    track: STABLE,
    release,
    name: release === null ? null : releaseName(release),
    percent: 100,
    serves: serving(stage.plan.arms),
    instances: { wanted: definition.instances, ready: readyOf(stage, release) },
    follows: null,
    since: stage.live?.since ?? null,
    by: null,
    reason: 'moved by the pipeline',
    trouble: null,
    history: [],
  }
}

function trackRow(stage: StageState, track: TrackState): TrackRow {
  const shares = stage.plan.tracks?.find((one) => one.track === track.track)?.shares ?? []
  return {
    track: track.track,
    release: track.release,
    name: releaseName(track.release),
    percent: track.percent,
    serves: serving(shares),
    instances: { wanted: track.instances, ready: readyOf(stage, track.release) },
    follows: track.follows,
    since: track.since,
    by: whoOf(track.by),
    reason: track.reason,
    trouble: track.trouble?.message ?? null,
    history: track.history.map(({ release, at, by, reason }) => ({
      release,
      name: releaseName(release),
      at,
      by: whoOf(by),
      reason,
    })),
  }
}

function serving(
  shares: readonly { readonly release: number; readonly weightPercent: number }[],
): TrackRow['serves'] {
  return shares
    .filter(({ weightPercent }) => weightPercent > 0)
    .map(({ release, weightPercent }) => ({ release, name: releaseName(release), weightPercent }))
}

function readyOf(stage: StageState, release: ReleaseNumber | null): number {
  return release === null ? 0 : (stage.fleets[release]?.instances.length ?? 0)
}

function whoOf(by: TrackState['by']): string {
  return by.kind === 'person' ? by.name : by.rule
}

/** Every release with instances here, wanted or not, newest first. */
function versions(definition: StageDefinition, stage: StageState, seen: RoutesSeen): RoutesView['versions'] {
  const releases = new Set([
    ...Object.keys(stage.fleets).map(Number),
    ...wantedFleets(definition, stage).map(({ release }) => release),
  ])
  return [...releases]
    .toSorted((a, b) => b - a)
    .map((release) => ({
      release,
      name: releaseName(release),
      instances: readyOf(stage, release),
      memoryBytes: seen.memoryBytes(release),
      neededBy: neededBy(stage, release),
      until: coolsAt(stage, release, seen.now),
    }))
}

function neededBy(stage: StageState, release: ReleaseNumber): string[] {
  const tracks = Object.values(stage.routes.tracks)
    .filter((track) => track.release === release || (track.percent < 100 && track.from === release))
    .map(({ track }) => `track ${track}`)
  const rules = stage.routes.rules.filter(({ to }) => 'release' in to && to.release === release)
  return [
    ...(stage.live?.release === release ? [`track ${STABLE}`] : []),
    ...(stage.rollout?.release === release ? ['the rollout under way'] : []),
    ...tracks,
    ...rules.map(({ id }) => `route ${id}`),
    ...(warmReleases(stage).includes(release) ? ['a way back'] : []),
  ]
}

function coolsAt(stage: StageState, release: ReleaseNumber, now: number): number | null {
  const cooling = stage.routes.cooling.find((one) => one.release === release)
  return cooling && !isCooled(stage, release, now) ? cooling.until : null
}
