// A branch and a message that take a change back, for a person to look at and to merge. Nothing is opened, pushed or
// decided: what the revert does to the pipeline is decided when the branch has it.
import { revertBranch, revertMessage } from '../domain/change/revert-words.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'
import { contains, isOnLineOf } from '../domain/service/contains.ts'
import type { Refusal } from '../domain/service/decision.ts'
import { liftedBy, isLifted } from '../domain/service/lifting.ts'
import type { Release, ServiceState } from '../domain/service/state.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import { asPortFailure } from '../ports/port-failure.ts'

export type RevertWish = {
  readonly release: ReleaseNumber
  /** Left out: named after the release. */
  readonly branch?: string | undefined
  readonly reason: string
  readonly person: string
  readonly atMs: number
}

export type PreparedRevert = {
  readonly branch: string
  readonly sha: string
  /** Head of the watched branch, upon which it was made. */
  readonly onto: string
  readonly message: string
  readonly fetchFrom: string | null
}

type Sought = { readonly source: ChangeSource; readonly state: ServiceState; readonly signal: AbortSignal }

export async function prepareRevert(
  { source, state, signal }: Sought,
  { release, branch, reason, person, atMs }: RevertWish,
): Promise<PreparedRevert | { readonly refusal: Refusal }> {
  const known = state.releases[release]
  const { definition } = state
  if (!known || !definition)
    return no(
      'release/unknown',
      `there is no ${releaseName(release)}; the newest is ${releaseName(state.head)}`,
    )
  const refusal = notToRevert(state, known)
  if (refusal) return { refusal }
  if (!source.revert)
    return no('revert/not-here', 'this source cannot make branches; revert it where the code is')
  const name = branch ?? revertBranch(releaseName(release))
  const message = revertMessage(known.change, reason)
  const { git, branch: watched } = definition.source
  const commits = [known.change.sha]
  try {
    const wish = { git, branch: watched, commits, name, message, by: person, atMs, signal }
    const answer = await source.revert(wish)
    switch (answer.reverted) {
      case 'made': {
        const { sha, onto, fetchFrom } = answer
        return { branch: name, sha, onto, message, fetchFrom }
      }
      case 'conflict':
        return no(
          'revert/conflict',
          `${releaseName(release)} cannot be taken back by itself: ${answer.files.join(', ')} ${answer.files.length === 1 ? 'was' : 'were'} changed since. Take back what changed ${answer.files.length === 1 ? 'it' : 'them'} first, or by hand: git switch -c ${name} ${watched} && git revert ${known.change.sha.slice(0, 12)}`,
        )
      case 'nothing-left':
        return no(
          'revert/nothing-left',
          `${watched} has nothing left of what ${releaseName(release)} did to the files`,
        )
      case 'branch-taken':
        return no(
          'revert/branch-taken',
          `there is a branch ${name} already, at ${answer.sha.slice(0, 12)}, and it does something else; name another with --branch`,
        )
    }
  } catch (error) {
    const { code, message: text } = asPortFailure(error)
    return no(code, text)
  }
}

function notToRevert(state: ServiceState, { release, line, origin }: Release): Refusal | undefined {
  const name = releaseName(release)
  const head = state.releases[state.head]
  const known = state.releases[release]
  if (line < 0 || !head || !known || !isOnLineOf(state, head, known)) {
    const taken = state.takenIn.find((one) => one.release === release)
    if (taken)
      return refused('revert/taken-in', `the branch has ${name} as ${releaseName(taken.by)}; revert that one`)
    const of =
      origin.kind === 'cherry-pick'
        ? ' Its changes have releases of their own on the branch, if it was merged back.'
        : ''
    return refused(
      'revert/not-on-branch',
      `${name} is not on the branch, so there is nothing there to take back; a stage that runs it goes back with: sluice rollback.${of}`,
    )
  }
  if (!isLifted(state, release, state.head)) return undefined
  const by = state.lifters.find(
    (number) =>
      contains(state, state.head, number) &&
      liftedBy(state, state.releases[number] ?? known).includes(release),
  )
  return refused(
    'revert/already',
    `${by === undefined ? 'a later commit' : releaseName(by)} reverts or fixes ${name} already`,
  )
}

function refused(code: string, text: string): Refusal {
  return { code, text }
}

function no(code: string, text: string): { readonly refusal: Refusal } {
  return { refusal: refused(code, text) }
}
