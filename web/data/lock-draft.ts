// The lock form, before and after: what its fields hold and what of it must be sent.
import type { ActBody } from '../../src/api/acts.ts'
import type { Lock, ServiceView, StageView } from '../../src/api/board.ts'
import { releaseOptions, releasesInside } from './forms/form.ts'
import { describeMoment } from './moments.ts'

export type LockDraft = {
  readonly reason: string
  /** Milliseconds from now, as text; empty keeps the expiry there is. */
  readonly forMs: string
  readonly incident: string
  /** A release number as text; empty for none. */
  readonly suspect: string
}

const hourMs = 3_600_000

const expiriesFromNow = [
  { value: String(hourMs), label: 'In 1 hour' },
  { value: String(4 * hourMs), label: 'In 4 hours' },
  { value: String(12 * hourMs), label: 'In 12 hours' },
  { value: String(24 * hourMs), label: 'In 1 day' },
  { value: String(72 * hourMs), label: 'In 3 days' },
]

/** The expiry there is, or one counted from now. */
export function expiryChoices(
  lock: Lock,
  nowMs: number,
): readonly { readonly value: string; readonly label: string }[] {
  return [{ value: '', label: `At ${describeMoment(lock.expiresAt, nowMs)}, as set` }, ...expiriesFromNow]
}

export function draftOfLock(lock: Lock): LockDraft {
  return {
    reason: lock.reason,
    forMs: '',
    incident: lock.incident ?? '',
    suspect: lock.suspect === null ? '' : String(lock.suspect),
  }
}

/** Only what differs from the lock, so that two people editing do not overwrite each other; null for nothing. */
export function changesOfLock(form: {
  readonly draft: LockDraft
  readonly lock: Lock
}): Pick<ActBody<'edit-lock'>, 'reason' | 'forMs' | 'incident' | 'suspect'> | null {
  const { draft, lock } = form
  const was = draftOfLock(lock)
  const changes: Pick<ActBody<'edit-lock'>, 'reason' | 'forMs' | 'incident' | 'suspect'> = {}
  if (draft.reason.trim() !== was.reason) changes.reason = draft.reason.trim()
  if (draft.forMs !== '') changes.forMs = Number(draft.forMs)
  if (draft.incident.trim() !== was.incident)
    changes.incident = draft.incident.trim() === '' ? null : draft.incident.trim()
  if (draft.suspect !== was.suspect) changes.suspect = draft.suspect === '' ? null : Number(draft.suspect)
  return Object.keys(changes).length === 0 ? null : changes
}

/** Nobody, or a release this stage runs or is about to run, newest first. */
export function suspectChoices(place: {
  readonly service: ServiceView
  readonly stage: StageView
  readonly lock: Lock
}): readonly { readonly value: string; readonly label: string }[] {
  const { service, stage, lock } = place
  const inside = new Set([...(lock.suspect === null ? [] : [lock.suspect]), ...releasesInside(stage)])
  return [
    { value: '', label: 'Nobody' },
    ...releaseOptions(
      service,
      [...inside].toSorted((a, b) => b - a),
    ),
  ]
}
