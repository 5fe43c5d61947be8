// What a person may ask of the locks over every service, and what each service is then owed.
import type { Actor, EpochMs, StageName } from '../names.ts'
import type { ServiceCommand } from '../service/command.ts'
import type { Refusal } from '../service/decision.ts'
import type { Lock, ServiceState } from '../service/state.ts'
import type { EverywhereEvent, EverywhereLock, EverywhereState } from './state.ts'

type At = { readonly at: EpochMs; readonly by: Actor }

export type EverywhereCommand = At & { readonly stage: StageName } & (
    | {
        readonly type: 'lock-everywhere'
        readonly id: string
        readonly owner: string
        readonly reason: string
        readonly forMs: number
        readonly incident: string | null
        readonly hard?: boolean | undefined
        readonly allTracks?: boolean | undefined
      }
    | {
        readonly type: 'edit-lock-everywhere'
        readonly lock: string
        readonly reason?: string | undefined
        readonly forMs?: number | undefined
        readonly incident?: string | null | undefined
      }
    | {
        readonly type: 'unlock-everywhere'
        /** Left out: the only one that stands. */
        readonly lock?: string | undefined
        readonly incidentClosed: boolean
        readonly queue?: 'each' | 'latest' | undefined
      }
  )

export type EverywhereDecision =
  | { readonly events: readonly EverywhereEvent[]; readonly lock: string }
  | { readonly refusal: Refusal }

export function decideEverywhere(
  state: EverywhereState,
  services: readonly ServiceState[],
  command: EverywhereCommand,
): EverywhereDecision {
  const stages = [...new Set(services.flatMap(({ stages: known }) => Object.keys(known)))].sort()
  if (!stages.includes(command.stage))
    return no('stage/unknown', `no service has a stage ${command.stage}; there is ${stages.join(', ')}`)
  const { at, by, stage } = command
  if (command.type === 'lock-everywhere') {
    const lock = newLock(command)
    return { events: [{ type: 'locked-everywhere', stage, lock, at, by }], lock: lock.id }
  }
  const found = standing(state, command.stage, command.lock)
  if ('refusal' in found) return found
  const { lock } = found
  if (command.type === 'unlock-everywhere' && !command.incidentClosed) {
    const { queue } = command
    const event = { type: 'unlocked-everywhere', lock: lock.id, at, by } as const
    return { events: [queue === undefined ? event : { ...event, queue }], lock: lock.id }
  }
  const edited =
    command.type === 'unlock-everywhere' ? { ...lock, incident: null } : editedLock(lock, command)
  return { events: [{ type: 'everywhere-lock-edited', lock: edited, at, by }], lock: lock.id }
}

type Wish<Type extends EverywhereCommand['type']> = Extract<EverywhereCommand, { type: Type }>

function newLock({ id, owner, reason, forMs, incident, hard, allTracks, at }: Wish<'lock-everywhere'>): Lock {
  return {
    id,
    owner,
    reason,
    since: at,
    expiresAt: at + forMs,
    incident,
    // A number means another change in every service.
    suspect: null,
    ...(hard ? { hard: true } : {}),
    warned30: null,
    warned5: null,
    ...(allTracks ? { allTracks } : {}),
    everywhere: true,
  }
}

function editedLock(lock: Lock, { reason, forMs, incident, at }: Wish<'edit-lock-everywhere'>): Lock {
  return {
    ...lock,
    reason: reason ?? lock.reason,
    incident: incident === undefined ? lock.incident : incident,
    expiresAt: forMs === undefined ? lock.expiresAt : at + forMs,
  }
}

function standing(
  state: EverywhereState,
  stage: StageName,
  id: string | undefined,
): EverywhereLock | { readonly refusal: Refusal } {
  const there = state.locks.filter((one) => one.stage === stage && one.standing !== 'lifting')
  const found = id === undefined ? there : there.filter(({ lock }) => lock.id === id)
  const shown = there.map(({ lock }) => `${lock.id} (${lock.owner}: ${lock.reason})`).join(', ')
  const [one, second] = found
  if (one && !second) return one
  if (second)
    return no(
      'lock/several',
      `${found.length} locks stand over ${stage} of every service; say which: ${shown}`,
    )
  return id === undefined
    ? no('lock/none', `no lock stands over ${stage} of every service`)
    : no(
        'lock/unknown',
        `no lock ${id} stands over ${stage} of every service; ${shown === '' ? 'there is none' : `there is ${shown}`}`,
      )
}

function no(code: string, text: string): { readonly refusal: Refusal } {
  return { refusal: { code, text } }
}

/** What one service must be told so that it stands as the server says; nothing where it does. Safe to ask again. */
export function owedEverywhere(
  service: ServiceState,
  { lock, stage, by, standing: how, queue }: EverywhereLock,
  at: EpochMs,
): ServiceCommand | undefined {
  const found = copyOf(service, lock.id)
  if (how === 'lifting')
    return found && { type: 'unlock', ...found.at, incidentClosed: false, queue, everywhere: true, at, by }
  const copy = found?.copy
  if (!copy) return how === 'setting' && service.stages[stage] ? lockCommand(lock, stage, at, by) : undefined
  const { reason, incident, expiresAt } = lock
  if (copy.reason === reason && copy.incident === incident && copy.expiresAt === expiresAt) return undefined
  const moved = copy.expiresAt === expiresAt ? {} : { forMs: expiresAt - at }
  return { type: 'edit-lock', ...found.at, reason, incident, ...moved, everywhere: true, at, by }
}

/** A stage that was renamed has taken its copy along. */
function copyOf(
  service: ServiceState,
  lock: string,
): { readonly copy: Lock; readonly at: { readonly stage: StageName; readonly lock: string } } | undefined {
  for (const { stage, locks } of Object.values(service.stages)) {
    const copy = locks.find(({ id }) => id === lock)
    if (copy) return { copy, at: { stage, lock } }
  }
  return undefined
}

function lockCommand(lock: Lock, stage: StageName, at: EpochMs, by: Actor): ServiceCommand {
  const { id, owner, reason, expiresAt, incident, hard, allTracks } = lock
  return {
    type: 'lock',
    stage,
    id,
    owner,
    reason,
    forMs: expiresAt - at,
    incident,
    suspect: null,
    everywhere: true,
    ...(hard ? { hard } : {}),
    ...(allTracks ? { allTracks } : {}),
    at,
    by,
  }
}

/** What may be said of the locks once the services were told; asked again after a crash. */
export function settledEverywhere(
  state: EverywhereState,
  services: readonly ServiceState[],
  { at, by }: At,
): readonly EverywhereEvent[] {
  return state.locks.flatMap((one): readonly EverywhereEvent[] => {
    if (services.some((service) => owedEverywhere(service, one, at) !== undefined)) return []
    const isHeld = services.some((service) => holds(service, one))
    const isOver = one.standing === 'lifting' || (one.standing === 'set' && one.lock.expiresAt <= at)
    if (isOver && !isHeld) return [{ type: 'everywhere-lock-ended', lock: one.lock.id, at, by }]
    return one.standing === 'setting'
      ? [{ type: 'everywhere-lock-acknowledged', lock: one.lock.id, at, by }]
      : []
  })
}

function holds(service: ServiceState, { lock }: EverywhereLock): boolean {
  return copyOf(service, lock.id) !== undefined
}

/** Locks that a service, or a stage of one, that is only now configured is born with. */
export function bornWith(
  state: EverywhereState,
  services: readonly ServiceState[],
  at: EpochMs,
): readonly { readonly stage: StageName; readonly lock: Lock }[] {
  return state.locks
    .filter(
      (one) =>
        one.standing !== 'lifting' &&
        (one.lock.expiresAt > at ||
          one.lock.incident !== null ||
          services.some((service) => holds(service, one))),
    )
    .map(({ stage, lock }) => ({ stage, lock }))
}
