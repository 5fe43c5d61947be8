// Releases that are not of the line: what they contain, by the origin that was recorded when they were made
// (behaviour 1.3, 1.5, 1.10).
import type { ReleaseNumber } from '../names.ts'
import { baseOf, offLineNumber, releaseWord } from '../release-number.ts'
import type { Origin, Release, ServiceState } from './state.ts'

/**
 * Whether the release has a change that is nobody else's. What only takes changes of the line elsewhere brings no new
 * one: a verdict, a rejection and a clearance are about the changes themselves.
 */
export function isOwnChange(origin: Origin): boolean {
  if (origin.kind === 'settings') return origin.restores === null
  return origin.kind !== 'cherry-pick' || origin.picked.some(({ release }) => release === null)
}

/** The number of the next release built upon `base`, or off the line for 0; undefined when there are too many. */
export function nextOffLine(state: ServiceState, base: ReleaseNumber): ReleaseNumber | undefined {
  return offLineNumber(baseOf(base), (state.madeUpon[baseOf(base)] ?? 0) + 1)
}

/** Under which a commit that is not of the branch is kept in the repository. */
export function keptRef(service: string, release: ReleaseNumber): string {
  return `refs/sluice/${service}/${releaseWord(release)}`
}

type Contains = (outer: ReleaseNumber, inner: ReleaseNumber) => boolean

/** What a release built upon another contains: all that the other does, and what was taken. */
export function broughtBy(
  origin: Origin,
  inner: ReleaseNumber,
  contains: Contains,
  isSame: Contains,
): boolean {
  if (origin.kind === 'settings') return contains(origin.of, inner)
  if (origin.kind !== 'cherry-pick') return false
  return (
    contains(origin.onto, inner) ||
    origin.picked.some(({ release }) => release !== null && isSame(release, inner))
  )
}

/** Whether the commit of a release of the line was taken: what its message says, the one that was made of it says too. */
export function isTakenFor(origin: Origin, taken: ReleaseNumber): boolean {
  return origin.kind === 'cherry-pick' && origin.picked.some(({ release }) => release === taken)
}

/**
 * Whether `outer` holds what `inner` of the kind `#5+1` added, and all it was built upon: by the changes of the line
 * that were taken, or because the branch took it back.
 */
export function holdsOffLine(
  state: ServiceState,
  outer: ReleaseNumber,
  { release: inner, origin }: Release,
  contains: Contains,
): boolean {
  if (origin.kind !== 'cherry-pick') return false
  if (!contains(outer, origin.onto)) return false
  if (state.takenIn.some(({ release, by }) => release === inner && contains(outer, by))) return true
  return origin.picked.every(({ release }) => release !== null && contains(outer, release))
}

/**
 * What went round the line and was not seen on its newest release yet: the branch may take it back at any time. What
 * people say of it is not seen: it is looked for all the same, because by its commit on the branch it may be rejected.
 */
export function notTakenIn(state: ServiceState, contains: Contains): readonly Release[] {
  const isSpokenOf = Object.values(state.releases).some(({ containsByWord }) => containsByWord.length > 0)
  return Object.values(state.releases).filter(
    ({ release, origin }) =>
      origin.kind === 'cherry-pick' &&
      isOwnChange(origin) &&
      (!contains(state.head, release) || (isSpokenOf && !isTakenIn(state, release, contains))),
  )
}

/** Whether the line was seen to do the same as what went round it. */
export function isTakenIn(state: ServiceState, change: ReleaseNumber, contains: Contains): boolean {
  return state.takenIn.some(({ release, by }) => release === change && contains(state.head, by))
}
