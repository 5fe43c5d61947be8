// What is foretold, as moves of releases between stages, in the order in which they would happen.
import type { EpochMs, ReleaseNumber } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'
import { changesBetween, contains } from '../domain/service/contains.ts'
import type { Foretold } from '../domain/forecast/play-forward.ts'
import type { ServiceState } from '../domain/service/state.ts'

export type Move = {
  readonly stage: string
  readonly release: ReleaseNumber
  readonly at: EpochMs
  /** When everybody there gets it; null where that is not foretold. */
  readonly liveAt: EpochMs | null
  /** Changes that come with it, oldest first, itself among them where it is one. */
  readonly changes: readonly ReleaseNumber[]
}

/** Every release that would enter a stage, forward. */
export function movesOf({ events, state }: Foretold): readonly Move[] {
  return events.flatMap((event, place): readonly Move[] => {
    if (event.type !== 'rollout-started' || event.direction !== 'forward') return []
    const { stage, release, rollout, from, at } = event
    const ended = events
      .slice(place)
      .find(
        (later) =>
          (later.type === 'rollout-completed' || later.type === 'rollout-failed') &&
          later.stage === stage &&
          later.rollout === rollout,
      )
    const liveAt = ended?.type === 'rollout-completed' ? ended.at : null
    return [{ stage, release, at, liveAt, changes: changesBetween(state, from, release) }]
  })
}

/** The move that brings a change into a stage; the first that ends well, if one does. */
export function bringing(
  state: ServiceState,
  moves: readonly Move[],
  stage: string,
  change: ReleaseNumber,
): Move | undefined {
  const brought = moves.filter((move) => move.stage === stage && contains(state, move.release, change))
  return brought.find(({ liveAt }) => liveAt !== null) ?? brought[0]
}

/** `#8, #9 and #10`; many are counted. */
export function namesOf(releases: readonly ReleaseNumber[], most = 6): string {
  const names = releases.map(releaseName)
  if (names.length > most)
    return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more up to ${names.at(-1) ?? ''}`
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}
