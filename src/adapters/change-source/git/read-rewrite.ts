// What a force-push left of the line we knew: where the two part, what is new, and what came back under another name.
import type { SourceLook } from '../../../ports/change-source.ts'
import { matchingNames } from './path-filter.ts'
import { readChanges } from './read-changes.ts'
import { hasCommit, type Repository } from './repository.ts'
import { gitLines } from './run-git.ts'

type Rewrite = Extract<SourceLook, { readonly found: 'rewritten' }>
type Pair = Rewrite['carried'][number]

/** Comparing patches reads every one of them; beyond this many on a side the newest are compared. */
const patchesComparedMax = 5_000

export async function readRewrite(
  repository: Repository,
  asked: {
    readonly head: string
    readonly after: string
    readonly known: readonly string[]
    readonly limit: number
    /** Only commits that touch one of these are changes of the service; empty: all are. */
    readonly paths?: readonly string[]
  },
  signal?: AbortSignal,
): Promise<Rewrite> {
  const { paths = [] } = asked
  const newLine = await firstParents(repository, asked.head, signal)
  const place = new Map(newLine.map((sha, index) => [sha, index]))
  const walked = await walkBack(repository, asked, place, signal)
  const { lost } = walked
  // Where paths are told apart not every commit is a release: the newest one that is, on both lines, is the fork.
  const fork = paths.length === 0 ? walked.fork : (asked.known.find((sha) => place.has(sha)) ?? null)
  const after = fork === null ? newLine : newLine.slice(0, place.get(fork))
  const own =
    paths.length === 0
      ? null
      : new Set(
          await matchingNames(
            repository,
            [asked.head, ...(fork === null ? [] : [`^${fork}`])],
            paths,
            signal,
          ),
        )
  const freshNewestFirst = own === null ? after : after.filter((sha) => own.has(sha))
  const fresh = freshNewestFirst.toReversed().slice(0, asked.limit)
  return {
    found: 'rewritten',
    fork,
    fresh: await readChanges(repository, fresh, signal),
    carried: await carriedOver(repository, lost, freshNewestFirst, signal),
  }
}

/** From the commit we knew back along the old line to the first one that the new line has as well. */
async function walkBack(
  repository: Repository,
  asked: { readonly after: string; readonly known: readonly string[] },
  place: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<{ readonly lost: readonly string[]; readonly fork: string | null }> {
  const lost = new Set<string>()
  let fork: string | null = null
  if (await hasCommit(repository, asked.after, signal)) {
    for (const sha of await firstParents(repository, asked.after, signal)) {
      if (place.has(sha)) {
        fork = sha
        break
      }
      lost.add(sha)
    }
  }
  // The old line may have been collected; what we know of it ourselves stands in.
  for (const sha of asked.known) {
    if (place.has(sha)) {
      fork ??= sha
      break
    }
    lost.add(sha)
  }
  return { lost: [...lost], fork }
}

async function firstParents(
  repository: Repository,
  from: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const names: string[] = []
  const args = ['rev-list', '--first-parent', '--end-of-options', from]
  for await (const sha of gitLines({ gitDir: repository.gitDir, args, signal })) names.push(sha)
  return names
}

async function carriedOver(
  repository: Repository,
  lost: readonly string[],
  fresh: readonly string[],
  signal?: AbortSignal,
): Promise<readonly Pair[]> {
  const there: string[] = []
  for (const sha of lost.slice(0, patchesComparedMax)) {
    if (await hasCommit(repository, sha, signal)) there.push(sha)
  }
  if (there.length === 0 || fresh.length === 0) return []
  const lostPatches = await patchIds(repository, there, signal)
  const freshPatches = await patchIds(repository, fresh.slice(0, patchesComparedMax), signal)
  const byPatch = new Map([...freshPatches].map(([sha, patch]) => [patch, sha]))
  return there.flatMap((sha) => {
    const patch = lostPatches.get(sha)
    const as = patch === undefined ? undefined : byPatch.get(patch)
    return as === undefined ? [] : [{ lost: sha, as }]
  })
}

/** Patch-id of each commit against its first parent; a commit without a difference has none. */
export async function patchIds(
  repository: Repository,
  shas: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { gitDir } = repository
  const ids = new Map<string, string>()
  for await (const line of gitLines({
    gitDir,
    args: ['patch-id', '--stable'],
    from: {
      gitDir,
      args: [
        'diff-tree',
        '--stdin',
        '--root',
        '-r',
        '-p',
        '--full-index',
        '--no-ext-diff',
        '--no-textconv',
        '--diff-merges=first-parent',
      ],
      input: shas.map((sha) => `${sha}\n`).join(''),
    },
    signal,
  })) {
    const [patch, sha] = line.split(' ')
    if (patch !== undefined && sha !== undefined) ids.set(sha, patch)
  }
  return ids
}
