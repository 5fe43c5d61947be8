// Reads merged changes by driving the git binary: a folder's repository in place, a remote one through a mirror of our
// own. Never writes to anybody's work tree or branches; the only refs it makes are `refs/sluice/…`.
import type { ChangeSource, SourceLook } from '../../../ports/change-source.ts'
import type { Checkout } from '../../../ports/checkout.ts'
import type { Log } from '../../../ports/log.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { findCommit } from './find-commit.ts'
import { heldBy, isAncestor } from './held-by.ts'
import { pickChanges } from './pick-changes.ts'
import { checkOutCommit } from './check-out.ts'
import { inTurns } from './in-turns.ts'
import { createMirrorUse } from './mirror-use.ts'
import { nearestFirst } from './nearest-first.ts'
import { readOwnChanges } from './path-filter.ts'
import { postReceiveHook } from './post-receive-hook.ts'
import { readRewrite } from './read-rewrite.ts'
import { firstParentNames, readChanges } from './read-changes.ts'
import { branchesOf, fetchBranch, needCommit, openRepository, type Repository } from './repository.ts'
import { gitText } from './run-git.ts'
import { prepareRevert } from './prepare-revert.ts'
import { sourceFailure } from './source-failure.ts'
import { touchedFiles } from './touched-files.ts'
import { hintFile, watchRefs } from './watch-refs.ts'

export type GitSourceOptions = {
  /** Folder of our own, for mirrors of remote repositories and for hints. Made when missing. */
  readonly stateDir: string
  readonly log?: Log
}

export type GitSource = ChangeSource &
  Checkout & {
    /** Text of a `post-receive` hook that tells us at once of what was pushed. `sluice init` offers to write it. */
    hook(git: string): string
  }

const branchesShownMax = 8

export function createGitSource(options: GitSourceOptions): GitSource {
  const { stateDir } = options
  // Two fetches into one mirror would only get into each other's way.
  const takeTurn = inTurns()
  const mirrors = createMirrorUse(stateDir)

  async function withRepository<T>(
    git: string,
    signal: AbortSignal | undefined,
    work: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    using _ = mirrors.use(git)
    try {
      return await work(await takeTurn(git, () => openRepository(git, stateDir, signal)))
    } catch (error) {
      throw sourceFailure(error, git)
    }
  }

  return {
    look: ({ git, signal, ...asked }) =>
      withRepository(git, signal, async (repository) => {
        refuseOddBranch(asked.branch)
        const head = await takeTurn(git, () => fetchBranch(repository, asked.branch, signal))
        if (head === null) return await emptyOrNoBranch(repository, asked.branch, signal)
        return await lookFrom(repository, { ...asked, head, signal })
      }),

    keep: ({ git, refs }) => withRepository(git, undefined, (repository) => keepRefs(repository, refs)),

    watch: ({ git, branch }, hint) => watchRefs({ git, branch, stateDir, log: options.log }, hint),

    checkOut: ({ git, branch, sha, folder, signal }) =>
      withRepository(git, signal, async (repository) => {
        await takeTurn(git, () => needCommit(repository, { branch, sha }, signal))
        using submodules = new DisposableStack()
        const open = (url: string) => {
          submodules.use(mirrors.use(url))
          return takeTurn(url, () => openRepository(url, stateDir, signal))
        }
        await checkOutCommit({ repository, sha, folder, signal, open })
      }),

    retain: async (rule) => {
      try {
        return await mirrors.retain(rule)
      } catch (error) {
        throw sourceFailure(error, stateDir)
      }
    },
    find: ({ git, branch, commit, signal }) =>
      withRepository(git, signal, (repository) =>
        takeTurn(git, () => findCommit(repository, { branch, commit }, signal)),
      ),
    pick: ({ git, branch, onto, commits, signal }) =>
      withRepository(git, signal, async (repository) => {
        for (const sha of [onto, ...commits])
          await takeTurn(git, () => needCommit(repository, { branch, sha }, signal))
        return pickChanges(repository, { onto, commits }, signal)
      }),
    heldBy: ({ git, commit, origins, line, signal }) =>
      withRepository(git, signal, (repository) => heldBy(repository, { commit, origins, line }, signal)),

    touched: ({ git, commits, signal }) =>
      withRepository(git, signal, (repository) => touchedFiles(repository, commits, signal)),
    revert: ({ git, branch, signal, ...asked }) =>
      withRepository(git, signal, async (repository) => {
        refuseOddBranch(branch)
        refuseOddBranch(asked.name)
        const onto = await takeTurn(git, () => fetchBranch(repository, branch, signal))
        if (onto === null) throw noSuchBranch(repository, branch)
        for (const sha of asked.commits)
          await takeTurn(git, () => needCommit(repository, { branch, sha }, signal))
        return prepareRevert(repository, { onto, ...asked }, signal)
      }),

    hook: (git) => postReceiveHook(hintFile(stateDir, git)),
  }
}

async function lookFrom(
  repository: Repository,
  asked: {
    readonly head: string
    readonly after: string | null
    readonly known: readonly string[]
    readonly limit: number
    readonly paths?: readonly string[]
    readonly signal: AbortSignal
  },
): Promise<SourceLook> {
  const { head, after, signal, paths = [] } = asked
  const limit = Math.max(1, asked.limit)
  if (after === head) return { found: 'line', changes: [] }
  if (after === null) return { found: 'line', changes: await readChanges(repository, [head], signal) }
  if (!(await isAncestor(repository, after, head, signal))) {
    return await readRewrite(repository, { head, after, known: asked.known, limit, paths }, signal)
  }
  if (paths.length > 0) {
    const own = await readOwnChanges(repository, { range: [head, `^${after}`], paths, limit }, signal)
    return { found: 'line', changes: own }
  }
  const names = await firstParentNames(repository, [head, `^${after}`], limit, signal)
  return { found: 'line', changes: await readChanges(repository, names, signal) }
}

async function emptyOrNoBranch(
  repository: Repository,
  branch: string,
  signal: AbortSignal,
): Promise<SourceLook> {
  const branches = nearestFirst(branch, await branchesOf(repository, signal))
  if (branches.length === 0) return { found: 'empty' }
  const shown = branches.slice(0, branchesShownMax).join(', ')
  const more = branches.length > branchesShownMax ? `, and ${branches.length - branchesShownMax} more` : ''
  throw new PortFailure(`${repository.shown} has no branch ${branch}. It has: ${shown}${more}.`, {
    code: 'source/no-branch',
    again: 'never',
  })
}

function noSuchBranch({ shown }: Repository, branch: string): PortFailure {
  return new PortFailure(`${shown} has no branch ${branch}.`, { code: 'source/no-branch', again: 'never' })
}

function refuseOddBranch(branch: string): void {
  // Git's own rules for a ref, as far as they keep a name from meaning something else.
  if (/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(branch) && !branch.includes('..') && !branch.includes('@{'))
    return
  throw new PortFailure(`${JSON.stringify(branch)} cannot be the name of a branch. Check source.branch.`, {
    code: 'source/no-branch',
    again: 'never',
  })
}

async function keepRefs(repository: Repository, refs: ReadonlyMap<string, string>): Promise<void> {
  for (const [ref, sha] of refs) {
    if (/^refs\/sluice\/[\w.+-]+\/[\w.+-]+$/.test(ref) && /^[0-9a-f]{40,64}$/.test(sha)) continue
    throw new PortFailure(`${ref} -> ${sha} is not a ref that Sluice makes (refs/sluice/<service>/<n>).`, {
      code: 'source/bad-ref',
      again: 'never',
    })
  }
  if (refs.size === 0) return
  const input = [...refs].map(([ref, sha]) => `update ${ref} ${sha}\n`).join('')
  await gitText({ gitDir: repository.gitDir, args: ['update-ref', '--no-deref', '--stdin'], input })
}
