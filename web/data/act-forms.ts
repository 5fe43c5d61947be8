// What each act asks a person before it is tried, and the body that goes to the server. One switch, so a new act cannot
// be forgotten.
import type { ActBody, ActName } from '../../src/api/acts.ts'
import type { ServiceView, StageView } from '../../src/api/board.ts'
import { nameRelease, nameReleases } from './wording.ts'

export type Choice = {
  readonly label: string
  /** `value: null` leaves it to the server. */
  readonly options: readonly { readonly value: string | null; readonly label: string }[]
}

export type ActForm = {
  readonly title: string
  readonly choice: Choice | null
  /** What else is to be chosen, where an act has two meanings. */
  readonly also: Choice | null
  /** Null where no reason is asked; else what stands in the field at first. */
  readonly reason: string | null
}

export type Answers = {
  readonly choice: string | null
  readonly also?: string | null
  readonly reason: string
}

type Place = {
  readonly service: ServiceView | null
  readonly stage: StageView | null
  readonly release: number | null
}

const hurriedReason = 'suspected trouble'

export function formOfAct(act: ActName, place: Place): ActForm {
  return { also: alsoAsked(act, place), ...mainForm(act, place) }
}

function mainForm(act: ActName, place: Place): Omit<ActForm, 'also'> {
  const where = place.stage?.stage ?? place.service?.service ?? ''
  const about = place.release === null ? '' : ` ${nameRelease(place.release)}`
  switch (act) {
    case 'lock':
      return { title: `Lock ${where}`, choice: null, reason: hurriedReason }
    case 'edit-lock':
      return { title: `Edit the lock of ${where}`, choice: null, reason: '' }
    case 'unlock':
      return { title: `Unlock ${where}`, choice: locksOf(place.stage), reason: null }
    case 'skip-bake':
      return { title: `Skip the bake in ${where}`, choice: bakingIn(place.stage), reason: '' }
    case 'rollback':
      return { title: `Roll ${where} back`, choice: waysBack(place), reason: hurriedReason }
    case 'abort':
      return { title: `Go back now in ${where}`, choice: null, reason: hurriedReason }
    case 'approve':
      return { title: `Approve${about} for ${where}`, choice: waitingFor(place), reason: null }
    case 'promote':
      return { title: `Promote${about} into ${where}`, choice: waitingFor(place), reason: null }
    case 'send-back':
      return { title: `Send${about} back`, choice: waitingFor(place), reason: '' }
    case 'pause':
      return { title: `Pause the rollout in ${where}`, choice: null, reason: hurriedReason }
    case 'resume':
      return { title: `Resume the rollout in ${where}`, choice: null, reason: null }
    case 'confirm':
      return { title: `Let the rollout in ${where} go on`, choice: null, reason: null }
    case 'hotfix':
      return { title: `Hotfix into ${where}`, choice: waitingFor(place), reason: '' }
    case 'emergency':
      return { title: `Emergency into ${where}`, choice: waitingFor(place), reason: '' }
    case 'accept':
      return { title: `Accept${about} in ${where}`, choice: null, reason: '' }
    case 'accept-history':
      return { title: `Accept the new history of ${where}`, choice: null, reason: '' }
    case 'reject':
      return {
        title: `Reject${about}`,
        choice: place.release === null ? rejectable(place) : null,
        reason: '',
      }
    case 'unreject':
      return { title: `Take back the rejection of${about}`, choice: null, reason: '' }
    case 'retry':
      return {
        title: `Retry${about}${place.stage === null ? '' : ` in ${where}`}`,
        choice: null,
        reason: null,
      }
    case 'pin':
      return { title: `Pin ${where}`, choice: null, reason: '' }
    case 'unpin':
      return { title: `Unpin ${where}`, choice: culprits(place), reason: '' }
    case 'deploy':
    case 'set-track':
    case 'undo-track':
    case 'follow-track':
    case 'remove-track':
    case 'add-route':
    case 'edit-route':
    case 'remove-route':
    case 'set-vars':
    case 'set-secret':
    case 'unset-settings':
      return { title: `Change who gets what in ${where}`, choice: null, reason: '' }
  }
}

export function bodyOfAct(act: ActName, place: Place, answers: Answers): Partial<ActBody<ActName>> {
  const stage = place.stage?.stage ?? ''
  const reason = answers.reason.trim()
  const chosen = answers.choice === null ? null : Number(answers.choice)
  const release = place.release ?? chosen ?? 0
  switch (act) {
    case 'lock':
      return { stage }
    case 'edit-lock':
      return answers.choice === null ? { stage } : { stage, lock: answers.choice }
    case 'unlock':
      return {
        stage,
        ...(answers.choice === null ? {} : { lock: answers.choice }),
        ...(answers.also === ONLY_INCIDENT ? { incidentClosed: true } : {}),
      }
    case 'skip-bake':
      return chosen === null ? { stage, reason } : { stage, release: chosen, reason }
    case 'rollback':
      return chosen === null ? { stage, reason } : { stage, to: chosen, reason }
    case 'abort':
    case 'pin':
      return { stage, reason }
    case 'approve':
    case 'promote':
      return release === 0 ? { stage } : { stage, release }
    case 'send-back':
      return { stage, release, reason }
    case 'pause':
      return { stage, reason }
    case 'resume':
    case 'confirm':
      return { stage }
    case 'hotfix':
      return { stage, changes: [nameRelease(release)], reason }
    case 'emergency':
      return { stage, changes: chosen === null ? [] : [nameRelease(release)], reason }
    case 'accept':
      return answers.also === null || answers.also === undefined
        ? { stage, release, reason }
        : { stage, release, reason, contains: Number(answers.also) }
    case 'accept-history':
      return { reason }
    case 'reject':
    case 'unreject':
      return { release, reason }
    case 'retry':
      return place.stage === null ? { release } : { release, stage }
    case 'deploy':
    case 'set-track':
    case 'undo-track':
    case 'follow-track':
    case 'remove-track':
    case 'add-route':
    case 'edit-route':
    case 'remove-route':
    case 'set-vars':
    case 'set-secret':
    case 'unset-settings':
      // Typed for now: these ask for more than a button has.
      return { stage, reason }
    case 'unpin':
      return chosen === null ? { stage, reason } : { stage, culprit: chosen, reason }
  }
}

export const ONLY_INCIDENT = 'incident'

/** An unlock may only close the incident; an accept may be a word on what the release contains. */
function alsoAsked(act: ActName, place: Place): Choice | null {
  if (act === 'unlock') return whatEnds(place.stage)
  return act === 'accept' ? whatIsAccepted(place) : null
}

function whatEnds(stage: StageView | null): Choice | null {
  if (stage === null || stage.locks.every(({ incident }) => incident === null)) return null
  return {
    label: 'What ends',
    options: [
      { value: null, label: 'The lock' },
      { value: ONLY_INCIDENT, label: 'Only its incident; the lock then ends by its expiry' },
    ],
  }
}

/** What the stage runs, when the release is not it: then the question is whether it contains that. */
function whatIsAccepted({ service, stage, release }: Place): Choice | null {
  const live = stage?.live?.release
  if (release === null || live === undefined || live === release) return null
  if (stage?.rollout?.release === release) return null
  return {
    label: 'What is accepted',
    options: [{ value: String(live), label: `That it contains ${nameWithSubject(service, live)}` }],
  }
}

function locksOf(stage: StageView | null): Choice | null {
  if (stage === null || stage.locks.length < 2) return null
  return {
    label: 'Which lock',
    options: stage.locks.map((lock) => ({ value: lock.id, label: `${lock.owner}: ${lock.reason}` })),
  }
}

function bakingIn(stage: StageView | null): Choice | null {
  const changes = stage?.bake?.changes ?? []
  if (changes.length < 2) return null
  return {
    label: 'Which release goes on',
    options: [
      {
        value: null,
        label: `The newest, with ${nameReleases(changes.slice(0, -1).map((each) => each.release))}`,
      },
      ...changes.map((each) => ({ value: String(each.release), label: nameRelease(each.release) })),
    ],
  }
}

function waysBack({ service, stage }: Place): Choice {
  return {
    label: 'Go back to',
    options: [
      { value: null, label: 'The last good one' },
      ...(stage?.couldGoBackTo ?? []).map((release) => ({
        value: String(release),
        label: nameWithSubject(service, release),
      })),
    ],
  }
}

function waitingFor({ service, stage }: Place): Choice {
  return {
    label: 'Which change goes',
    options: (stage?.waiting ?? []).toReversed().map(({ release }) => ({
      value: String(release),
      label: nameWithSubject(service, release),
    })),
  }
}

function rejectable({ service, stage }: Place): Choice {
  const suspects = stage?.suspects ?? []
  const live = stage?.live?.release ?? Number.POSITIVE_INFINITY
  const moving = stage?.rollout?.release
  const near = (service?.releases ?? [])
    .map((row) => row.release)
    .filter((release) => release === moving || release <= live)
  const releases = suspects.length > 0 ? suspects : near
  return {
    label: 'Which change is bad',
    options: releases.map((release) => ({
      value: String(release),
      label: nameWithSubject(service, release),
    })),
  }
}

function culprits({ service, stage }: Place): Choice {
  const live = stage?.live?.release ?? 0
  const newer = (service?.releases ?? []).map((row) => row.release).filter((release) => release > live)
  return {
    label: 'The change at fault',
    options: [
      { value: null, label: 'None named' },
      ...newer.map((release) => ({ value: String(release), label: nameWithSubject(service, release) })),
    ],
  }
}

function nameWithSubject(service: ServiceView | null, release: number): string {
  const row = service?.releases.find((each) => each.release === release)
  return row === undefined ? nameRelease(release) : `${nameRelease(release)} ${row.subject}`
}
