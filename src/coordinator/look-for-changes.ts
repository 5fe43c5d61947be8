// Following the branch of one service: by polling, which is the truth, and early when something hints at news.
import { machine } from '../domain/names.ts'
import { isOfLine, releaseWord } from '../domain/release-number.ts'
import type { ServiceCommand } from '../domain/service/command.ts'
import type { ServiceState } from '../domain/service/state.ts'
import type { SourceLook } from '../ports/change-source.ts'
import { asPortFailure } from '../ports/port-failure.ts'
import { takenInLook } from './look-for-taken-in.ts'
import { GIVEN_UP } from './given-up.ts'
import { placeIn } from './place-in.ts'
import type { CoordinatorPorts, Paces } from './ports.ts'
import type { Work } from './work.ts'

/** Changes taken in at once; more come with the next look. */
const CHANGES_AT_ONCE = 100
/** After a rewrite nothing more is taken in until a person looked at it. */
const KNOWN_COMMITS_MAX = 200

export interface SourceWatch {
  /** Somebody says there is something new. */
  poke(): void
  trouble(): SourceTrouble | undefined
  stop(): Promise<void>
}

export type SourceWatchParts = {
  readonly service: string
  readonly state: () => ServiceState
  readonly work: Work
  readonly ports: CoordinatorPorts
  readonly paces: Paces
  /** The trouble is another than before. */
  readonly changed: () => void
}

type SourceTrouble = { readonly code: string; readonly message: string; readonly since: number }

export function watchSource({ service, state, work, ports, paces, changed }: SourceWatchParts): SourceWatch {
  const stopped = new AbortController()
  let nap = new AbortController()
  let poked = false
  let trouble: SourceTrouble | undefined
  const source = state().definition?.source
  const hint = (): void => {
    poked = true
    nap.abort(GIVEN_UP)
  }
  const unwatch = source
    ? ports.source.watch({ git: source.git, branch: source.branch }, hint)
    : (): void => {}

  const tell = (found: { readonly code: string; readonly message: string } | undefined): void => {
    const isSame = trouble?.code === found?.code && trouble?.message === found?.message
    if (isSame) return
    const since = trouble?.since ?? ports.clock.now()
    trouble = found ? { code: found.code, message: found.message, since } : undefined
    changed()
  }

  const lookOnce = async (): Promise<boolean> => {
    const known = state()
    if (!known.definition) return false
    const after = known.releases[known.head]?.change.sha ?? null
    const { git, branch, paths } = known.definition.source
    const look = await ports.source.look({
      git,
      branch,
      ...(paths === undefined ? {} : { paths }),
      after,
      known: commits(known),
      limit: CHANGES_AT_ONCE,
      signal: stopped.signal,
    })
    tell(look.found === 'empty' ? noCommitsYet(git, branch) : undefined)
    const command = commandOf(look, after, ports.clock.now())
    if (!command) return false
    const outcome = await work.handle(command)
    if (outcome.done && outcome.events.length > 0) await keep(state())
    return outcome.done && outcome.events.length > 0
  }

  const keep = async (known: ServiceState): Promise<void> => {
    if (!known.definition) return
    const refs = new Map(
      Object.values(known.releases).map(({ release, change }) => [
        `refs/sluice/${service}/${releaseWord(release)}`,
        change.sha,
      ]),
    )
    await ports.source.keep({ git: known.definition.source.git, refs })
  }

  const lookForTakenIn = takenInLook({ state, work, ports })

  const loop = async (): Promise<void> => {
    // All services look at once when a server starts; were they to go on in step, they would all look, and a slow source
    // be asked, in the same moment of every minute.
    let share = 1 - placeIn(service)
    while (!stopped.signal.aborted) {
      let pauseMs = (state().definition?.source.pollMs ?? paces.retryMsMax) * share
      poked = false
      try {
        if (await lookOnce()) pauseMs = 0
        await lookForTakenIn(stopped.signal)
      } catch (error) {
        const failure = asPortFailure(error)
        tell(failure)
        ports.log.warn(
          { service, code: failure.code, error: failure.message },
          'the source could not be looked at',
        )
      }
      if (poked || pauseMs === 0 || stopped.signal.aborted) continue
      nap = new AbortController()
      share = 1
      await ports.clock.sleep(pauseMs, nap.signal)
    }
  }
  const looping = loop()

  return {
    poke: hint,
    trouble: () => trouble,
    stop: async () => {
      stopped.abort(GIVEN_UP)
      nap.abort(GIVEN_UP)
      unwatch()
      await looping
    },
  }
}

function noCommitsYet(git: string, branch: string): { readonly code: string; readonly message: string } {
  return {
    code: 'source/no-commits',
    message: `${git} has no commits yet. The first one on ${branch} becomes #1, and is taken up by itself.`,
  }
}

function commits(state: ServiceState): readonly string[] {
  return Object.values(state.releases)
    .filter(({ release }) => isOfLine(release))
    .toSorted((left, right) => right.release - left.release)
    .slice(0, KNOWN_COMMITS_MAX)
    .map((release) => release.change.sha)
}

function commandOf(look: SourceLook, after: string | null, at: number): ServiceCommand | undefined {
  const by = machine('change source')
  switch (look.found) {
    case 'empty':
      return undefined
    case 'line':
      return look.changes.length === 0
        ? undefined
        : { type: 'report-changes', after, changes: look.changes, at, by }
    case 'rewritten':
      return after === null
        ? undefined
        : { type: 'report-rewrite', after, fork: look.fork, fresh: look.fresh, carried: look.carried, at, by }
  }
}
