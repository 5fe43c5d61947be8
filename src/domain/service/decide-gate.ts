// Locks and pins (behaviour 4.2, 2.8): closed gates with an owner, a reason and an end.
import type { ReleaseNumber } from '../names.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import { isAnswered, unknown } from './decide-line.ts'
import type { ServiceEvent } from './event.ts'
import { ownReasons } from './gates.ts'
import { candidates, liveOrLast } from './queue.ts'
import { heldByLockAlone, lockOverstaysAt } from './lock-alone.ts'
import { lockEndsAt } from './lock-times.ts'
import { rejection } from './rejection.ts'
import { stageOf, type Lock, type ServiceState, type StageState } from './state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type GateCommand = Of<
  | 'lock'
  | 'edit-lock'
  | 'unlock'
  | 'pin'
  | 'unpin'
  | 'warn-of-expiry'
  | 'expire-lock'
  | 'tell-of-hold'
  | 'note-lock-alone'
  | 'warn-of-long-lock'
>

export function decideGate(state: ServiceState, command: GateCommand): Decision {
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'lock':
      return lock(state, stage, command)
    case 'edit-lock':
      return editLock(state, stage, command)
    case 'unlock':
      return unlock(state, stage, command)
    case 'pin':
      return stage.pin
        ? refuse('pin/already', `${stage.stage} is already pinned: ${stage.pin.reason}`)
        : accept({
            type: 'stage-pinned',
            stage: stage.stage,
            reason: command.reason,
            at: command.at,
            by: command.by,
          })
    case 'unpin':
      return unpin(state, stage, command)
    case 'warn-of-expiry':
      return warn(stage, command)
    case 'expire-lock':
      return expire(state, stage, command)
    case 'tell-of-hold':
      return stage.hold && !stage.hold.told
        ? accept({
            type: 'hold-told',
            stage: stage.stage,
            reason: stage.hold.reason,
            at: command.at,
            by: command.by,
          })
        : nothing
    case 'note-lock-alone':
      return noteLockAlone(state, stage, command)
    case 'warn-of-long-lock':
      return warnOfLongLock(state, stage, command)
  }
}

function noteLockAlone(state: ServiceState, stage: StageState, { at, by }: Of<'note-lock-alone'>): Decision {
  const definition = definitionOf(state, stage)
  if (!state.definition || !definition) return nothing
  const release = heldByLockAlone(state, state.definition, definition, at)
  if (release === (stage.lockAlone?.release ?? null)) return nothing
  return accept({ type: 'lock-stood-alone', stage: stage.stage, release, at, by })
}

function warnOfLongLock(
  state: ServiceState,
  stage: StageState,
  { at, by }: Of<'warn-of-long-lock'>,
): Decision {
  const { lockAlone } = stage
  const definition = definitionOf(state, stage)
  if (!lockAlone || lockAlone.warned || !definition) return nothing
  const when = lockOverstaysAt(definition.window, lockAlone.since)
  if (when === null || when > at) return nothing
  return accept({ type: 'lock-overstayed', stage: stage.stage, release: lockAlone.release, at, by })
}

function definitionOf(state: ServiceState, stage: StageState): StageDefinition | undefined {
  return state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
}

function lock(state: ServiceState, stage: StageState, command: Of<'lock'>): Decision {
  const { at, by, id, owner, reason, forMs, incident, allTracks, everywhere } = command
  const suspect = command.suspect === undefined ? newestIn(stage) : command.suspect
  if (suspect !== null && !state.releases[suspect]) return unknown(state, suspect)
  if (stage.locks.some((other) => other.id === id)) return nothing
  const made: Lock = {
    id,
    owner,
    reason,
    since: at,
    expiresAt: at + forMs,
    incident,
    suspect,
    ...(command.hard ? { hard: true } : {}),
    warned30: null,
    warned5: null,
    ...(allTracks === true ? { allTracks } : {}),
    ...(everywhere ? { everywhere } : {}),
  }
  return accept({ type: 'stage-locked', stage: stage.stage, lock: made, at, by })
}

function newestIn(stage: StageState): number | null {
  return stage.rollout?.direction === 'forward' ? stage.rollout.release : (stage.live?.release ?? null)
}

function editLock(state: ServiceState, stage: StageState, command: Of<'edit-lock'>): Decision {
  const old = stage.locks.find((other) => other.id === command.lock)
  if (!old) return noSuchLock(stage, command.lock)
  if (old.everywhere && !command.everywhere) return refuseAlone(stage, old)
  if (command.suspect && !state.releases[command.suspect]) return unknown(state, command.suspect)
  const moved = command.forMs !== undefined
  const made: Lock = {
    ...old,
    reason: command.reason ?? old.reason,
    incident: command.incident === undefined ? old.incident : command.incident,
    suspect: command.suspect === undefined ? old.suspect : command.suspect,
    expiresAt: command.forMs === undefined ? old.expiresAt : command.at + command.forMs,
    // A new expiry is warned of anew.
    warned30: moved ? null : old.warned30,
    warned5: moved ? null : old.warned5,
  }
  return accept({ type: 'lock-edited', stage: stage.stage, lock: made, at: command.at, by: command.by })
}

function unlock(state: ServiceState, stage: StageState, command: Of<'unlock'>): Decision {
  const own = stage.locks.filter(({ everywhere }) => !everywhere)
  const several = own.length > 0 ? own : stage.locks
  const wanted =
    command.lock === undefined ? several : stage.locks.filter((other) => other.id === command.lock)
  const [found, second] = wanted
  if (!found)
    return command.lock === undefined
      ? refuse('lock/none', `${stage.stage} is not locked`)
      : noSuchLock(stage, command.lock)
  if (second)
    return refuse(
      'lock/several',
      `${stage.stage} has ${wanted.length} locks; say which: ${wanted.map((other) => `${other.id} (${other.owner}: ${other.reason})`).join(', ')}`,
    )
  if (found.everywhere && !command.everywhere) return refuseAlone(stage, found)
  const { at, by } = command
  if (command.incidentClosed)
    return accept({ type: 'lock-edited', stage: stage.stage, lock: { ...found, incident: null }, at, by })
  const [ended, ...rest] = endLock(state, stage, found, 'lifted', at, by)
  if (ended?.type !== 'stage-unlocked') return nothing
  const goes = waitingBehind(state, stage, command)
  const told = { ...ended, ...(command.queue === undefined ? {} : { queue: command.queue }), goes }
  return { events: [told, ...rest] }
}

function refuseAlone({ stage }: StageState, { id, owner, reason }: Lock): Decision {
  return refuse(
    'lock/everywhere',
    `${id} by ${owner} (${reason}) stands over ${stage} of every service, and is changed and lifted as a whole: sluice unlock ${stage} --all-services`,
  )
}

/** What is built, passed before and not rejected: it goes as soon as the gate is open. */
function waitingBehind(
  state: ServiceState,
  stage: StageState,
  { queue }: Of<'unlock'>,
): readonly ReleaseNumber[] {
  const definition = definitionOf(state, stage)
  const service = state.definition
  if (!definition || !service || stage.locks.length > 1) return []
  const ready = candidates(state, liveOrLast(stage)).filter(
    (release) => ownReasons(state, service, definition, release).length === 0,
  )
  return (queue ?? definition.queue) === 'latest' ? ready.slice(-1) : ready
}

function noSuchLock(stage: StageState, id: string): Decision {
  const there = stage.locks.map((other) => other.id).join(', ')
  return refuse(
    'lock/unknown',
    `${stage.stage} has no lock ${id}; ${there === '' ? 'it is not locked' : `it has ${there}`}`,
  )
}

/** A lock that names a suspect leaves a rejection when it ends, unless the suspect has been answered meanwhile. */
function endLock(
  state: ServiceState,
  stage: StageState,
  ended: Lock,
  how: 'lifted' | 'expired',
  at: number,
  by: ServiceEvent['by'],
): readonly ServiceEvent[] {
  const events: ServiceEvent[] = [{ type: 'stage-unlocked', stage: stage.stage, lock: ended.id, how, at, by }]
  const { suspect } = ended
  if (suspect !== null && state.releases[suspect]?.rejected === null && !isAnswered(state, suspect))
    events.push(
      rejection(state, suspect, {
        reason: `suspected by ${ended.owner} in a lock of ${stage.stage}: ${ended.reason}`,
        at,
        by,
      }),
    )
  return events
}

function unpin(state: ServiceState, stage: StageState, { culprit, reason, at, by }: Of<'unpin'>): Decision {
  if (!stage.pin) return refuse('pin/none', `${stage.stage} is not pinned`)
  const unpinned: ServiceEvent = { type: 'stage-unpinned', stage: stage.stage, reason, at, by }
  if (culprit === undefined) return accept(unpinned)
  const known = state.releases[culprit]
  if (!known) return unknown(state, culprit)
  if (known.rejected) return accept(unpinned)
  return accept(rejection(state, culprit, { reason, at, by }), unpinned)
}

function warn(stage: StageState, { lock: id, minutes, at, by }: Of<'warn-of-expiry'>): Decision {
  const found = stage.locks.find((other) => other.id === id)
  if (!found || (minutes === 30 ? found.warned30 : found.warned5) !== null) return nothing
  return accept({ type: 'lock-warned', stage: stage.stage, lock: id, minutes, at, by })
}

function expire(state: ServiceState, stage: StageState, { lock: id, at, by }: Of<'expire-lock'>): Decision {
  const found = stage.locks.find((other) => other.id === id)
  const definition = definitionOf(state, stage)
  if (!found || !definition || !state.definition) return nothing
  const end = lockEndsAt(found, definition, state.definition.zone, at)
  if (end === null || end > at) return nothing
  return { events: endLock(state, stage, found, 'expired', at, by) }
}
