// Who is next into a stage (behaviour 1.6): one at a time, in order; a head that cannot come is superseded.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { isOfLine } from '../release-number.ts'
import { isForPeople, isPassedOver } from './approvals.ts'
import { backFillOf } from './back-fill.ts'
import { contains, covers } from './contains.ts'
import { entryReasons, ownReasons } from './gates.ts'
import type { GateReason } from './gate-reason.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { lineBook, workedOut } from './worked-out.ts'

/** Reasons that will not go away by waiting: the next release takes such a one along. */
const PASSED_OVER = new Set([
  'build/failed',
  'gate/rejected',
  'gate/superseded',
  'gate/taken-out',
  'gate/failed-here',
  'gate/entered-before',
  'gate/goes-inside',
  'gate/failed-before',
  'gate/lacks-live',
  'gate/lost',
  'gate/off-line',
])

/** Reasons that a later release may lift: a head with one of these is superseded by the next that is allowed. */
const HELD = new Set(['gate/suspects', 'gate/stuck', 'gate/asked', 'gate/ahead'])

export type NextUp = { readonly release: ReleaseNumber; readonly why: readonly GateReason[] }

/** The release whose turn it is, with what still keeps it; undefined when nothing newer is there. */
export const nextUp: (
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
) => NextUp | undefined = workedOut(findNextUp)

function findNextUp(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): NextUp | undefined {
  const stage = stageOf(state, definition.stage)
  const filling = backFillOf(state, service, definition)
  if (filling !== undefined)
    return { release: filling, why: entryReasons(state, service, definition, filling, now) }
  const jump = jumpInto(state, service, definition)
  if (jump !== null) return { release: jump, why: entryReasons(state, service, definition, jump, now) }
  // With `latest` the newest that may enter now goes, and what is older goes inside it.
  const isLatest = (stage.afterUnlock ?? definition.queue) === 'latest'
  let latest: NextUp | undefined
  let first: NextUp | undefined
  let held: NextUp | undefined
  for (const release of candidates(state, liveOrLast(stage))) {
    const own = ownReasons(state, service, definition, release)
    if (own.some((reason) => PASSED_OVER.has(reason.code))) continue
    // Not yet in the stage before, and passed over there: it will come inside a newer one.
    if (isNotThere(own) && isPassedBefore(state, service, definition, release)) continue
    const why = entryReasons(state, service, definition, release, now)
    const isHeld =
      why.some((reason) => HELD.has(reason.code)) ||
      (isForPeople(why) && isPassedOver(definition, stage, release, now))
    if (isLatest && why.length === 0) latest = { release, why }
    if (isLatest) {
      first ??= { release, why }
      continue
    }
    if (!held && !isHeld) return { release, why }
    // Behind a held head only one that may enter now is better: it reverts or fixes what holds the gate.
    if (held && why.length === 0) return { release, why }
    held ??= { release, why }
  }
  return latest ?? first ?? held
}

/** What a stage runs, or ran when it was retired: what is older than that waits for nothing. */
export function liveOrLast({ live, retired }: StageState): ReleaseNumber | null {
  return live?.release ?? retired?.live ?? null
}

/** Releases that the live one does not contain, oldest first. */
export function candidates(state: ServiceState, live: ReleaseNumber | null): readonly ReleaseNumber[] {
  return lineBook(state).numbers.filter(
    (release) => isOfLine(release) && (live === null || !covers(state, live, release)),
  )
}

function isNotThere(reasons: readonly GateReason[]): boolean {
  return reasons.some((reason) => reason.code === 'gate/not-there-yet')
}

/** The stage before has moved on without it. */
function isPassedBefore(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
): boolean {
  const index = service.stages.findIndex((stage) => stage.stage === definition.stage)
  const before = service.stages[index - 1]
  if (!before) return false
  const reasons = ownReasons(state, service, before, release)
  return (
    reasons.some((reason) => PASSED_OVER.has(reason.code)) ||
    (reasons.some((reason) => reason.code === 'gate/not-there-yet') &&
      isPassedBefore(state, service, before, release))
  )
}

/** A release whose bake was skipped in the stage before goes first. */
function jumpInto(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
): ReleaseNumber | null {
  const index = service.stages.findIndex((stage) => stage.stage === definition.stage)
  const before = service.stages[index - 1]
  const jump = before ? stageOf(state, before.stage).jump : null
  if (jump === null) return null
  const live = stageOf(state, definition.stage).live
  if (live && contains(state, live.release, jump)) return null
  const own = ownReasons(state, service, definition, jump)
  return own.some((reason) => PASSED_OVER.has(reason.code)) ? null : jump
}
