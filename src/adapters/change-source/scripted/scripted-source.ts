// A branch that moves as the script says. What a look finds is a function of the clock and of what was pushed.
import type { Change } from '../../../domain/change/change.ts'
import { parseMessage } from '../../../domain/change/parse-message.ts'
import type { ChangeSource, SourceLook } from '../../../ports/change-source.ts'
import type { Clock } from '../../../ports/clock.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

export type ScriptedPush = {
  /** When it happens, by the clock's `now`. */
  readonly atMs: number
  /** Commit that the branch goes back to first; `null` drops all of it. Left out: it stays where it is. */
  readonly onto?: string | null
  readonly changes: readonly Change[]
  /** Commits the branch lost that are among `changes` under another name, by patch. */
  readonly carried?: readonly { readonly lost: string; readonly as: string }[]
}

/** From `fromMs` until `toMs` every look ends in this failure. */
export type ScriptedOutage = { readonly fromMs: number; readonly toMs: number; readonly code: string }

export type ScriptedSource = ChangeSource & {
  /** Happens now; watchers are told. */
  push(push: Omit<ScriptedPush, 'atMs'>): void
  /** What was asked to be kept. */
  readonly kept: ReadonlyMap<string, string>
}

type Branch = { readonly line: readonly Change[]; readonly carried: readonly { lost: string; as: string }[] }

export function createScriptedSource(options: {
  readonly clock: Clock
  readonly pushes?: readonly ScriptedPush[]
  readonly outages?: readonly ScriptedOutage[]
  /** The branch that is pushed to; a look at another one is refused. */
  readonly branch?: string
}): ScriptedSource {
  const { clock, outages = [], branch = 'main' } = options
  const pushes: ScriptedPush[] = [...(options.pushes ?? [])].sort((a, b) => a.atMs - b.atMs)
  const watchers = new Set<() => void>()
  const kept = new Map<string, string>()

  const now = (): Branch => {
    let line: readonly Change[] = []
    const carried = []
    for (const push of pushes) {
      if (push.atMs > clock.now()) break
      line = [...movedTo(line, push.onto), ...push.changes]
      carried.push(...(push.carried ?? []))
    }
    return { line, carried }
  }

  const all = (): readonly Change[] => pushes.flatMap(({ changes }) => changes)

  return {
    kept,
    look: async (request) => {
      if (request.signal.aborted) throw gaveUp(request.git)
      const outage = outages.find(({ fromMs, toMs }) => clock.now() >= fromMs && clock.now() < toMs)
      if (outage !== undefined) {
        throw new PortFailure(`${request.git} is away, as scripted.`, { code: outage.code, again: 'retry' })
      }
      if (request.branch !== branch) throw noBranch(request, branch)
      return lookAt(now(), request)
    },
    find: async ({ git, commit }) => {
      const found = all().find(({ sha }) => sha === commit || (commit.length >= 4 && sha.startsWith(commit)))
      if (found !== undefined) return found
      throw new PortFailure(`${git} has no commit ${commit}.`, { code: 'source/no-commit', again: 'never' })
    },
    pick: async ({ onto, commits }) => {
      const made = commits.reduce((sha, commit) => pickedName(sha, commit), onto)
      const last = all().find(({ sha }) => sha === commits.at(-1))
      return last === undefined
        ? { picked: 'conflict', commit: commits.at(-1) ?? '', files: [] }
        : { picked: 'made', change: { ...last, sha: made } }
    },
    heldBy: async ({ origins, line }) => {
      const places = origins.map((origin) => line.indexOf(origin))
      const by = places.includes(-1) ? undefined : line[Math.max(...places)]
      return by === undefined ? undefined : { by, how: 'ancestry' }
    },
    keep: async ({ refs }) => {
      for (const [ref, sha] of refs) {
        if (!ref.startsWith('refs/sluice/')) {
          throw new PortFailure(`${ref} is not a ref that Sluice makes.`, {
            code: 'source/bad-ref',
            again: 'never',
          })
        }
        kept.set(ref, sha)
      }
    },
    watch: (_, hint) => {
      watchers.add(hint)
      return () => void watchers.delete(hint)
    },
    push: (push) => {
      const atMs = clock.now()
      // Among what is scripted, so that a later look sees both in their order.
      const after = pushes.findIndex((each) => each.atMs > atMs)
      pushes.splice(after < 0 ? pushes.length : after, 0, { ...push, atMs })
      for (const hint of watchers) hint()
    },
  }
}

/** A name that follows from what was taken onto what. */
function pickedName(onto: string, commit: string): string {
  return `${commit.slice(0, 20)}${onto.slice(0, 20)}`
}

/** A change with everything filled in that a story does not care about. */
export function scriptedChange(
  sha: string,
  message: string,
  more: Partial<Omit<Change, 'sha' | 'subject' | 'says'>> = {},
): Change {
  const { subject, coAuthors, pullRequest, says } = parseMessage(message)
  const author = more.author ?? { name: 'Anna Author', email: 'anna@example.com' }
  return { sha, author, committer: author, coAuthors, subject, committedAtMs: 0, pullRequest, ...more, says }
}

function movedTo(line: readonly Change[], onto: string | null | undefined): readonly Change[] {
  if (onto === undefined) return line
  if (onto === null) return []
  const place = line.findIndex((change) => change.sha === onto)
  if (place < 0) {
    throw new PortFailure(`The script goes back to ${onto}, which the branch does not have.`, {
      code: 'source/no-commit',
      again: 'never',
    })
  }
  return line.slice(0, place + 1)
}

type Asked = Parameters<ChangeSource['look']>[0]

function lookAt({ line, carried }: Branch, { after, known, limit }: Asked): SourceLook {
  const head = line.at(-1)
  if (head === undefined) return { found: 'empty' }
  if (after === null) return { found: 'line', changes: [head] }
  const place = line.findIndex((change) => change.sha === after)
  if (place >= 0) return { found: 'line', changes: line.slice(place + 1, place + 1 + limit) }
  const fork = known.find((sha) => line.some((change) => change.sha === sha)) ?? null
  const forkPlace = line.findIndex((change) => change.sha === fork)
  const freshNames = new Set(line.slice(forkPlace + 1).map((change) => change.sha))
  return {
    found: 'rewritten',
    fork,
    fresh: line.slice(forkPlace + 1, forkPlace + 1 + limit),
    carried: carried.filter(({ as, lost }) => freshNames.has(as) && !freshNames.has(lost)),
  }
}

function gaveUp(git: string): PortFailure {
  return new PortFailure(`Reading ${git} took longer than it was given.`, {
    code: 'source/gave-up',
    again: 'retry',
  })
}

function noBranch({ git, branch }: Asked, there: string): PortFailure {
  return new PortFailure(`${git} has no branch ${branch}. It has: ${there}.`, {
    code: 'source/no-branch',
    again: 'never',
  })
}
