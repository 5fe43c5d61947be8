// Changes taken onto another commit: made of objects alone, no branch and no work tree is involved. The same request
// makes the same commit, so that asking twice is harmless.
import type { PickAnswer } from '../../../ports/change-source.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import { readChanges } from './read-changes.ts'
import type { Repository } from './repository.ts'
import { decodeText, GitTrouble, gitBytes, gitText } from './run-git.ts'

/** Committer of what Sluice makes; the author stays who wrote the change. */
export const OURS = { name: 'Sluice', email: 'sluice@localhost' }
const ROUND = { GIT_AUTHOR_DATE: '@0 +0000', GIT_COMMITTER_DATE: '@0 +0000' }
const FILES_SHOWN_MAX = 200

export async function pickChanges(
  repository: Repository,
  { onto, commits }: { readonly onto: string; readonly commits: readonly string[] },
  signal: AbortSignal,
): Promise<PickAnswer> {
  const before = await treeOf(repository, onto, signal)
  let sha = onto
  let tree = before
  for (const commit of commits) {
    const merged = await mergedTree(repository, { ours: sha, commit }, signal)
    if ('files' in merged) return { picked: 'conflict', commit, files: merged.files }
    if (merged.tree === tree) continue
    tree = merged.tree
    sha = await commitAs(repository, { commit, tree, parent: sha }, signal)
  }
  if (tree === before) return { picked: 'nothing-new' }
  const [change] = await readChanges(repository, [sha], signal)
  if (change === undefined)
    throw new PortFailure(`${repository.shown} lost ${sha} while it was made.`, {
      code: 'source/no-commit',
      again: 'retry',
    })
  return { picked: 'made', change }
}

/** What `ours` becomes with the change of `commit` against its first parent. */
async function mergedTree(
  repository: Repository,
  { ours, commit }: { readonly ours: string; readonly commit: string },
  signal: AbortSignal,
): Promise<MergedTree> {
  const from = await parentTree(repository, commit, signal)
  const to = await treeOf(repository, commit, signal)
  return mergedTrees(repository, { ours: await treeOf(repository, ours, signal), from, to }, signal)
}

export type MergedTree = { readonly tree: string } | { readonly files: readonly string[] }

/**
 * What the files `ours` become with the change that leads `from` some files `to` others. Git merges what has a common
 * ancestor, so both sides are laid as children of `from` for the time of the merge.
 */
export async function mergedTrees(
  repository: Repository,
  { ours, from, to }: { readonly ours: string; readonly from: string; readonly to: string },
  signal: AbortSignal,
): Promise<MergedTree> {
  const base = await asCommit(repository, from, [], signal)
  const left = await asCommit(repository, ours, [base], signal)
  const right = await asCommit(repository, to, [base], signal)
  const chunks: Uint8Array[] = []
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', left, right]
  try {
    for await (const chunk of gitBytes({ gitDir: repository.gitDir, args, signal })) chunks.push(chunk)
  } catch (error) {
    // 1: it was merged, with conflicts; the answer names the files.
    if (!(error instanceof GitTrouble) || error.exitCode !== 1) throw error
    const [, ...files] = decodeText(Buffer.concat(chunks)).split('\0')
    return { files: files.filter((file) => file !== '').slice(0, FILES_SHOWN_MAX) }
  }
  return { tree: decodeText(Buffer.concat(chunks)).split('\0')[0]!.trim() }
}

export async function treeOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string> {
  const args = ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]
  return (await gitText({ gitDir: repository.gitDir, args, signal })).trim()
}

export async function parentTree(
  repository: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<string> {
  const args = ['rev-list', '--parents', '--max-count=1', '--end-of-options', commit]
  const [, parent] = (await gitText({ gitDir: repository.gitDir, args, signal })).trim().split(' ')
  if (parent !== undefined) return treeOf(repository, parent, signal)
  return (await gitText({ gitDir: repository.gitDir, args: ['mktree'], input: '', signal })).trim()
}

async function asCommit(
  repository: Repository,
  tree: string,
  parents: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])]
  const env = { ...identity(OURS, OURS), ...ROUND }
  return (await gitText({ gitDir: repository.gitDir, args, env, input: 'for a merge\n', signal })).trim()
}

async function commitAs(
  repository: Repository,
  { commit, tree, parent }: { readonly commit: string; readonly tree: string; readonly parent: string },
  signal: AbortSignal,
): Promise<string> {
  const { gitDir } = repository
  const args = ['log', '--max-count=1', '--encoding=UTF-8', '--format=%an%x00%ae%x00%at%x00%ct%x00%B', commit]
  const [name = '', email = '', written = '0', committed = '0', message = ''] = (
    await gitText({ gitDir, args, signal })
  ).split('\0')
  const env = {
    ...identity({ name, email }, OURS),
    GIT_AUTHOR_DATE: `@${written} +0000`,
    GIT_COMMITTER_DATE: `@${committed} +0000`,
  }
  const words = withOrigin(message, commit)
  return (
    await gitText({ gitDir, args: ['commit-tree', tree, '-p', parent], env, input: words, signal })
  ).trim()
}

type Person = { readonly name: string; readonly email: string }

export function identity(author: Person, committer: Person): Record<string, string> {
  return {
    // Git refuses a person without a name.
    GIT_AUTHOR_NAME: author.name.trim() === '' ? 'unknown' : author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
  }
}

/** Says where it was taken from, in the words of git. Trailers must stay the last paragraph to be read as such. */
export function withOrigin(message: string, commit: string): string {
  const text = message.trimEnd()
  const last = text.split('\n\n').at(-1) ?? ''
  const isTrailers =
    text.includes('\n\n') &&
    last.split('\n').every((line) => /^(?:[\w-]+: |\(cherry picked from )/.test(line))
  return `${text}${isTrailers ? '\n' : '\n\n'}(cherry picked from commit ${commit})\n`
}
