// Which commits of a branch are a service's own, where several services share a repository: those that touch its paths,
// against their first parent. The commits between go along with the next one that is.
import type { Change, OtherChange } from '../../../domain/change/change.ts'
import { readChanges } from './read-changes.ts'
import type { Repository } from './repository.ts'
import { gitLines } from './run-git.ts'

/** Of what goes along so many are named; the rest is counted. */
const OTHERS_NAMED_MAX = 20

/** `services/api` is the folder and all in it; `!docs/**` leaves out what would match. */
export function pathspecs(paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const isExcluded = path.startsWith('!')
    const name = isExcluded ? path.slice(1) : path
    const kind = /[*?[]/.test(name) ? 'glob' : 'literal'
    return `:(top,${isExcluded ? `exclude,${kind}` : kind})${name}`
  })
}

/** First-parent commits of `range` that touch the paths, newest first. */
export async function matchingNames(
  repository: Repository,
  range: readonly string[],
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const specs = paths.length === 0 ? [] : ['--', ...pathspecs(paths)]
  const args = ['rev-list', '--first-parent', '--end-of-options', ...range, ...specs]
  const names: string[] = []
  for await (const sha of gitLines({ gitDir: repository.gitDir, args, signal })) names.push(sha)
  return names
}

/** The oldest `limit` changes of the range that are the service's own, oldest first, each with what goes along. */
export async function readOwnChanges(
  repository: Repository,
  asked: { readonly range: readonly string[]; readonly paths: readonly string[]; readonly limit: number },
  signal?: AbortSignal,
): Promise<readonly Change[]> {
  const own = (await matchingNames(repository, asked.range, asked.paths, signal))
    .toReversed()
    .slice(0, asked.limit)
  if (own.length === 0) return []
  const all = (await matchingNames(repository, asked.range, [], signal)).toReversed()
  const changes = await readChanges(repository, own, signal)
  const withOthers: Change[] = []
  let from = 0
  for (const change of changes) {
    const place = all.indexOf(change.sha, from)
    withOthers.push(await withOther(repository, change, all.slice(from, Math.max(from, place)), signal))
    from = place + 1
  }
  return withOthers
}

async function withOther(
  repository: Repository,
  change: Change,
  others: readonly string[],
  signal?: AbortSignal,
): Promise<Change> {
  if (others.length === 0) return change
  const named = await readChanges(repository, others.slice(-OTHERS_NAMED_MAX), signal)
  const changes = named.map(({ sha, subject, author }): OtherChange => ({ sha, subject, author }))
  return { ...change, others: { count: others.length, changes } }
}
