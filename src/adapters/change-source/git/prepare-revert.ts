// A branch that takes changes back: made of objects alone, and then named. Nothing is checked out, and nothing is pushed.
import type { RevertAnswer } from '../../../ports/change-source.ts'
import { identity, mergedTrees, OURS, parentTree, treeOf } from './pick-changes.ts'
import type { Repository } from './repository.ts'
import { GitTrouble, gitText } from './run-git.ts'

type Asked = {
  readonly onto: string
  readonly commits: readonly string[]
  readonly name: string
  readonly message: string
  readonly by: string
  readonly atMs: number
}

export async function prepareRevert(
  repository: Repository,
  { onto, commits, name, message, by, atMs }: Asked,
  signal: AbortSignal,
): Promise<RevertAnswer> {
  const before = await treeOf(repository, onto, signal)
  let tree = before
  for (const commit of commits) {
    const from = await treeOf(repository, commit, signal)
    const to = await parentTree(repository, commit, signal)
    const merged = await mergedTrees(repository, { ours: tree, from, to }, signal)
    if ('files' in merged) return { reverted: 'conflict', commit, files: merged.files }
    tree = merged.tree
  }
  if (tree === before) return { reverted: 'nothing-left' }
  const sha = await commitOf(repository, { tree, parent: onto, message, by, atMs }, signal)
  const there = await branchAt(repository, name, signal)
  const fetchFrom = repository.remote === null ? null : repository.gitDir
  if (there === undefined) await makeBranch(repository, name, sha, signal)
  // The same wish at another time: what is there does the same, upon the same head.
  else if ((await shapeOf(repository, there, signal)) !== `${tree} ${onto}`)
    return { reverted: 'branch-taken', sha: there }
  return { reverted: 'made', sha: there ?? sha, onto, fetchFrom }
}

async function commitOf(
  repository: Repository,
  wish: Pick<Asked, 'message' | 'by' | 'atMs'> & { readonly tree: string; readonly parent: string },
  signal: AbortSignal,
): Promise<string> {
  const date = `@${Math.floor(wish.atMs / 1000)} +0000`
  const author = { name: wish.by, email: `${wish.by.replace(/[^\w.+-]+/g, '.')}@localhost` }
  const env = { ...identity(author, OURS), GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }
  const args = ['commit-tree', wish.tree, '-p', wish.parent]
  return (await gitText({ gitDir: repository.gitDir, args, env, input: wish.message, signal })).trim()
}

async function branchAt(
  repository: Repository,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `refs/heads/${name}^{commit}`]
    return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
  } catch (error) {
    if (error instanceof GitTrouble && error.exitCode === 1) return undefined
    throw error
  }
}

/** Made only if nobody made it meanwhile. */
async function makeBranch(
  repository: Repository,
  name: string,
  sha: string,
  signal: AbortSignal,
): Promise<void> {
  const input = `create refs/heads/${name} ${sha}\n`
  await gitText({ gitDir: repository.gitDir, args: ['update-ref', '--stdin'], input, signal })
}

async function shapeOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string> {
  const args = ['log', '--max-count=1', '--format=%T %P', commit]
  return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
}
