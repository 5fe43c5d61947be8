// The scripted branch: commits, reverts, fixes, merges and rewrites, and the world's own word on what contains and
// undoes what. Written apart from the domain, on object names alone, so that the two can disagree.
import type { Change, MessageFacts } from '../../src/domain/change/change.ts'
import type { PickAnswer, SourceLook } from '../../src/ports/change-source.ts'
import type { Random } from '../random.ts'

export type Quality =
  | 'good'
  | 'bad'
  | 'bad-in-production'
  | 'crashing'
  | 'never-healthy'
  | 'failing-check'
  | 'slow'
  | 'late'
  | 'does-not-build'

export type Commit = {
  readonly sha: string
  readonly parent: string | null
  /** Grows with every commit of the world. */
  readonly order: number
  /** What the commit does to the files: the same under another name after a rewrite. */
  readonly patch: string
  readonly change: Change
  readonly quality: Quality
  /** Patches it takes back, repairs, and claims to contain: the truth behind the words of its message. */
  readonly reverts: readonly string[]
  readonly mends: readonly string[]
  readonly includes: readonly string[]
}

const noFacts: MessageFacts = {
  revertsCommits: [],
  revertsPullRequests: [],
  fixes: [],
  contains: [],
  cherryPickedFrom: [],
}

export type NewCommit = {
  readonly quality?: Quality
  readonly patch?: string
  readonly subject?: string
  readonly pullRequest?: number | null
  readonly says?: Partial<MessageFacts>
  readonly reverts?: readonly string[]
  readonly mends?: readonly string[]
  readonly includes?: readonly string[]
}

export interface Git {
  head(): string
  commit(sha: string): Commit
  byPatch(patch: string): Commit | undefined
  /** First-parent history up to and with `sha`, oldest first. */
  history(sha: string): readonly Commit[]
  push(commit: NewCommit): Commit
  /** A commit upon `parent`, on a branch of its own. */
  aside(parent: string, commit: NewCommit): Commit
  /** Takes commits onto another one, off the branch. */
  pick(onto: string, picked: readonly string[]): PickAnswer
  /** The first of a line that does to the files what a commit did. */
  heldBy(sha: string, line: readonly string[]): { readonly by: string; readonly how: 'patch' } | undefined
  /** Moves the branch: back to `fork`, then copies of `kept` under new names, in order. */
  rewrite(fork: string, kept: readonly Commit[]): void
  look(after: string | null, known: readonly string[], limit: number): SourceLook
}

export function createGit(random: Random, wallMs: () => number): Git {
  const commits = new Map<string, Commit>()
  const histories = new Map<string, readonly Commit[]>()
  let head = ''

  const newSha = (): string => {
    let sha = ''
    while (sha.length < 40) sha += random.int(0, 0xffffff).toString(16).padStart(6, '0')
    return sha.slice(0, 40)
  }

  const push = (made: NewCommit): Commit => {
    const commit = add(made, head)
    head = commit.sha
    return commit
  }

  const picked = new Map<string, string>()
  const pick: Git['pick'] = (onto, shas) => {
    let at = onto
    for (const sha of shas) {
      const { change, patch, quality, reverts, mends, includes } = commit(sha)
      if (history(at).some((one) => one.patch === patch)) continue
      const known = picked.get(`${sha} on ${at}`)
      const says = { ...change.says, cherryPickedFrom: [...change.says.cherryPickedFrom, sha] }
      const { subject, pullRequest } = change
      const made =
        known ?? add({ subject, pullRequest, patch, quality, reverts, mends, includes, says }, at).sha
      picked.set(`${sha} on ${at}`, made)
      at = made
    }
    return at === onto ? { picked: 'nothing-new' } : { picked: 'made', change: commit(at).change }
  }

  const add = (made: NewCommit, parent: string): Commit => {
    const sha = newSha()
    const person = { name: 'dev', email: 'dev@example.org' }
    const change: Change = {
      sha,
      author: person,
      committer: person,
      coAuthors: [],
      subject: made.subject ?? made.quality ?? 'good',
      committedAtMs: wallMs(),
      pullRequest: made.pullRequest ?? null,
      says: { ...noFacts, ...made.says },
    }
    const added: Commit = {
      sha,
      parent: parent === '' ? null : parent,
      order: commits.size,
      patch: made.patch ?? sha,
      change,
      quality: made.quality ?? 'good',
      reverts: made.reverts ?? [],
      mends: made.mends ?? [],
      includes: made.includes ?? [],
    }
    commits.set(sha, added)
    return added
  }

  const commit = (sha: string): Commit => {
    const found = commits.get(sha)
    if (!found) throw new Error(`the world has no commit ${sha}`)
    return found
  }

  const history = (sha: string): readonly Commit[] => {
    const known = histories.get(sha)
    if (known) return known
    const { parent } = commit(sha)
    const made = [...(parent === null ? [] : history(parent)), commit(sha)]
    histories.set(sha, made)
    return made
  }

  const look: Git['look'] = (after, known, limit) => {
    if (head === '') return { found: 'empty' }
    const line = history(head)
    if (after === null) return { found: 'line', changes: [commit(head).change] }
    const at = line.findIndex(({ sha }) => sha === after)
    if (at >= 0)
      return { found: 'line', changes: line.slice(at + 1, at + 1 + limit).map((one) => one.change) }
    const old = history(after)
    const forkAt = old.findLastIndex(({ sha }) => line.some((one) => one.sha === sha))
    const fork = forkAt < 0 ? null : old[forkAt]!.sha
    const fresh = line.slice(fork === null ? 0 : line.findIndex(({ sha }) => sha === fork) + 1)
    const lost = old.slice(forkAt + 1).filter(({ sha }) => known.includes(sha))
    const carried = lost.flatMap(({ sha, patch }) => {
      const twin = fresh.find((one) => one.patch === patch)
      return twin ? [{ lost: sha, as: twin.sha }] : []
    })
    return { found: 'rewritten', fork, fresh: fresh.map((one) => one.change), carried }
  }

  return {
    head: () => head,
    byPatch: (patch) => [...commits.values()].find((one) => one.patch === patch),
    commit,
    history,
    push,
    aside: (parent, made) => add(made, parent),
    pick,
    heldBy: (sha, line) => {
      const { patch } = commit(sha)
      const by = line.find((name) => commit(name).patch === patch)
      return by === undefined ? undefined : { by, how: 'patch' }
    },
    rewrite: (fork, kept) => {
      head = fork
      for (const { change, sha: _sha, parent: _parent, order: _order, ...kin } of kept)
        push({ ...kin, subject: change.subject, pullRequest: change.pullRequest, says: change.says })
    },
    look,
  }
}

/** Patches of `line`, oldest first, that nothing in force takes back, and those of them that are at fault. */
export function inForce(line: readonly Commit[]): {
  readonly standing: ReadonlySet<string>
  /** Patches that something in force takes back or repairs. */
  readonly lifted: ReadonlySet<string>
  readonly faulty: readonly Commit[]
} {
  const reverted = new Set<string>()
  const mended = new Set<string>()
  const standing = new Set<string>()
  const faulty: Commit[] = []
  for (const commit of line.toReversed()) {
    if (reverted.has(commit.patch)) continue
    standing.add(commit.patch)
    for (const patch of commit.reverts) reverted.add(patch)
    for (const patch of commit.mends) mended.add(patch)
    if (commit.quality !== 'good' && !mended.has(commit.patch)) faulty.push(commit)
  }
  return { standing, lifted: new Set([...reverted, ...mended]), faulty }
}
