// The audit log: every event, who and what, in one sentence.
import type { AuditRow } from '../api/board.ts'
import { describe } from '../domain/service/describe.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { ServiceEvent } from '../domain/service/event.ts'

/** Steps of the machine too small for people; they stay in the log and in its export. */
const SMALL: ReadonlySet<ServiceEvent['type']> = new Set([
  'fleet-changed',
  'traffic-shifted',
  'step-started',
  'own-served',
])

export function auditRow(position: number, service: string, event: ServiceEvent): AuditRow {
  return {
    position,
    at: event.at,
    by: event.by,
    service,
    stage: 'stage' in event ? event.stage : null,
    release: 'release' in event ? event.release : null,
    type: event.type,
    text: describe(event),
    data: { ...event },
  }
}

/** Whether an event speaks of a release, alone or among others. */
export function isAbout(event: ServiceEvent, release: ReleaseNumber): boolean {
  if ('release' in event && event.release === release) return true
  switch (event.type) {
    case 'rollout-started':
      return event.from === release || event.takesOut.includes(release)
    case 'changes-cleared':
      return event.changes.includes(release)
    case 'suspects-named':
    case 'culprit-search-started':
    case 'culprit-search-ended':
      return event.suspects.includes(release)
    case 'probe-ended':
      return event.left.includes(release)
    case 'stage-locked':
    case 'lock-edited':
      return event.lock.suspect === release
    case 'history-rewritten':
      return event.lost.includes(release)
    case 'containment-accepted':
      return event.contains === release
    default:
      return false
  }
}

/** The first event that ever speaks of a release. */
export function begins(event: ServiceEvent, release: ReleaseNumber): boolean {
  return (event.type === 'change-merged' || event.type === 'release-made') && event.release === release
}

export function isSmall(event: ServiceEvent): boolean {
  return SMALL.has(event.type)
}
