// Which changes a release contains (behaviour 1.5), from what the stream knows of the branch: the order of the line,
// rewrites that a person accepted, cherry-picks, trailers, and a person's word.
import type { ReleaseNumber } from '../names.ts'
import type { Release, ServiceState } from './state.ts'
import { lineBook, pairAnswer } from './worked-out.ts'

export function contains(state: ServiceState, outer: ReleaseNumber, inner: ReleaseNumber): boolean {
  if (outer === inner) return true
  const outerRelease = state.releases[outer]
  const innerRelease = state.releases[inner]
  // Releases that the state has let go are older than anything still live: whatever is newer contains them.
  if (!innerRelease) return inner < outer
  if (!outerRelease) return false
  if (outerRelease.line === innerRelease.line && inner < outer) return true
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
  return changesBetween(state, outer, live)
}

/** Whether `inner` is an ancestor of `outer` by its own name. */
export function isOnLineOf(state: ServiceState, outer: Release, inner: Release): boolean {
  if (inner.line > outer.line) return false
  let newest = outer.release
  // A line may leave before the one before it began: what that one had is lost with it.
  for (let index = outer.line; index > inner.line; index -= 1)
    newest = Math.min(newest, state.lines[index]?.fork ?? 0)
  return inner.release <= newest
}

/** By its own name, or by the name it came back under after a rewrite; it may have been rewritten more than once. */
function byAncestry(state: ServiceState, outer: Release, inner: Release): boolean {
  if (isOnLineOf(state, outer, inner)) return true
  return state.lines.some((line) =>
    line.carried.some((pair) => {
      const twin = pair.lost === inner.release ? state.releases[pair.as] : undefined
      return twin !== undefined && byAncestry(state, outer, twin)
    }),
  )
}

/**
 * Cherry-picks and trailers of the changes in `outer`, and the words of people. Who says that it contains a release
 * speaks of all that is in it; a cherry-pick brings one change.
 */
function statements(state: ServiceState, outer: Release, inner: Release): boolean {
  const saysWord = (speaker: Release): boolean =>
    speaker.containsByWord.some((word) => holds(state, state.releases[word], inner))
  if (saysWord(outer)) return true
  return state.containers.some((number) => {
    const candidate = state.releases[number]
    // Under another name it has a message of its own; and what people said was said of this one.
    if (!candidate || !isOnLineOf(state, outer, candidate)) return false
    const says = candidate.change.says
    return (
      saysWord(candidate) ||
      says.cherryPickedFrom.some((sha) => namesCommit(sha, inner.change.sha)) ||
      says.contains.some((word) =>
        Object.values(state.releases).some(
          (named) => namesRelease(word, named) && holds(state, named, inner),
        ),
      )
    )
  })
}

function holds(state: ServiceState, named: Release | undefined, inner: Release): boolean {
  return named !== undefined && (named.release === inner.release || byAncestry(state, named, inner))
}

/** Changes in `outer` that `base` lacks, oldest first; all of them for a stage that runs nothing. */
export function changesBetween(
  state: ServiceState,
  base: ReleaseNumber | null,
  outer: ReleaseNumber,
): readonly ReleaseNumber[] {
  return lineBook(state).numbers.filter(
    (release) => contains(state, outer, release) && (base === null || !contains(state, base, release)),
  )
}

/** A short or full object name against a full one; at least seven digits, as git abbreviates. */
export function namesCommit(word: string, sha: string): boolean {
  return word.length >= 7 && sha.startsWith(word.toLowerCase())
}

/** `#6`, `6` or an object name. */
export function namesRelease(word: string, release: Release): boolean {
  const number = /^#?(\d{1,6})$/.exec(word)?.[1]
  if (number !== undefined) return Number(number) === release.release
  return namesCommit(word, release.change.sha)
}
