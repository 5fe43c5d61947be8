// Which changes a release contains (behaviour 1.5), from what the stream knows of the branch: the order of the line,
// rewrites that a person accepted, cherry-picks, trailers, and a person's word.
import type { ReleaseNumber } from '../names.ts'
import { baseOf, readReleaseName } from '../release-number.ts'
import { broughtBy, holdsOffLine, isTakenFor } from './off-line.ts'
import type { Release, ServiceState } from './state.ts'
import { lineBook, pairAnswer } from './worked-out.ts'

export function contains(state: ServiceState, outer: ReleaseNumber, inner: ReleaseNumber): boolean {
  if (outer === inner) return true
  const outerRelease = state.releases[outer]
  const innerRelease = state.releases[inner]
  // Releases that the state has let go are older than anything still live: whatever is newer contains them.
  if (!innerRelease) return baseOf(inner) < baseOf(outer)
  if (!outerRelease) return false
  if (outerRelease.line >= 0 && outerRelease.line === innerRelease.line && inner < outer) return true
  return pairAnswer(
    lineBook(state).contained,
    outer,
    inner,
    () => byAncestry(state, outerRelease, innerRelease) || statements(state, outerRelease, innerRelease),
  )
}

/**
 * Changes that `live` contains and `outer` lacks, oldest first. What came back after a rewrite need not have brought
 * along what it stood on, so having the newest of them is not enough.
 */
export function lacking(
  state: ServiceState,
  outer: ReleaseNumber,
  live: ReleaseNumber,
): readonly ReleaseNumber[] {
  const outerRelease = state.releases[outer]
  const liveRelease = state.releases[live]
  if (!outerRelease || !liveRelease) return contains(state, outer, live) ? [] : [live]
  // The usual case: the same commits, and everything they say.
  if (isOnLineOf(state, outerRelease, liveRelease)) return []
  // Settings are no part of a release: whatever enters is given those in force.
  return changesBetween(state, outer, live).filter(
    (release) => state.releases[release]?.origin.kind !== 'settings',
  )
}

/** Whether `inner` is an ancestor of `outer` by its own name. */
export function isOnLineOf(state: ServiceState, outer: Release, inner: Release): boolean {
  if (inner.line > outer.line) return false
  if (inner.line < 0) return inner.release === outer.release
  let newest = outer.release
  // A line may leave before the one before it began: what that one had is lost with it.
  for (let index = outer.line; index > inner.line; index -= 1)
    newest = Math.min(newest, state.lines[index]?.fork ?? 0)
  return inner.release <= newest
}

/** By its own name, or by the name it came back under after a rewrite; it may have been rewritten more than once. */
function byAncestry(state: ServiceState, outer: Release, inner: Release): boolean {
  if (isOnLineOf(state, outer, inner)) return true
  const has = (one: ReleaseNumber, other: ReleaseNumber): boolean => contains(state, one, other)
  if (outer.line < 0)
    return broughtBy(outer.origin, inner.release, has, (one, other) => isTwin(state, one, other))
  if (inner.line < 0) return holdsOffLine(state, outer.release, inner, has)
  return state.lines.some((line) =>
    line.carried.some((pair) => {
      const twin = pair.lost === inner.release ? state.releases[pair.as] : undefined
      return twin !== undefined && byAncestry(state, outer, twin)
    }),
  )
}

/** The same change under the same or, after a rewrite, another name. */
function isTwin(state: ServiceState, one: ReleaseNumber, other: ReleaseNumber): boolean {
  if (one === other) return true
  return state.lines.some((line) =>
    line.carried.some((pair) => pair.lost === other && isTwin(state, one, pair.as)),
  )
}

/**
 * Cherry-picks and trailers of the changes in `outer`, and of those that were taken for it; and the words of people. Who says that it contains a release
 * speaks of all that is in it; a cherry-pick brings one change. What was said of a change is said of it under every
 * name that rewrites gave it.
 */
function statements(state: ServiceState, outer: Release, inner: Release): boolean {
  const same = underAllNames(state, inner)
  const means = (named: Release | undefined): boolean => same.some((one) => holds(state, named, one))
  const saysWord = (speaker: Release): boolean =>
    speaker.containsByWord.some((word) => means(state.releases[word]))
  if (saysWord(outer)) return true
  return state.containers.some((number) => {
    const candidate = state.releases[number]
    if (!candidate) return false
    // Under another name it has a message of its own; and what people said was said of this one.
    const isItself = isOnLineOf(state, outer, candidate)
    if (!isItself && !isTakenFor(outer.origin, number)) return false
    const says = candidate.change.says
    return (
      (isItself && saysWord(candidate)) ||
      same.some((one) => namesCommits(says.cherryPickedFrom, one)) ||
      says.contains.some((word) =>
        Object.values(state.releases).some((named) => namesRelease(word, named) && means(named)),
      )
    )
  })
}

/** The change itself, and what it was called before and after rewrites, as far as that is still known. */
export function underAllNames(state: ServiceState, change: Release): readonly Release[] {
  if (state.lines.length === 1) return [change]
  const found = new Set([change.release])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const { carried } of state.lines)
      for (const { lost, as } of carried) {
        if (found.has(lost)) found.add(as)
        if (found.has(as)) found.add(lost)
      }
  }
  return [...found].flatMap((release) => state.releases[release] ?? [])
}

/** By its own name, or by those of all the commits that were taken for it. */
export function namesCommits(words: readonly string[], { change, origin }: Release): boolean {
  const isNamed = (sha: string): boolean => words.some((word) => namesCommit(word, sha))
  if (isNamed(change.sha)) return true
  return origin.kind === 'cherry-pick' && origin.picked.every(({ sha }) => isNamed(sha))
}

function holds(state: ServiceState, named: Release | undefined, inner: Release): boolean {
  return named !== undefined && (named.release === inner.release || byAncestry(state, named, inner))
}

/**
 * Whether `outer` has all that `inner` would bring. A hotfix may have the change of a release without what it stood
 * on: it contains that change, and the release still has something to bring.
 */
export function covers(state: ServiceState, outer: ReleaseNumber, inner: ReleaseNumber): boolean {
  if (!contains(state, outer, inner)) return false
  const isOfTheLine = (state.releases[outer]?.line ?? 0) >= 0
  return isOfTheLine || changesBetween(state, outer, inner).length === 0
}

/** Changes in `outer` that `base` lacks, oldest first; all of them for a stage that runs nothing. */
export function changesBetween(
  state: ServiceState,
  base: ReleaseNumber | null,
  outer: ReleaseNumber,
): readonly ReleaseNumber[] {
  return lineBook(state).ownChanges.filter(
    (release) => contains(state, outer, release) && (base === null || !contains(state, base, release)),
  )
}

/** A short or full object name against a full one; at least seven digits, as git abbreviates. */
export function namesCommit(word: string, sha: string): boolean {
  return word.length >= 7 && sha.startsWith(word.toLowerCase())
}

/** `#6`, `6`, `#5+1` or an object name. */
export function namesRelease(word: string, release: Release): boolean {
  const number = readReleaseName(word)
  if (number !== undefined) return number === release.release
  return namesCommit(word, release.change.sha)
}
