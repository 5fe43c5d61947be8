// The message and the branch of a revert, in the words that are understood again when it is merged (behaviour 2.7).
import type { Change } from './change.ts'

const SUBJECT_MAX = 200

/**
 * Git's own words. No trailer beside them: a branch that is squashed with the revert of this revert in it would keep the
 * trailer, and free what it no longer takes back.
 */
export function revertMessage({ sha, subject }: Change, reason: string): string {
  const title = subject.length > SUBJECT_MAX ? `${subject.slice(0, SUBJECT_MAX)}…` : subject
  const head = /^Revert ".*"$/.test(title) ? `Reapply ${title.slice('Revert '.length)}` : `Revert "${title}"`
  return `${head}\n\nThis reverts commit ${sha}.\n${reason === '' ? '' : `\n${reason}\n`}`
}

/** `revert-7`; `revert-5-1` for `#5+1`. */
export function revertBranch(name: string): string {
  return `revert-${name.replace('#', '').replace('+', '-')}`
}
