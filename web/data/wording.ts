// The words of the page for the words of the wire. One union, one switch: a new standing or phase breaks the build
// here instead of showing as an empty cell.
import type { AuditRow, Standing, StageView } from '../../src/api/board.ts'
import { releaseName } from '../../src/api/release-name.ts'
import { describeDuration, describeExactDuration } from './durations.ts'

export type Actor = AuditRow['by']
export type Rollout = NonNullable<StageView['rollout']>
export type Bake = NonNullable<StageView['bake']>

/** How loudly something speaks. `quiet` is what everything is when all is well. */
export type Tone = 'quiet' | 'moving' | 'held' | 'wrong'

export function nameRelease(release: number): string {
  return releaseName(release)
}

/** `#9`, `#9 and #10`, `#9, #10 and 3 more`. */
export function nameReleases(releases: readonly number[]): string {
  const names = releases.map(nameRelease)
  if (names.length <= 2) return names.join(' and ')
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`
  return `${names[0]}, ${names[1]} and ${names.length - 2} more`
}

export function nameActor(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return actor.name
    case 'machine':
      return `Sluice (${actor.rule})`
  }
}

export function nameStanding(standing: Standing): string {
  switch (standing) {
    case 'building':
      return 'building'
    case 'build-failed':
      return 'build failed'
    case 'waiting':
      return 'waiting'
    case 'rolling-out':
      return 'rolling out'
    case 'baking':
      return 'baking'
    case 'live':
      return 'live'
    case 'warm':
      return 'warm'
    case 'superseded':
      return 'superseded'
    case 'rolled-back':
      return 'rolled back'
    case 'rejected':
      return 'rejected'
  }
}

export function toneOfStanding(standing: Standing): Tone {
  switch (standing) {
    case 'building':
    case 'rolling-out':
    case 'baking':
      return 'moving'
    case 'build-failed':
    case 'rolled-back':
    case 'rejected':
      return 'wrong'
    case 'waiting':
    case 'live':
    case 'warm':
    case 'superseded':
      return 'quiet'
  }
}

/** `#12 over #11`, `Back to #11 from #12`. */
export function describeRoute(
  rollout: Pick<Rollout, 'release' | 'from' | 'direction'> & { readonly lane?: Rollout['lane'] },
): string {
  const release = nameRelease(rollout.release)
  if (rollout.from === null) return `${release}, the first here`
  const from = nameRelease(rollout.from)
  if (rollout.lane === 'probe' && rollout.direction === 'forward') return `Probe of ${release} beside ${from}`
  return rollout.direction === 'forward' ? `${release} over ${from}` : `Back to ${release} from ${from}`
}

/** `Step 2 (25%)`. */
export function describeStep(rollout: Pick<Rollout, 'step' | 'steps'>): string {
  const label = rollout.steps[rollout.step - 1]?.label
  return label === undefined ? `Step ${rollout.step}` : `Step ${rollout.step} (${label})`
}

export function laneWord(lane: Rollout['lane']): string {
  switch (lane) {
    case 'normal':
      return 'Rollout'
    case 'hotfix':
      return 'Hotfix'
    case 'emergency':
      return 'Emergency'
    case 'probe':
      return 'Probe'
  }
}

/** Where the rollout is, as a sentence without its full stop. */
export function describePhase(rollout: Pick<Rollout, 'phase' | 'step' | 'steps' | 'soakedMs'>): string {
  const step = rollout.steps[rollout.step - 1]
  const label = step?.label ?? `step ${rollout.step}`
  switch (rollout.phase) {
    case 'starting':
      return `Starting instances for ${label}`
    case 'shifting':
      return step === undefined ? 'Shifting traffic' : `Shifting traffic to ${step.percent}%`
    case 'checking':
      return `Checking at ${label}`
    case 'soaking':
      return `Soaking at ${label}: ${describeExactDuration(rollout.soakedMs)} of ${describeDuration(step?.soakMs ?? 0)} watched`
    case 'held':
      return `Held at ${label}`
    case 'finishing':
      return 'Finishing: the old instances drain'
  }
}

/** What one change still needs before it is cleared. */
export function describeLeft(
  change: { readonly watchedMs: number; readonly requests: number },
  bake: Pick<Bake, 'forMs' | 'requests'>,
): string {
  const left: string[] = []
  if (change.watchedMs < bake.forMs) left.push(describeDuration(bake.forMs - change.watchedMs))
  const requestsLeft = bake.requests - change.requests
  if (requestsLeft > 0) left.push(`${requestsLeft} ${requestsLeft === 1 ? 'request' : 'requests'}`)
  return left.length === 0 ? 'has its time and traffic' : `${left.join(' and ')} left`
}

/** Whom a stage asks, and who said yes so far. */
export function describeApproval(approve: NonNullable<StageView['approve']>): string {
  const who = approve.by.length === 0 ? 'anybody' : approve.by.join(', ')
  if (approve.settings !== null) {
    const { version, names, given: yes } = approve.settings
    const what = `Settings of version ${version} (${names.join(', ')}) are next.`
    return approve.byHand
      ? `${what} They go in when somebody promotes them.`
      : `${what} ${yes.length} of ${approve.n} said yes; ${who} may.`
  }
  const given = approve.given.length === 0 ? '' : `; yes from ${approve.given.join(' and ')}`
  const asked = approve.release === null ? '' : `${nameRelease(approve.release)} is next. `
  if (approve.byHand) return `${asked}It goes in when somebody promotes it${given}.`
  return `${asked}${approve.given.length} of ${approve.n} said yes; ${who} may${given}.`
}

/** A sentence that stands after another one. */
export function sentenceOf(text: string): string {
  return withStop(text.slice(0, 1).toUpperCase() + text.slice(1))
}

/** What a person wrote, as it was written, so that more may follow it. */
export function withStop(text: string): string {
  return /[.!?:]$/.test(text) ? text : `${text}.`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
