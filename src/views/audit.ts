// The audit log: every event, who and what, in one sentence.
import type { AuditRow } from '../api/board.ts'
import { describe } from '../domain/service/describe.ts'
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

export function isSmall(event: ServiceEvent): boolean {
  return SMALL.has(event.type)
}
