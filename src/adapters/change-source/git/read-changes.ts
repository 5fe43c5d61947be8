// Commits read from git and turned into changes, a stream of any length at a time.
import type { Change, Person } from '../../../domain/change/change.ts'
import { mergedFacts, type MergedCommit } from '../../../domain/change/merged-facts.ts'
import { parseMessage } from '../../../domain/change/parse-message.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { Repository } from './repository.ts'
import { decodeText, gitBytes, gitLines, type GitCall } from './run-git.ts'

type Commit = {
  readonly sha: string
  readonly parents: readonly string[]
  readonly author: Person
  readonly committer: Person
  readonly committedAtMs: number
  readonly message: string
}

const fields = ['%H', '%P', '%an', '%ae', '%cn', '%ce', '%ct', '%B']
const readAs = ['-z', '--encoding=UTF-8', `--format=tformat:${fields.join('%x00')}`]
/** A message may be of any size. Its trailers are at the end, so the beginning and the end are kept. */
const fieldBytesMax = 1024 * 1024
/** What one merge may bring in before the rest of it goes unread. */
const mergedCommitsMax = 20_000

/** First-parent commits of `range`, oldest first, at most `limit`: the oldest ones. */
export async function firstParentNames(
  repository: Repository,
  range: readonly string[],
  limit: number,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const oldest: string[] = []
  let next = 0
  const call = {
    gitDir: repository.gitDir,
    args: ['rev-list', '--first-parent', '--end-of-options', ...range],
    signal,
  }
  // Git lists the newest first; a ring keeps the last ones it says.
  for await (const sha of gitLines(call)) {
    oldest[next % limit] = sha
    next++
  }
  if (next <= limit) return oldest.reverse()
  const start = next % limit
  return [...oldest.slice(start), ...oldest.slice(0, start)].reverse()
}

/** The changes that these commits are, in the order given. */
export async function readChanges(
  repository: Repository,
  shas: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Change[]> {
  if (shas.length === 0) return []
  const call: GitCall = {
    gitDir: repository.gitDir,
    args: ['log', '--no-walk=unsorted', ...readAs, '--stdin'],
    input: shas.map((sha) => `${sha}\n`).join(''),
    signal,
  }
  const changes: Change[] = []
  for await (const commit of commitsOf(call)) {
    const merged = commit.parents.length > 1 ? await readMerged(repository, commit, signal) : []
    changes.push(asChange(commit, merged))
  }
  return changes
}

async function readMerged(
  repository: Repository,
  merge: Commit,
  signal?: AbortSignal,
): Promise<readonly Commit[]> {
  const call: GitCall = {
    gitDir: repository.gitDir,
    // Topological order: whatever takes a commit back is read before that commit.
    args: [
      'log',
      '--topo-order',
      `--max-count=${mergedCommitsMax}`,
      ...readAs,
      merge.sha,
      `^${merge.parents[0]}`,
    ],
    signal,
  }
  const merged: Commit[] = []
  for await (const commit of commitsOf(call)) if (commit.sha !== merge.sha) merged.push(commit)
  return merged
}

function asChange(commit: Commit, merged: readonly Commit[]): Change {
  const own = parseMessage(commit.message)
  const brought: MergedCommit[] = []
  const people: Person[] = [...own.coAuthors]
  for (const each of merged) {
    const parsed = parseMessage(each.message)
    brought.push({ sha: each.sha, says: parsed.says })
    people.push(each.author, ...parsed.coAuthors)
  }
  return {
    sha: commit.sha,
    author: commit.author,
    committer: commit.committer,
    coAuthors: othersThan(commit.author, people),
    subject: own.subject,
    committedAtMs: commit.committedAtMs,
    pullRequest: own.pullRequest,
    says: mergedFacts(own.says, brought),
  }
}

function othersThan(author: Person, people: readonly Person[]): readonly Person[] {
  const seen = new Map<string, Person>()
  for (const person of people) {
    const key = person.email.toLowerCase()
    if (key !== author.email.toLowerCase() && !seen.has(key)) seen.set(key, person)
  }
  return [...seen.values()]
}

async function* commitsOf(call: GitCall): AsyncGenerator<Commit> {
  let record: string[] = []
  for await (const field of zeroEnded(gitBytes(call))) {
    record.push(field)
    if (record.length < fields.length) continue
    yield asCommit(record)
    record = []
  }
  if (record.length > 0) {
    throw new PortFailure('git log ended in the middle of a commit.', {
      code: 'source/git-failed',
      again: 'retry',
    })
  }
}

function asCommit(record: readonly string[]): Commit {
  const [sha, parents, authorName, authorEmail, committerName, committerEmail, seconds, message] = record
  return {
    sha: sha ?? '',
    parents: (parents ?? '').split(' ').filter((name) => name !== ''),
    author: { name: authorName ?? '', email: authorEmail ?? '' },
    committer: { name: committerName ?? '', email: committerEmail ?? '' },
    committedAtMs: Number(seconds) * 1000,
    message: message ?? '',
  }
}

/** Cuts a stream at its zero bytes. A field over the limit loses its middle. */
export async function* zeroEnded(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number = fieldBytesMax,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
      yield decodeText(headAndTail([...parts, chunk.subarray(from, end)], bytesMax))
      parts = []
      size = 0
      from = end + 1
    }
    if (from === chunk.length) continue
    parts.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > 2 * bytesMax) {
      parts = [headAndTail(parts, bytesMax)]
      size = bytesMax
    }
  }
  if (size > 0) yield decodeText(headAndTail(parts, bytesMax))
}

function headAndTail(parts: readonly Uint8Array[], bytesMax: number): Uint8Array {
  const whole = Buffer.concat(parts)
  if (whole.length <= bytesMax) return whole
  const half = Math.floor(bytesMax / 2)
  return Buffer.concat([whole.subarray(0, half), whole.subarray(whole.length - half)])
}
