// How long a change has waited for nothing but a lock (behaviour 4.2): forgotten locks are warned of loudly.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition, WindowDefinition } from '../pipeline/definition.ts'
import { windowAt } from '../pipeline/window.ts'
import { closedGate } from './gates.ts'
import type { GateReason } from './gate-reason.ts'
import { nextUp } from './queue.ts'
import { stageOf, type ServiceState } from './state.ts'

export const LOCK_ALONE_MS = 12 * 3_600_000
const WINDOWS_LOOKED_AT = 1_000

/** The oldest waiting change, if a lock keeps it and nothing else does; a closed window is only a pause. */
export function heldByLockAlone(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): ReleaseNumber | null {
  const { rollout, locks } = stageOf(state, definition.stage)
  if (locks.length === 0) return null
  if (rollout) {
    if (rollout.direction === 'back' || rollout.phase !== 'gate') return null
    return isLockAlone(closedGate(state, definition, now, 'step')) ? rollout.release : null
  }
  const next = nextUp(state, service, definition, now)
  return next && isLockAlone(next.why) ? next.release : null
}

function isLockAlone(reasons: readonly GateReason[]): boolean {
  const rest = reasons.filter(({ code }) => !code.startsWith('gate/window'))
  return rest.length > 0 && rest.every(({ code }) => code.startsWith('gate/locked'))
}

/** When the twelve hours are over, counting only those in which the window was open; null for never. */
export function lockOverstaysAt(window: WindowDefinition | null, since: EpochMs): EpochMs | null {
  if (!window) return since + LOCK_ALONE_MS
  let leftMs = LOCK_ALONE_MS
  let at = since
  for (let turns = 0; turns < WINDOWS_LOOKED_AT; turns += 1) {
    const { open, changesAt } = windowAt(window, at)
    if (open && (changesAt === null || changesAt - at >= leftMs)) return at + leftMs
    if (changesAt === null) return null
    if (open) leftMs -= changesAt - at
    at = changesAt
  }
  return null
}
