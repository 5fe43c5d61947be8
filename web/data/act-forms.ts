// What each act asks a person before it is tried, and the body that goes to the server. One table, so a new act cannot
// be forgotten.
import type { ActBody, ActName } from '../../src/api/acts.ts'
import { type Answers, type Field, type FormOf, type Place } from './forms/form.ts'
import * as gate from './forms/gate-forms.ts'
import * as rollout from './forms/rollout-forms.ts'
import * as round from './forms/round-forms.ts'
import * as settings from './forms/settings-forms.ts'
import * as track from './forms/track-forms.ts'

const forms: { readonly [Name in ActName]: FormOf<Name> } = {
  lock: gate.lock,
  'edit-lock': gate.editLock,
  unlock: gate.unlock,
  pin: gate.pin,
  unpin: gate.unpin,
  'retire-stage': gate.retireStage,
  approve: gate.approve,
  promote: gate.promote,
  'send-back': gate.sendBack,
  'skip-bake': rollout.skipBake,
  rollback: rollout.rollback,
  abort: rollout.abort,
  pause: rollout.pause,
  resume: rollout.resume,
  confirm: rollout.confirm,
  accept: rollout.accept,
  'accept-history': rollout.acceptHistory,
  reject: rollout.reject,
  unreject: rollout.unreject,
  retry: rollout.retry,
  hotfix: round.hotfix,
  emergency: round.emergency,
  deploy: round.deploy,
  'set-track': track.setTrack,
  'undo-track': track.undoTrack,
  'follow-track': track.followTrack,
  'remove-track': track.removeTrack,
  'add-route': track.addRoute,
  'edit-route': track.editRoute,
  'remove-route': track.removeRoute,
  'set-vars': settings.setVars,
  'set-secret': settings.setSecret,
  'unset-settings': settings.unsetSettings,
}

/** A form with its fields laid out for one place. */
export type ActForm = {
  readonly title: string
  readonly fields: readonly Field[]
  readonly isGrave: boolean
}

export function formOfAct(act: ActName, place: Place): ActForm {
  const form: FormOf<ActName> = forms[act]
  return { title: form.title(place), fields: form.fields(place), isGrave: form.isGrave ?? false }
}

export function bodyOfAct(act: ActName, place: Place, answers: Answers): Partial<ActBody<ActName>> {
  const form: FormOf<ActName> = forms[act]
  return form.body(place, answers)
}

/** Whether it is meant for the stage of that name in every service. */
export function isForEverywhere(act: ActName, place: Place, answers: Answers): boolean {
  const form: FormOf<ActName> = forms[act]
  return form.isEverywhere?.(place, answers) ?? false
}

/** What stands in the fields at first; what came with the wish goes before what the form would say. */
export function firstAnswers(fields: readonly Field[], preset: Answers): Answers {
  return Object.fromEntries(fields.map((field) => [field.name, preset[field.name] ?? firstOf(field)]))
}

function firstOf(field: Field): readonly string[] {
  if (field.first !== undefined) return field.first
  const option = field.kind === 'choice' ? field.options?.[0] : undefined
  return option === undefined ? [] : [option.value]
}

function isSaid(answers: Answers, { name }: Field): boolean {
  return (answers[name] ?? []).some((each) => each.trim() !== '')
}

export function isNeededNow({ isNeeded = false, isNeededWhen }: Field, answers: Answers): boolean {
  return isNeeded || (isNeededWhen?.(answers) ?? false)
}

/** Fields that still want something before the act can be done. */
export function missing(fields: readonly Field[], answers: Answers): readonly Field[] {
  return fields.filter((field) => isNeededNow(field, answers) && !isSaid(answers, field))
}

/**
 * What a dry run is asked with, or null while too little is known. A reason in the making is not part of the question,
 * and a secret is never sent before it is meant.
 */
export function dryAnswers(fields: readonly Field[], answers: Answers): Answers | null {
  if (missing(fields, answers).some(({ standIn }) => standIn === undefined)) return null
  const stood = fields.flatMap((field) =>
    field.standIn === undefined
      ? []
      : [[field.name, isNeededNow(field, answers) ? [field.standIn] : []] as const],
  )
  return { ...answers, ...Object.fromEntries(stood) }
}
