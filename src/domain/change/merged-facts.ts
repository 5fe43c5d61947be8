// A merge brings in commits whose messages count too: the merge of a revert branch says nothing of the revert itself,
// the commit inside it does.
import type { MessageFacts } from './change.ts'

export type MergedCommit = { readonly sha: string; readonly says: MessageFacts }

/**
 * What a merge says: its own words and those of the commits it brought in, newest first. A commit that a newer one of
 * the same branch took back says nothing, and a revert of such a commit is nobody else's business.
 */
export function mergedFacts(own: MessageFacts, merged: readonly MergedCommit[]): MessageFacts {
  const takenBack = new Set<string>()
  const inForce: MessageFacts[] = [own]
  const within = (name: string) => merged.find((commit) => commit.sha.startsWith(name))
  for (const commit of merged) {
    if (takenBack.has(commit.sha)) continue
    const outward = commit.says.revertsCommits.filter((name) => {
      const target = within(name)
      if (target !== undefined) takenBack.add(target.sha)
      return target === undefined
    })
    inForce.push({ ...commit.says, revertsCommits: outward })
  }
  return {
    revertsCommits: [...new Set(inForce.flatMap((facts) => facts.revertsCommits))],
    revertsPullRequests: [...new Set(inForce.flatMap((facts) => facts.revertsPullRequests))],
    fixes: [...new Set(inForce.flatMap((facts) => facts.fixes))],
    contains: [...new Set(inForce.flatMap((facts) => facts.contains))],
    cherryPickedFrom: [...new Set(inForce.flatMap((facts) => facts.cherryPickedFrom))],
  }
}
