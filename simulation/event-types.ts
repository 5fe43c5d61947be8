// Every event there is, so that a batch can say which it never saw. A missing or unknown one does not compile.
import type { EventType } from '../src/domain/service/event.ts'

const seen: Record<EventType, true> = {
  'service-configured': true,
  'change-merged': true,
  'release-made': true,
  'change-taken-in': true,
  'history-rewritten': true,
  'history-accepted': true,
  'build-started': true,
  'build-succeeded': true,
  'build-failed': true,
  'build-retried': true,
  'change-rejected': true,
  'change-unrejected': true,
  'containment-accepted': true,
  'rollout-started': true,
  'fleet-changed': true,
  'check-passed': true,
  'check-failed': true,
  'step-started': true,
  'traffic-shifted': true,
  'step-passed': true,
  'rollout-completed': true,
  'rollout-failed': true,
  'own-served': true,
  'changes-cleared': true,
  'verdict-against': true,
  'bake-asked': true,
  'bake-skipped': true,
  'release-accepted': true,
  'watch-survived': true,
  'hold-started': true,
  'hold-told': true,
  'hold-ended': true,
  'suspects-named': true,
  'stage-stuck': true,
  'stage-locked': true,
  'lock-edited': true,
  'lock-warned': true,
  'stage-unlocked': true,
  'lock-stood-alone': true,
  'lock-overstayed': true,
  'stage-pinned': true,
  'stage-unpinned': true,
  'entry-retried': true,
}

/** It takes twelve hours of a lock alone; a simulated story is shorter. */
const TOO_LATE: readonly string[] = ['lock-overstayed'] satisfies readonly EventType[]

export const EVENT_TYPES = Object.keys(seen).filter((type) => !TOO_LATE.includes(type))
