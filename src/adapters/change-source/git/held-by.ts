// Whether the branch took back what went round it: by ancestry, or by doing the same to the files.
import { patchIds } from './read-rewrite.ts'
import { hasCommit, type Repository } from './repository.ts'
import { GitTrouble, gitSaysYes } from './run-git.ts'

export type Held = { readonly by: string; readonly how: 'ancestry' | 'patch' }

export async function heldBy(
  repository: Repository,
  asked: { readonly commit: string; readonly origins: readonly string[]; readonly line: readonly string[] },
  signal: AbortSignal,
): Promise<Held | undefined> {
  const { commit, origins, line } = asked
  const head = line.at(-1)
  if (head === undefined) return undefined
  const holdsAll = async (newer: string): Promise<boolean> => {
    for (const origin of origins) if (!(await isAncestor(repository, origin, newer, signal))) return false
    return origins.length > 0
  }
  if ((await isAncestor(repository, commit, head, signal)) || (await holdsAll(head)))
    for (const sha of line)
      if ((await isAncestor(repository, commit, sha, signal)) || (await holdsAll(sha)))
        return { by: sha, how: 'ancestry' }
  if (!(await hasCommit(repository, commit, signal))) return undefined
  const patches = await patchIds(repository, [commit, ...line], signal)
  const patch = patches.get(commit)
  const by = patch === undefined ? undefined : line.find((sha) => patches.get(sha) === patch)
  return by === undefined ? undefined : { by, how: 'patch' }
}

export async function isAncestor(
  repository: Repository,
  older: string,
  newer: string,
  signal: AbortSignal,
): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', older, newer]
  try {
    return await gitSaysYes({ gitDir: repository.gitDir, args, signal })
  } catch (error) {
    // The older one is not even there any more.
    if (error instanceof GitTrouble && error.exitCode === 128) return false
    throw error
  }
}
