// The branch may take back what went round it without a word (behaviour 1.5, by patch-id), and only the source can tell.
// Where that was rejected, no release of the line enters before it is known whether it brings it back (2.7): missing
// knowledge is never a pass.
import type { ReleaseNumber } from '../names.ts'
import { isOfLine, releaseName } from '../release-number.ts'
import type { LineCommand } from './decide-line.ts'
import { contains } from './contains.ts'
import { accept, nothing, type Decision } from './decision.ts'
import type { GateReason } from './gate-reason.ts'
import { isOwnChange } from './off-line.ts'
import type { Release, ServiceState } from './state.ts'

/** Rejected changes of which it is not known yet whether `release` does the same to the files. */
export function uncomparedIn(state: ServiceState, release: ReleaseNumber): readonly ReleaseNumber[] {
  const newest = newestOfLine(state, release)
  return Object.values(state.releases)
    .filter(
      (other) =>
        isCompared(other) &&
        (state.compared?.[other.release] ?? 0) < newest &&
        !contains(state, release, other.release),
    )
    .map((other) => other.release)
}

/** What the line has still to be compared with, up to its newest release. */
export function toCompare(state: ServiceState): readonly Release[] {
  return Object.values(state.releases).filter(
    (other) => isCompared(other) && (state.compared?.[other.release] ?? 0) < state.head,
  )
}

/** Whether the line is compared with it: a change of its own that went round the line, and was rejected. */
export function isCompared({ origin, rejected }: Release): boolean {
  return rejected !== null && origin.kind === 'cherry-pick' && isOwnChange(origin)
}

/** An emergency passes the rejections that are `named`. */
export function comparingReason(
  state: ServiceState,
  release: ReleaseNumber,
  named: readonly ReleaseNumber[] = [],
): readonly GateReason[] {
  const open = uncomparedIn(state, release).filter((other) => !named.includes(other))
  if (open.length === 0) return []
  const names = open.map((one) => releaseName(one)).join(' and ')
  const text = `${names} went round the branch and was rejected; whether this brings it back is being looked at`
  return [{ code: 'gate/comparing', text, until: null }]
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
  if (!known || !isCompared(known) || upTo > state.head) return nothing
  if ((state.compared?.[release] ?? 0) >= upTo) return nothing
  return accept({ type: 'line-compared', release, upTo, at, by })
}
