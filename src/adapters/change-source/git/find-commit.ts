// The commit a person means by a branch, a tag or a name.
import type { Change } from '../../../domain/change/change.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { readChanges } from './read-changes.ts'
import { fetchBranch, needCommit, type Repository } from './repository.ts'
import { GitTrouble, gitText } from './run-git.ts'

const fullName = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
/** Branches, tags, short names, `HEAD~2`: nothing that git would read as an option, a range or a path. */
const plainWord = /^[\w][\w./+~^-]*$/

export async function findCommit(
  repository: Repository,
  { branch, commit }: { readonly branch: string; readonly commit: string },
  signal: AbortSignal,
): Promise<Change> {
  if (!plainWord.test(commit) || commit.includes('..')) {
    throw new PortFailure(
      `${JSON.stringify(commit)} cannot be the name of a commit. Give a branch, a tag or an object name.`,
      { code: 'source/not-a-commit-name', again: 'never' },
    )
  }
  if (fullName.test(commit)) await needCommit(repository, { branch, sha: commit }, signal)
  else if (repository.remote !== null) await fetchIfBranch(repository, commit, signal)
  const sha = await resolved(repository, commit, signal)
  const [change] = sha === undefined ? [] : await readChanges(repository, [sha], signal)
  if (change !== undefined) return change
  throw new PortFailure(
    `${repository.shown} has no branch, tag or commit ${commit}. Was it pushed, and is it spelled so?`,
    { code: 'source/no-commit', again: 'never' },
  )
}

/** A mirror knows only the branches it was asked for. */
async function fetchIfBranch(repository: Repository, word: string, signal: AbortSignal): Promise<void> {
  try {
    await fetchBranch(repository, word, signal)
  } catch (error) {
    // It is no branch there; it may still be a name that the mirror knows.
    if (!(error instanceof GitTrouble) || error.reason !== 'exit') throw error
  }
}

async function resolved(
  repository: Repository,
  word: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${word}^{commit}`]
    return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
  } catch (error) {
    if (error instanceof GitTrouble && (error.exitCode === 1 || error.exitCode === 128)) return undefined
    throw error
  }
}
