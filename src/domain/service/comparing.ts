// The branch may take back what went round it without a word (behaviour 1.5, by patch-id), and only the source can tell.
// Where that was rejected, under the one name or the other, nothing that would bring it back enters before it is known
// whether they are the same (2.7): missing knowledge is never a pass.
import type { ReleaseNumber } from '../names.ts'
import { isOfLine, releaseName } from '../release-number.ts'
import type { LineCommand } from './decide-line.ts'
import { contains } from './contains.ts'
import { accept, nothing, type Decision } from './decision.ts'
import type { GateReason } from './gate-reason.ts'
import { isOwnChange, isTakenIn } from './off-line.ts'
import type { Release, ServiceState } from './state.ts'
import { lineBook } from './worked-out.ts'

/** Rejected changes of which it is not known yet whether `release` does the same to the files. */
export function uncomparedIn(state: ServiceState, release: ReleaseNumber): readonly ReleaseNumber[] {
  const newest = newestOfLine(state, release)
  return wentRound(state)
    .filter(
      (other) =>
        other.rejected !== null &&
        comparedUpTo(state, other) < newest &&
        !contains(state, release, other.release),
    )
    .map((other) => other.release)
}

/**
 * Rejected commits of the line that may be what went round it, which `release` holds because somebody said so. They
 * are not in `release` themselves.
 */
export function uncomparedByWord(state: ServiceState, release: ReleaseNumber): readonly ReleaseNumber[] {
  if (!isOfLine(release)) return []
  const later = rejectedOfLine(state).filter((one) => !contains(state, release, one))
  if (later.length === 0) return []
  const held = wentRound(state).filter((other) => contains(state, release, other.release))
  return later.filter((one) => held.some((other) => isUnknownAgainst(state, other, one)))
}

/** What the line has still to be compared with, up to its newest release. */
export function toCompare(state: ServiceState): readonly Release[] {
  return wentRound(state).filter(
    (other) => comparedUpTo(state, other) < state.head && isCompared(state, other),
  )
}

/** Whether the line is compared with it: it was rejected, or something of the line was that may be the same. */
function isCompared(state: ServiceState, other: Release): boolean {
  return other.rejected !== null || rejectedOfLine(state).some((one) => isUnknownAgainst(state, other, one))
}

function isUnknownAgainst(state: ServiceState, other: Release, ofLine: ReleaseNumber): boolean {
  if (comparedUpTo(state, other) >= ofLine || !isHeldByWord(state, other)) return false
  return !isTakenIn(state, other.release, (outer, inner) => contains(state, outer, inner))
}

/** Whether people said of anything that it contains it: else what was not seen on the branch is in nothing of it. */
function isHeldByWord(state: ServiceState, other: Release): boolean {
  const { numbers } = lineBook(state)
  return numbers.some((number) => {
    const words = state.releases[number]?.containsByWord ?? []
    return words.some((word) => contains(state, word, other.release))
  })
}

/** Changes of their own that went round the line. */
function wentRound(state: ServiceState): readonly Release[] {
  return Object.values(state.releases).filter(
    ({ origin }) => origin.kind === 'cherry-pick' && isOwnChange(origin),
  )
}

function rejectedOfLine(state: ServiceState): readonly ReleaseNumber[] {
  return lineBook(state).rejected.flatMap(({ release }) => (isOfLine(release) ? [release] : []))
}

function comparedUpTo(state: ServiceState, { release }: Release): ReleaseNumber {
  return state.compared?.[release] ?? 0
}

/** An emergency passes the rejections that are `named`. */
export function comparingReason(
  state: ServiceState,
  release: ReleaseNumber,
  named: readonly ReleaseNumber[] = [],
): readonly GateReason[] {
  const open = uncomparedIn(state, release).filter((other) => !named.includes(other))
  const spoken = uncomparedByWord(state, release).filter((other) => !named.includes(other))
  return [
    ...reasonOf(
      open,
      'went round the branch and was rejected; whether this brings it back is being looked at',
    ),
    ...reasonOf(spoken, 'was rejected; whether it is what this is said to contain is being looked at'),
  ]
}

function reasonOf(releases: readonly ReleaseNumber[], words: string): readonly GateReason[] {
  if (releases.length === 0) return []
  const names = releases.map((one) => releaseName(one)).join(' and ')
  return [{ code: 'gate/comparing', text: `${names} ${words}`, until: null }]
}

/** The newest commit of the line that is in it. */
function newestOfLine(state: ServiceState, release: ReleaseNumber): ReleaseNumber {
  if (isOfLine(release)) return release
  const origin = state.releases[release]?.origin
  if (origin?.kind === 'settings') return newestOfLine(state, origin.of)
  if (origin?.kind !== 'cherry-pick') return 0
  const picked = origin.picked.flatMap((commit) => commit.release ?? [])
  return Math.max(...[origin.onto, ...picked].map((one) => newestOfLine(state, one)))
}

/** The line up to `upTo` was looked through; what was found is known already. */
export function reportCompared(
  state: ServiceState,
  { release, upTo, at, by }: Extract<LineCommand, { type: 'report-compared' }>,
): Decision {
  const known = state.releases[release]
  if (!known || upTo > state.head || comparedUpTo(state, known) >= upTo) return nothing
  if (!wentRound(state).includes(known) || !isCompared(state, known)) return nothing
  return accept({ type: 'line-compared', release, upTo, at, by })
}
