// One merged commit on the watched branch, with what its message says about other commits.

export type Person = { readonly name: string; readonly email: string }

export type Change = {
  /** Full object name of the commit. */
  readonly sha: string
  readonly author: Person
  readonly committer: Person
  readonly coAuthors: readonly Person[]
  readonly subject: string
  readonly committedAtMs: number
  /** Number of the pull request it came from, when its message says so. */
  readonly pullRequest: number | null
  readonly says: MessageFacts
  /** Commits before it that touch nothing of this service, and go along. Absent: none, or it has all of the repository. */
  readonly others?: { readonly count: number; readonly changes: readonly OtherChange[] }
}

export type OtherChange = Pick<Change, 'sha' | 'subject' | 'author'>

/** What a commit message says of other commits, by the forms of behaviour 1.5 and 2.7. */
export type MessageFacts = {
  /** Full or short object names from git's `This reverts commit <sha>` (merge form too). */
  readonly revertsCommits: readonly string[]
  /** Pull requests from GitHub's `Reverts owner/repo#N`. */
  readonly revertsPullRequests: readonly number[]
  /** Values of `Sluice-Fixes:`, object names or `#12`. */
  readonly fixes: readonly string[]
  /** Values of `Sluice-Contains:`. */
  readonly contains: readonly string[]
  /** From `(cherry picked from commit <sha>)`. */
  readonly cherryPickedFrom: readonly string[]
}
