// Rejected changes and what frees a release of them (behaviour 2.7): a revert or fix that is itself in force.
import type { ReleaseNumber, StageName } from '../names.ts'
import { isOfLine } from '../release-number.ts'
import {
  changesBetween,
  contains,
  namesCommit,
  namesCommits,
  namesRelease,
  underAllNames,
} from './contains.ts'
import { stageOf, type Release, type ServiceState } from './state.ts'
import { lineBook, pairAnswer, type Lifts } from './worked-out.ts'

function liftsOf(state: ServiceState, lifter: Release): Lifts {
  const known = lineBook(state).lifts
  const found = known.get(lifter.release)
  if (found) return found
  const reverted = withTwins(state, readReverted(state, lifter))
  const lifted = withTwins(state, readLifted(state, lifter, reverted))
  const made = { reverted, lifted }
  known.set(lifter.release, made)
  return made
}

/** Changes that `lifter` reverts. */
export function revertedBy(state: ServiceState, lifter: Release): readonly ReleaseNumber[] {
  return liftsOf(state, lifter).reverted
}

/** Changes that `lifter` reverts or fixes. */
export function liftedBy(state: ServiceState, lifter: Release): readonly ReleaseNumber[] {
  return liftsOf(state, lifter).lifted
}

/** A change that came back after a rewrite is the same change: who names it by one name means it by the other too. */
function withTwins(state: ServiceState, changes: readonly ReleaseNumber[]): readonly ReleaseNumber[] {
  const found = new Set(changes)
  for (let size = -1; size !== found.size; ) {
    size = found.size
    for (const { lost, as } of state.lines.flatMap((line) => line.carried)) {
      if (found.has(lost)) found.add(as)
      if (found.has(as)) found.add(lost)
    }
    for (const { release, by } of state.takenIn) if (found.has(by)) found.add(release)
  }
  return [...found].sort((a, b) => a - b)
}

function readReverted(state: ServiceState, lifter: Release): readonly ReleaseNumber[] {
  const { revertsCommits, revertsPullRequests } = lifter.change.says
  return Object.values(state.releases)
    .filter(
      (other) =>
        other.release !== lifter.release &&
        (revertsCommits.some((sha) => namesCommit(sha, other.change.sha)) ||
          (other.change.pullRequest !== null && revertsPullRequests.includes(other.change.pullRequest))),
    )
    .map((other) => other.release)
}

function readLifted(
  state: ServiceState,
  lifter: Release,
  reverted: readonly ReleaseNumber[],
): readonly ReleaseNumber[] {
  const fixed = Object.values(state.releases).filter(
    (other) =>
      other.release !== lifter.release && lifter.change.says.fixes.some((word) => namesRelease(word, other)),
  )
  return [...new Set([...reverted, ...fixed.map((other) => other.release)])].sort((a, b) => a - b)
}

/** Who names a commit off the line comes after it; on the line the numbers say who came first. */
function isLater(lifter: ReleaseNumber, change: ReleaseNumber): boolean {
  return lifter !== change && (lifter > change || !isOfLine(lifter) || !isOfLine(change))
}

function liftersOf(state: ServiceState): readonly Release[] {
  return state.lifters.flatMap((release) => state.releases[release] ?? [])
}

/** Whether `change` still does what it did within `outer`: nothing there reverts it that is itself in force. */
function inForce(state: ServiceState, change: ReleaseNumber, outer: ReleaseNumber): boolean {
  return !liftersOf(state).some(
    (other) =>
      isLater(other.release, change) &&
      contains(state, outer, other.release) &&
      revertedBy(state, other).includes(change) &&
      inForce(state, other.release, outer),
  )
}

/** Whether `outer` holds a revert or fix of `change` that is in force. */
export function isLifted(state: ServiceState, change: ReleaseNumber, outer: ReleaseNumber): boolean {
  if (state.lifters.length === 0) return false
  return pairAnswer(lineBook(state).lifted, outer, change, () =>
    liftersOf(state).some(
      (other) =>
        isLater(other.release, change) &&
        contains(state, outer, other.release) &&
        liftedBy(state, other).includes(change) &&
        inForce(state, other.release, outer),
    ),
  )
}

/**
 * Rejected changes that keep `release` out of a stage. A stage that runs such a change already goes on receiving. What a
 * rewrite renamed is the same change: a hotfix may bring it in under the name it had before. So is what went round the
 * branch, and what the branch took it back by.
 */
export function blockedBy(
  state: ServiceState,
  release: ReleaseNumber,
  stage: StageName,
): readonly ReleaseNumber[] {
  const live = stageOf(state, stage).live
  return lineBook(state)
    .rejected.filter((other) => {
      const names = sameChanges(state, other)
      const carried = names.filter((name) => contains(state, release, name))
      return (
        carried.length > 0 &&
        !(live !== null && names.some((name) => contains(state, live.release, name))) &&
        !carried.some((name) => isLifted(state, name, release))
      )
    })
    .map((other) => other.release)
}

/** By whatever name something contains it, also only by the word of a person, it contains the same. */
function sameChanges(state: ServiceState, change: Release): readonly ReleaseNumber[] {
  const first = pickedBy(state, change)
  const names = [change, ...first].flatMap((one) => underAllNames(state, one).map(({ release }) => release))
  const takenIn = state.takenIn.flatMap(({ release, by }) =>
    names.includes(release) ? [by] : names.includes(by) ? [release] : [],
  )
  return [...new Set([...names, ...takenIn])]
}

/** The changes that its message says it was cherry-picked from. */
function pickedBy(state: ServiceState, { release, change }: Release): readonly Release[] {
  const { cherryPickedFrom } = change.says
  if (cherryPickedFrom.length === 0) return []
  return Object.values(state.releases).filter(
    (other) => other.release !== release && namesCommits(cherryPickedFrom, other),
  )
}

/**
 * Changes of `release`, beyond `base`, that are still judged in a stage: not cleared there, not rejected, and not
 * lifted by something in the release itself (what was lifted is judged as part of the commit that lifts it).
 */
export function unclearedIn(
  state: ServiceState,
  stage: StageName,
  release: ReleaseNumber,
  base: ReleaseNumber | null,
): readonly ReleaseNumber[] {
  const { marks } = stageOf(state, stage)
  return changesBetween(state, base, release).filter(
    (change) =>
      (marks[change]?.cleared ?? null) === null &&
      (state.releases[change]?.rejected ?? null) === null &&
      !isLifted(state, change, release),
  )
}
