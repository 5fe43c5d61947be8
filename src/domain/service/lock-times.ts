// When a lock warns and when it opens by itself (behaviour 4.2).
import type { EpochMs } from '../names.ts'
import type { StageDefinition, WindowDefinition } from '../pipeline/definition.ts'
import { windowAt } from '../pipeline/window.ts'
import type { Lock } from './state.ts'

const MINUTE_MS = 60_000
export const WARN_EARLY_MS = 30 * MINUTE_MS
export const WARN_LATE_MS = 5 * MINUTE_MS

const usual = new Map<string, WindowDefinition>()

/** Working hours where a stage has no window of its own. */
function workingHours(definition: StageDefinition, zone: string): WindowDefinition {
  if (definition.window) return definition.window
  const known = usual.get(zone) ?? {
    days: [1, 2, 3, 4, 5],
    fromMinute: 9 * 60,
    toMinute: 18 * 60,
    zone,
    closedOn: [],
  }
  usual.set(zone, known)
  return known
}

/** The next warning that is owed, and when; a lock set for less is not warned of what its owner just said. */
export function nextWarning(lock: Lock): { readonly minutes: 30 | 5; readonly at: EpochMs } | undefined {
  if (lock.incident !== null) return undefined
  const lasts = lock.expiresAt - lock.since
  if (lock.warned30 === null && lasts > WARN_EARLY_MS)
    return { minutes: 30, at: lock.expiresAt - WARN_EARLY_MS }
  if (lock.warned5 === null && lasts > WARN_LATE_MS) return { minutes: 5, at: lock.expiresAt - WARN_LATE_MS }
  return undefined
}

/**
 * When the lock opens, or null while that is not known: an open incident, or a warning still owed. Warnings given late
 * move it to half an hour after them; and it waits for the owner's next working hour.
 */
export function lockEndsAt(
  lock: Lock,
  definition: StageDefinition,
  zone: string,
  now: EpochMs,
): EpochMs | null {
  if (lock.incident !== null || nextWarning(lock)) return null
  const late = (given: EpochMs | null, early: number): EpochMs =>
    given === null || given <= lock.expiresAt - early + MINUTE_MS ? 0 : given + WARN_EARLY_MS
  const earliest = Math.max(
    lock.expiresAt,
    late(lock.warned30, WARN_EARLY_MS),
    late(lock.warned5, WARN_LATE_MS),
  )
  const at = Math.max(earliest, now)
  const hours = windowAt(workingHours(definition, zone), at)
  return hours.open ? (earliest > now ? earliest : at) : hours.changesAt
}

/** When a lock will open if nothing else happens, as far as can be said: what `lockEndsAt` will come to. */
export function promisedEnd(
  lock: Lock,
  definition: StageDefinition,
  zone: string,
  now: EpochMs,
): EpochMs | null {
  let warned = lock
  for (let warning = nextWarning(warned); warning; warning = nextWarning(warned)) {
    const given = Math.max(warning.at, now)
    warned = { ...warned, [warning.minutes === 30 ? 'warned30' : 'warned5']: given }
  }
  return lockEndsAt(warned, definition, zone, now)
}
