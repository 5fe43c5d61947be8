import type { Change } from '../domain/change/change.ts'
import type { Touched } from '../domain/change/touched.ts'

/** What the source found since it was last asked. */
export type SourceLook =
  /** New first-parent commits after `after`, oldest first. Empty when nothing is new. */
  | { readonly found: 'line'; readonly changes: readonly Change[] }
  /** `after` is no longer on the branch: somebody rewrote history (behaviour 1.4). */
  | {
      readonly found: 'rewritten'
      /** Newest commit that both histories share, by first parent; null when they share none. */
      readonly fork: string | null
      /** First-parent commits after the fork on the new line, oldest first. */
      readonly fresh: readonly Change[]
      /** Lost commits that came back under another name, by patch-id. */
      readonly carried: readonly { readonly lost: string; readonly as: string }[]
    }
  /** The branch has no commit yet. */
  | { readonly found: 'empty' }

/** What taking changes onto another commit came to. */
export type PickAnswer =
  /** A commit that no branch points to; keep it with `keep`. The same request makes the same commit. */
  | { readonly picked: 'made'; readonly change: Change }
  /** `commit` does not fit: these files were changed on both sides. */
  | { readonly picked: 'conflict'; readonly commit: string; readonly files: readonly string[] }
  /** `onto` does already what the commits do. */
  | { readonly picked: 'nothing-new' }

/** What preparing a revert came to. */
export type RevertAnswer =
  | {
      readonly reverted: 'made'
      /** The commit that the branch points to now. */
      readonly sha: string
      /** The head that it was made upon. */
      readonly onto: string
      /** Repository that has the branch, where that is a copy of our own; null: the one that was named. */
      readonly fetchFrom: string | null
    }
  /** Taking `commit` back does not fit: these files were changed since. */
  | { readonly reverted: 'conflict'; readonly commit: string; readonly files: readonly string[] }
  /** The head has nothing left of what the commits did. */
  | { readonly reverted: 'nothing-left' }
  /** There is a branch of that name already, and it holds something else. */
  | { readonly reverted: 'branch-taken'; readonly sha: string }

export interface ChangeSource {
  /**
   * Looks at the branch. `after: null` = first sight: returns the head only (it becomes #1).
   * `known` are the commits of releases we know, newest first, for finding what a rewrite left and carried along.
   * May be slow (a fetch); one call at a time per service; safe to repeat. At most `limit` changes a call; more come
   * with the next. With `paths`, only commits that touch one of them (against their first parent) are changes; those
   * between go along with the next one. `services/api` is a folder, `libs/*.ts` a pattern, `!docs/**` leaves out.
   */
  look(request: {
    readonly git: string
    readonly branch: string
    readonly paths?: readonly string[]
    readonly after: string | null
    readonly known: readonly string[]
    readonly limit: number
    readonly signal: AbortSignal
  }): Promise<SourceLook>
  /**
   * The commit a person means: a branch, a tag, a full or a short name. Fails with `source/no-commit`, or
   * `source/not-a-commit-name` for what cannot be one.
   */
  find(request: {
    readonly git: string
    readonly branch: string
    readonly commit: string
    readonly signal: AbortSignal
  }): Promise<Change>
  /**
   * Takes commits, in order, onto another one, as `git cherry-pick -x` would (a merge by its first parent), without
   * touching anybody's branches or work tree.
   */
  pick(request: {
    readonly git: string
    readonly branch: string
    readonly onto: string
    readonly commits: readonly string[]
    readonly signal: AbortSignal
  }): Promise<PickAnswer>
  /**
   * Which commit of `line` (first-parent, oldest first) is the first to hold what `commit` did: all of `origins` as
   * ancestors, or a commit that does the same to the files. Undefined while none does.
   */
  heldBy(request: {
    readonly git: string
    readonly branch: string
    readonly commit: string
    readonly origins: readonly string[]
    readonly line: readonly string[]
    readonly signal: AbortSignal
  }): Promise<{ readonly by: string; readonly how: 'ancestry' | 'patch' } | undefined>
  /**
   * What each commit does to files, against its first parent. Commits that are not at hand are left out of the answer:
   * nothing is fetched for it. Left out where the source has no files to speak of.
   */
  touched?(request: {
    readonly git: string
    readonly commits: readonly string[]
    readonly signal: AbortSignal
  }): Promise<ReadonlyMap<string, Touched>>
  /**
   * Makes a branch `name` upon the head of `branch` that takes the commits back, in the order given (a merge against its
   * first parent), with one commit of this message; `by` is its author. Nobody's other branches or work tree are
   * touched, and nothing is pushed. Asking again with the same words and time gives the same branch. Left out where the
   * source cannot write.
   */
  revert?(request: {
    readonly git: string
    readonly branch: string
    readonly commits: readonly string[]
    readonly name: string
    readonly message: string
    readonly by: string
    readonly atMs: number
    readonly signal: AbortSignal
  }): Promise<RevertAnswer>
  /** Keeps commits of kept releases from being collected, by refs of our own (`refs/sluice/<service>/<n>`). Idempotent. */
  keep(request: { readonly git: string; readonly refs: ReadonlyMap<string, string> }): Promise<void>
  /**
   * Removes copies of repositories that are not in `keep` (as `git` names them), the longest unused first, until all of
   * them together, the kept ones too, take no more than `bytesMax`; never one in use. Returns what went. Left out where
   * nothing is copied.
   */
  retain?(rule: { readonly keep: readonly string[]; readonly bytesMax: number }): Promise<readonly string[]>
  /** Calls back when something may be new (a hook, a file that changed); a hint, polling is the truth. */
  watch(request: { readonly git: string; readonly branch: string }, hint: () => void): () => void
}
