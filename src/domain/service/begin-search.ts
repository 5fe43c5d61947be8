// When several changes are suspected, which of them it was is looked for: where something still serves, and never in
// the last stage (behaviour 2.6).
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceEvent } from './event.ts'
import type { SeenSoFar } from './search-state.ts'
import type { ServiceState, StageState } from './state.ts'

type Broken = {
  readonly release: ReleaseNumber
  readonly what: string
  readonly suspects: readonly ReleaseNumber[]
  /** Absent: it broke before anybody was served. */
  readonly seen: SeenSoFar | undefined
  readonly tick: number
  readonly at: EpochMs
  readonly by: Actor
}

export function beginSearch(
  { definition }: ServiceState,
  { stage: name }: StageState,
  { release, what, suspects, seen, tick, at, by }: Broken,
): readonly ServiceEvent[] {
  if (suspects.length < 2 || definition?.stages.at(-1)?.stage === name) return []
  const { watchedMs, requests } = seen ?? { watchedMs: 0, requests: 0 }
  return [
    {
      type: 'culprit-search-started',
      stage: name,
      release,
      what,
      suspects,
      watchedMs,
      requests,
      tick,
      at,
      by,
    },
  ]
}
