// The line of changes: merges, rewrites, builds, rejections.
import type { Change } from '../change/change.ts'
import { isOnLineOf, namesCommit } from './contains.ts'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import type { ServiceCommand } from './command.ts'
import { reportCompared } from './comparing.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import { whyNotGone } from './retire-stage.ts'
import { refuseNeeded } from './needs.ts'
import { isLifted } from './lifting.ts'
import { rejection } from './rejection.ts'
import { retryCommand } from './release-command.ts'
import { markOf, type Release, type ServiceState } from './state.ts'
import { releaseName } from '../release-number.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
export type LineCommand = Of<
  | 'configure'
  | 'report-changes'
  | 'report-rewrite'
  | 'accept-history'
  | 'report-taken-in'
  | 'report-compared'
  | 'report-build-started'
  | 'report-build-done'
  | 'report-build-failed'
  | 'retry-build'
  | 'reject'
  | 'unreject'
  | 'retry'
>

export function decideLine(state: ServiceState, command: LineCommand): Decision {
  switch (command.type) {
    case 'configure':
      return configure(state, command)
    case 'report-changes':
      return reportChanges(state, command)
    case 'report-rewrite':
      return reportRewrite(state, command)
    case 'accept-history':
      return acceptHistory(state, command)
    case 'report-taken-in':
      return reportTakenIn(state, command)
    case 'report-compared':
      return reportCompared(state, command)
    case 'report-build-started':
    case 'report-build-done':
    case 'report-build-failed':
      return reportBuild(state, command)
    case 'retry-build':
      return retryBuild(state, command.release, command)
    case 'reject':
      return reject(state, command)
    case 'unreject':
      return unreject(state, command)
    case 'retry':
      return command.stage === undefined
        ? retryBuild(state, command.release, command)
        : retryEntry(state, command)
  }
}

/** A stage that holds a release, instances, a lock or a pin cannot vanish (behaviour 4.5). */
function configure(state: ServiceState, { definition, bornWith = [], at, by }: Of<'configure'>): Decision {
  const kept = new Set(definition.stages.flatMap(({ stage, renamedFrom }) => [stage, renamedFrom ?? stage]))
  for (const stage of Object.values(state.stages)) {
    if (kept.has(stage.stage)) continue
    const why = whyNotGone(stage)
    if (why !== undefined) return refuse('config/stage-in-use', why)
  }
  const needed = refuseNeeded(state, definition)
  if (needed) return needed
  if (JSON.stringify(state.definition) === JSON.stringify(definition)) return nothing
  const born = bornWith.filter(({ stage, lock }) => isBornHere(state, definition, stage, lock.id))
  return accept(
    { type: 'service-configured', definition, at, by },
    ...born.map(({ stage, lock }): ServiceEvent => ({ type: 'stage-locked', stage, lock, at, by })),
  )
}

/** A stage of that name was not there before: it is new, or had another name, and brings what it was locked with. */
function isBornHere(state: ServiceState, definition: ServiceDefinition, name: string, lock: string): boolean {
  const found = definition.stages.find(({ stage }) => stage === name)
  if (found === undefined || state.stages[name]) return false
  const before = state.stages[found.renamedFrom ?? name]
  return !before?.locks.some(({ id }) => id === lock)
}

function reportChanges(state: ServiceState, { after, changes, at, by }: Of<'report-changes'>): Decision {
  // A late answer speaks of an older head; the next look asks again from the newer one.
  if (state.rewritten || (state.releases[state.head]?.change.sha ?? null) !== after) return nothing
  return {
    events: changes.map((change, index) => ({
      type: 'change-merged',
      release: state.head + 1 + index,
      change,
      at,
      by,
    })),
  }
}

function reportRewrite(state: ServiceState, command: Of<'report-rewrite'>): Decision {
  const head = state.releases[state.head]
  if (!head || head.change.sha !== command.after) return nothing
  // A commit may be of the line more than once: a branch that was set back has its newest one again.
  const kept = Object.values(state.releases)
    .filter(({ line }) => line >= 0)
    .findLast(({ change }) => change.sha === command.fork)
  const fork = kept?.release ?? 0
  const lost = Object.values(state.releases)
    .filter((release) => release.release > fork && isOnLineOf(state, head, release))
    .map((release) => release.release)
  const { carried, at, by } = command
  // Set back, with nothing new: what is its newest commit now goes on as a release that lacks what was dropped.
  const fresh = command.fresh.length > 0 || !kept ? command.fresh : [kept.change]
  if (state.rewritten && sameCommits(state.rewritten.fresh, fresh)) return nothing
  return accept({ type: 'history-rewritten', fork, lost, fresh, carried, at, by })
}

function sameCommits(left: readonly Change[], right: readonly Change[]): boolean {
  return left.length === right.length && left.every(({ sha }, index) => right[index]?.sha === sha)
}

function acceptHistory(state: ServiceState, { reason, at, by }: Of<'accept-history'>): Decision {
  const { rewritten } = state
  if (!rewritten)
    return refuse('history/not-rewritten', 'the branch has not been rewritten; there is nothing to accept')
  const merged = rewritten.fresh.map(
    (change, index): ServiceEvent => ({
      type: 'change-merged',
      release: state.head + 1 + index,
      change,
      at,
      by,
    }),
  )
  return accept({ type: 'history-accepted', reason, at, by }, ...merged)
}

function reportTakenIn(
  state: ServiceState,
  { release, takenInBy, how, at, by }: Of<'report-taken-in'>,
): Decision {
  const holder = Object.values(state.releases).find(
    (known) => known.line >= 0 && known.change.sha === takenInBy,
  )
  if (!holder || !state.releases[release]) return nothing
  if (state.takenIn.some((known) => known.release === release && known.by === holder.release)) return nothing
  return accept({ type: 'change-taken-in', release, takenInBy: holder.release, how, at, by })
}

function reportBuild(
  state: ServiceState,
  command: Of<'report-build-started' | 'report-build-done' | 'report-build-failed'>,
): Decision {
  const build = state.releases[command.release]?.build
  if (!build || build.attempt !== command.attempt) return nothing
  const { release, attempt, at, by } = command
  if (command.type === 'report-build-started')
    return build.state === 'waiting' ? accept({ type: 'build-started', release, attempt, at, by }) : nothing
  if (build.state !== 'running' && build.state !== 'waiting') return nothing
  if (command.type === 'report-build-done') {
    const { artifact, run, sizeBytes, hardCoded } = command
    const found = hardCoded === undefined ? {} : { hardCoded }
    return accept({ type: 'build-succeeded', release, attempt, artifact, run, sizeBytes, ...found, at, by })
  }
  const failed: ServiceEvent = {
    type: 'build-failed',
    release,
    attempt,
    fault: command.fault,
    message: command.message,
    at,
    by,
  }
  // The builder's own trouble is tried once more by itself.
  if (command.fault === 'builder' && attempt === 1)
    return accept(failed, { type: 'build-retried', release, at, by })
  return accept(failed)
}

function retryBuild(
  state: ServiceState,
  number: number,
  { at, by }: { at: number; by: ServiceEvent['by'] },
): Decision {
  const release = state.releases[number]
  if (!release) return unknown(state, number)
  if (release.build.state !== 'failed')
    return refuse(
      'build/not-failed',
      `the build of ${releaseName(number)} has not failed, so there is nothing to retry; name a stage to let it enter that again: sluice retry '${releaseName(number)}' STAGE`,
    )
  return accept({ type: 'build-retried', release: number, at, by })
}

function retryEntry(state: ServiceState, command: Of<'retry'>): Decision {
  const { release, stage: name, at, by } = command
  const stage = state.stages[name ?? '']
  if (!state.releases[release]) return unknown(state, release)
  if (!stage) return nothing
  const once = retryCommand(stage, command)
  if (once) return once
  const origin = state.releases[release]?.origin
  if (origin?.kind === 'settings') return onlySetAgain(origin)
  if (stage.live?.release === release)
    return refuse('retry/live', `${releaseName(release)} is what ${stage.stage} runs`)
  if (!markOf(stage, release).entered)
    return refuse(
      'retry/not-entered',
      `${releaseName(release)} has not been in ${stage.stage} yet; it enters by itself when its turn comes`,
    )
  return accept({ type: 'entry-retried', stage: stage.stage, release, at, by })
}

function reject(state: ServiceState, { release, reason, at, by }: Of<'reject'>): Decision {
  const known = state.releases[release]
  if (!known) return unknown(state, release)
  if (known.rejected)
    return refuse(
      'release/already-rejected',
      `${releaseName(release)} is already rejected: ${known.rejected.reason}`,
    )
  return accept(rejection(state, release, { reason, at, by }))
}

function unreject(state: ServiceState, { release, reason, at, by }: Of<'unreject'>): Decision {
  const known = state.releases[release]
  if (!known) return unknown(state, release)
  if (known.origin.kind === 'settings') return onlySetAgain(known.origin)
  if (!known.rejected) return refuse('release/not-rejected', `${releaseName(release)} is not rejected`)
  return accept({ type: 'change-unrejected', release, reason, at, by })
}

/** Settings that were rolled back have no other way in (behaviour 4.5). */
function onlySetAgain({ stage, version }: { readonly stage: string; readonly version: number }): Decision {
  return refuse(
    'settings/set-again',
    `version ${version} of the settings of ${stage} comes in again when it is set again: sluice vars history ${stage}`,
  )
}

export function unknown(state: ServiceState, release: number): Decision {
  return refuse(
    'release/unknown',
    `there is no ${releaseName(release)}; the newest is ${releaseName(state.head)}`,
  )
}

/** The release a person means by an object name. */
export function releaseBySha(state: ServiceState, sha: string): Release | undefined {
  return Object.values(state.releases).find((release) => namesCommit(sha, release.change.sha))
}

/** Whether the line already holds something in force that undoes or mends `release`. */
export function isAnswered(state: ServiceState, release: number): boolean {
  return isLifted(state, release, state.head)
}
