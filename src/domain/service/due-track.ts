// What tracks and rules are owed by themselves: following a stage, ending in time, cooling down.
import { machine, type EpochMs } from '../names.ts'
import { isCooled, nextForTrack } from './decide-track.ts'
import type { Intent } from './intent.ts'
import { isPlain } from './track-plan.ts'
import type { ServiceState, StageState } from './state.ts'

export function routeIntents(state: ServiceState, stage: StageState, now: EpochMs): readonly Intent[] {
  if (isPlain(stage.routes) && stage.routes.awaited.length === 0) return []
  const { tracks, rules, cooling, awaited } = stage.routes
  const name = stage.stage
  const moves = Object.values(tracks).flatMap((track): Intent[] => {
    const release = nextForTrack(state, stage, track)
    if (release === undefined) return []
    const by = machine(`follows ${track.follows}`)
    const command = { type: 'move-track', stage: name, track: track.track, release, at: now, by } as const
    return [{ do: 'decide', command }]
  })
  const ends = nextExpiry(rules).flatMap(({ id, expiresAt }): Intent[] => {
    if (expiresAt > now) return [{ do: 'wake', at: expiresAt }]
    const by = machine('route expiry')
    return [{ do: 'decide', command: { type: 'expire-route', stage: name, route: id, at: now, by } }]
  })
  const cools = cooling.flatMap(({ release, until }): Intent[] => {
    if (until > now) return [{ do: 'wake', at: until }]
    const by = machine('keep warm')
    return isCooled(stage, release, now)
      ? [{ do: 'decide', command: { type: 'cool-release', stage: name, release, at: now, by } }]
      : []
  })
  const placed = awaited.flatMap(({ release }): Intent[] => {
    const build = state.releases[release]?.build.state
    if (build === 'waiting' || build === 'running') return []
    const by = machine('deploy')
    return [{ do: 'decide', command: { type: 'place-deployed', stage: name, release, at: now, by } }]
  })
  return [...moves, ...ends, ...cools, ...placed]
}

/** The one that ends first: there may be thousands, and they end one by one. */
function nextExpiry(
  rules: StageState['routes']['rules'],
): readonly { readonly id: string; readonly expiresAt: EpochMs }[] {
  let first: { readonly id: string; readonly expiresAt: EpochMs } | undefined
  for (const { id, expiresAt } of rules)
    if (expiresAt !== null && expiresAt < (first?.expiresAt ?? Infinity)) first = { id, expiresAt }
  return first ? [first] : []
}
