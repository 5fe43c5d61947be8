// What locks are owed by themselves: warnings before they end, their end, and a word about one that stays too long.
import { machine, type EpochMs, type StageName } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { decided, wake, type Intent } from './intent.ts'
import { heldByLockAlone, lockOverstaysAt } from './lock-alone.ts'
import { lockEndsAt, nextWarning } from './lock-times.ts'
import { stageOf, type Lock, type ServiceState, type StageState } from './state.ts'

export function lockIntents(
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageState,
  now: EpochMs,
): readonly Intent[] {
  return stage.locks.flatMap((lock) => oneLock(service, definition, stage.stage, lock, now))
}

function oneLock(
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageName,
  lock: Lock,
  now: EpochMs,
): readonly Intent[] {
  const warning = nextWarning(lock)
  if (warning) {
    if (warning.at > now) return [wake(warning.at)]
    return [
      decided({
        type: 'warn-of-expiry',
        stage,
        lock: lock.id,
        minutes: warning.minutes,
        at: now,
        by: machine('lock expiry'),
      }),
    ]
  }
  const end = lockEndsAt(lock, definition, service.zone, now)
  if (end === null) return []
  if (end > now) return [wake(end)]
  return [decided({ type: 'expire-lock', stage, lock: lock.id, at: now, by: machine('lock expiry') })]
}

/** A lock that alone has kept the oldest waiting change for twelve hours is warned of. */
export function longLockIntents(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): readonly Intent[] {
  const { stage, lockAlone } = stageOf(state, definition.stage)
  const by = machine('long lock')
  if (heldByLockAlone(state, service, definition, now) !== (lockAlone?.release ?? null))
    return [decided({ type: 'note-lock-alone', stage, at: now, by })]
  const at = lockAlone && !lockAlone.warned ? lockOverstaysAt(definition.window, lockAlone.since) : null
  if (at === null) return []
  return at > now ? [wake(at)] : [decided({ type: 'warn-of-long-lock', stage, at: now, by })]
}
