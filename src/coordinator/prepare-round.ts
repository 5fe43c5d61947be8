// What a person calls a hotfix or an emergency by, made into what the rules decide on: a release of the line, or a
// commit that the source makes of changes taken onto what the stage runs. Nothing is decided here.
import type { Actor, EpochMs, ReleaseNumber, StageName } from '../domain/names.ts'
import { readReleaseName, releaseName } from '../domain/release-number.ts'
import type { PersonCommand, RoundWhat } from '../domain/service/command.ts'
import { changesBetween, covers } from '../domain/service/contains.ts'
import type { Refusal } from '../domain/service/decision.ts'
import { keptRef, nextOffLine } from '../domain/service/off-line.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import { asPortFailure } from '../ports/port-failure.ts'

export type RoundWish = {
  readonly lane: 'hotfix' | 'emergency'
  readonly stage: StageName
  /** Releases, branches or commits, in order; none: the newest of the line. */
  readonly changes: readonly string[]
  /** A release of the line goes with all it contains, and not its change alone. */
  readonly asIs: boolean
  /** The rollout that is kept, and built upon. */
  readonly onto?: ReleaseNumber | undefined
  readonly locks: readonly string[]
  readonly rejected: readonly ReleaseNumber[]
  readonly reason: string
  readonly tick: number
  readonly at: EpochMs
  readonly by: Actor
}

export type Prepared = { readonly command: PersonCommand } | { readonly refusal: Refusal }
type Found = { readonly sha: string; readonly release: ReleaseNumber | null }
type Sought = { readonly source: ChangeSource; readonly state: ServiceState; readonly signal: AbortSignal }

export async function prepareRound({ source, state, signal }: Sought, wish: RoundWish): Promise<Prepared> {
  try {
    const what = await whatOf({ source, state, signal }, wish)
    if ('refusal' in what) return what
    const { lane, stage, onto, locks, rejected, reason, tick, at, by } = wish
    const called = { stage, what, keeps: onto, locks, reason, tick, at, by }
    return {
      command: lane === 'hotfix' ? { type: lane, ...called } : { type: lane, rejected, ...called },
    }
  } catch (error) {
    const { code, message } = asPortFailure(error)
    return { refusal: { code, text: message } }
  }
}

/** Keeps the commit that was made from being collected, before anybody counts on it. */
export async function keepPicked(
  source: ChangeSource,
  state: ServiceState,
  command: PersonCommand,
): Promise<void> {
  if ((command.type !== 'hotfix' && command.type !== 'emergency') || 'release' in command.what) return
  const { onto, change } = command.what
  const number = nextOffLine(state, onto)
  if (!state.definition || number === undefined) return
  const ref = keptRef(state.definition.service, number)
  await source.keep({ git: state.definition.source.git, refs: new Map([[ref, change.sha]]) })
}

async function whatOf(sought: Sought, wish: RoundWish): Promise<RoundWhat | { readonly refusal: Refusal }> {
  const { state } = sought
  const base = wish.onto ?? stageOf(state, wish.stage).live?.release
  const found: Found[] = []
  for (const word of wish.changes) {
    const one = await find(sought, word)
    if ('refusal' in one) return one
    found.push(one)
  }
  const [first = { sha: '', release: state.head }, second] = found
  if (!second && first.release !== null && (wish.asIs || goesAsIs(state, base, first.release)))
    return { release: first.release }
  if (base === undefined)
    return no('round/nothing-live', `${wish.stage} runs nothing yet, so there is nothing to build upon`)
  return pick(sought, base, found)
}

/** What is next in order brings nothing else along, and what is not of the line was made for this. */
function goesAsIs(state: ServiceState, base: ReleaseNumber | undefined, release: ReleaseNumber): boolean {
  if (base === undefined || (state.releases[release]?.line ?? -1) < 0) return true
  if (covers(state, base, release)) return true
  return changesBetween(state, base, release).length === 1
}

async function find(
  { source, state, signal }: Sought,
  word: string,
): Promise<Found | { readonly refusal: Refusal }> {
  const number = readReleaseName(word)
  // A number of seven digits may as well be a short name of a commit.
  if (number !== undefined) {
    const known = state.releases[number]
    if (known) return { sha: known.change.sha, release: number }
    return no(
      'release/unknown',
      `there is no ${releaseName(number)}; the newest is ${releaseName(state.head)}`,
    )
  }
  if (!state.definition) return no('service/unknown', 'this service is not configured')
  const { git, branch } = state.definition.source
  const { sha } = await source.find({ git, branch, commit: word, signal })
  const known = Object.values(state.releases).find((release) => release.change.sha === sha)
  return { sha, release: known?.release ?? null }
}

async function pick(
  { source, state, signal }: Sought,
  base: ReleaseNumber,
  found: readonly Found[],
): Promise<RoundWhat | { readonly refusal: Refusal }> {
  const onto = state.releases[base]?.change.sha
  if (!state.definition || onto === undefined)
    return no('release/unknown', `${releaseName(base)} is not known any more`)
  const { git, branch } = state.definition.source
  const commits = found.map(({ sha }) => sha)
  const answer = await source.pick({ git, branch, onto, commits, signal })
  switch (answer.picked) {
    case 'made':
      return { onto: base, picked: found, change: answer.change }
    case 'nothing-new':
      return no(
        'round/already-live',
        `${releaseName(base)} does already what ${found.map(nameOf).join(' and ')} would do to the files`,
      )
    case 'conflict': {
      const one = found.find(({ sha }) => sha === answer.commit) ?? { sha: answer.commit, release: null }
      return no(
        'round/conflict',
        `${nameOf(one)} does not fit onto ${releaseName(base)}: both changed ${answer.files.join(', ')}. Name what it stands on along with it, push a commit made for ${releaseName(base)}, or send a release as it is: --as-is`,
      )
    }
  }
}

function nameOf({ sha, release }: Found): string {
  return release === null ? sha.slice(0, 8) : releaseName(release)
}

function no(code: string, text: string): { readonly refusal: Refusal } {
  return { refusal: { code, text } }
}
