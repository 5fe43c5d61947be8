// Keeps the state of a service from growing with its history. What is forgotten stays in the event log.
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
    for (const release of [...stage.before, ...stage.suspects, ...there, ...releasesNeeded(stage)])
      needed.add(release)
  }
  for (const release of Object.values(state.releases)) if (release.rejected) needed.add(release.release)
  for (const lifter of state.lifters) needed.add(lifter)
  for (const container of state.containers) needed.add(container)
  const oldestLive = Math.min(state.head, ...Object.values(stages).map((stage) => stage.live?.release ?? 0))
  const keepFrom = Math.min(oldestLive, state.head - RELEASES_KEPT)
  const isKept = (release: number): boolean => release >= keepFrom || needed.has(release)
  if (Object.keys(state.releases).every((release) => isKept(Number(release)))) return { ...state, stages }
  return {
    ...state,
    releases: filtered<Release>(state.releases, isKept),
    stages: Object.fromEntries(
      Object.entries(stages).map(([name, stage]): [string, StageState] => [
        name,
        {
          ...stage,
          marks: filtered<StageMark>(stage.marks, isKept),
          askedAt: filtered<number>(stage.askedAt, isKept),
        },
      ]),
    ),
  }
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
  for (const stage of Object.values(state.stages)) {
    if (stage.live) releases.add(stage.live.release)
    if (stage.rollout) releases.add(stage.rollout.release)
    for (const release of [...couldGoBackTo(state, stage), ...releasesNeeded(stage)]) releases.add(release)
    for (const release of [...Object.keys(stage.fleets), ...Object.keys(stage.unheard)])
      releases.add(Number(release))
  }
  const oldest = Math.min(...[...releases, state.head])
  const kept = new Set<string>()
  for (const { release, build } of Object.values(state.releases))
    if (build.state === 'done' && (releases.has(release) || release >= oldest)) kept.add(build.artifact)
  return kept
}
