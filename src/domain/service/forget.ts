// Keeps the state of a service from growing with its history. What is forgotten stays in the event log.
import { baseOf } from '../release-number.ts'
import { couldGoBackTo } from './go-back.ts'
import { releasesNeeded } from './track-plan.ts'
import type { Release, ServiceState, StageMark, StageState } from './state.ts'

/** Releases kept beyond what is still needed, so that people can look back a little. */
export const RELEASES_KEPT = 60
/** How far back a stage remembers what it served. */
export const SERVED_KEPT = 20

export function forgetOld(state: ServiceState): ServiceState {
  const stages = Object.fromEntries(
    Object.entries(state.stages).map(([name, stage]) => [
      name,
      { ...stage, before: stage.before.slice(0, SERVED_KEPT) },
    ]),
  )
  const needed = new Set<number>()
  for (const stage of Object.values(stages)) {
    if (stage.live) needed.add(stage.live.release)
    if (stage.rollout) needed.add(stage.rollout.release)
    const there = [...Object.keys(stage.fleets), ...Object.keys(stage.unheard)].map(Number)
    for (const release of [
      ...stage.before,
      ...stage.suspects,
      ...(stage.search?.suspects ?? []),
      ...there,
      ...releasesNeeded(stage),
    ])
      needed.add(release)
  }
  for (const release of Object.values(state.releases)) if (release.rejected) needed.add(release.release)
  for (const lifter of state.lifters) needed.add(lifter)
  for (const container of state.containers) needed.add(container)
  for (const { release, by } of state.takenIn) if (needed.has(release)) needed.add(by)
  for (const release of [...needed]) for (const base of builtUpon(state, release)) needed.add(base)
  const oldestLive = Math.min(
    state.head,
    ...Object.values(stages).map((stage) => baseOf(stage.live?.release ?? 0)),
  )
  const keepFrom = Math.min(oldestLive, state.head - RELEASES_KEPT)
  const newest = newestOffLine(state)
  const isKept = (release: number): boolean =>
    baseOf(release) >= keepFrom || needed.has(release) || newest.has(release)
  if (Object.keys(state.releases).every((release) => isKept(Number(release)))) return { ...state, stages }
  return {
    ...state,
    releases: filtered<Release>(state.releases, isKept),
    ...(state.compared ? { compared: filtered<number>(state.compared, isKept) } : {}),
    stages: Object.fromEntries(
      Object.entries(stages).map(([name, stage]): [string, StageState] => [
        name,
        {
          ...stage,
          marks: filtered<StageMark>(stage.marks, isKept),
          askedAt: filtered<number>(stage.askedAt, isKept),
          settings: { ...stage.settings, of: filtered<number>(stage.settings.of, isKept) },
        },
      ]),
    ),
  }
}

/** What a release was built upon, down to the line, and the changes that were taken for it. */
function builtUpon(state: ServiceState, release: number): readonly number[] {
  const origin = state.releases[release]?.origin
  if (origin?.kind === 'settings') return [origin.of, ...builtUpon(state, origin.of)]
  if (origin?.kind !== 'cherry-pick') return []
  const picked = origin.picked.flatMap((commit) => commit.release ?? [])
  return [origin.onto, ...picked, ...builtUpon(state, origin.onto)]
}

/** The last few that have nothing to do with the line. */
function newestOffLine(state: ServiceState): ReadonlySet<number> {
  const offLine = Object.keys(state.releases)
    .map(Number)
    .filter((release) => baseOf(release) === 0)
  return new Set(offLine.sort((a, b) => b - a).slice(0, RELEASES_KEPT))
}

function filtered<Value>(
  record: Readonly<Record<number, Value>>,
  isKept: (key: number) => boolean,
): Record<number, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => isKept(Number(key))))
}

/** Artifacts that must not be thrown away: what runs, what is on its way, and what could be gone back to. */
export function artifactsToKeep(state: ServiceState): ReadonlySet<string> {
  const releases = new Set<number>()
  const served = new Set<number>()
  for (const stage of Object.values(state.stages)) {
    if (stage.live) served.add(stage.live.release)
    if (stage.rollout) served.add(stage.rollout.release)
    for (const release of couldGoBackTo(state, stage)) served.add(release)
    for (const release of [...served, ...releasesNeeded(stage)]) releases.add(release)
    for (const release of [...Object.keys(stage.fleets), ...Object.keys(stage.unheard)])
      releases.add(Number(release))
  }
  // One old release on a track keeps itself, and not all that came after it.
  const oldest = Math.min(...[...served].map(baseOf), state.head)
  const offLine = newestOffLine(state)
  const isKept = (release: number): boolean =>
    releases.has(release) || offLine.has(release) || baseOf(release) >= oldest
  const kept = new Set(Object.values(state.artifacts ?? {}).map(({ artifact }) => artifact))
  for (const { release, build } of Object.values(state.releases))
    if (build.state === 'done' && isKept(release)) kept.add(build.artifact)
  for (const { added, build } of Object.values(state.releases))
    if (added && build.state !== 'done') kept.add(added.artifact)
  return kept
}
