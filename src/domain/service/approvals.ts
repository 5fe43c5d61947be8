// Gates that a person passes (behaviour 4.4): approvals, and going on by hand. They ask what the config says now, so
// that an approval by somebody who is no longer asked counts no more.
import type { Person } from '../change/change.ts'
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { ApprovalDefinition, StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { changesBetween, contains } from './contains.ts'
import type { GateReason } from './gate-reason.ts'
import { settingsToGive, type SettingsVersion } from './settings.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'

const HOUR_MS = 3_600_000
/** People are reminded after an hour, and then every day. */
export const REMIND_FIRST_MS = HOUR_MS
export const REMIND_AGAIN_MS = 24 * HOUR_MS

/** What still has to be said by people before `release` may enter; empty where nobody is asked. */
export function approvalReasons(
  state: ServiceState,
  definition: StageDefinition,
  release: ReleaseNumber,
): readonly GateReason[] {
  const { approve } = definition
  if (!approve) return []
  const stage = stageOf(state, definition.stage)
  const given = approversOf(state, stage, approve, release)
  const open = approve.n - given.length
  if (open <= 0) return []
  if (approve.byHand)
    return [
      {
        code: 'gate/by-hand',
        text: `it goes into ${stage.stage} by hand: sluice promote ${stage.stage} '${releaseName(release)}'`,
        until: null,
      },
    ]
  const whose = approve.by.length === 0 ? 'anybody' : approve.by.join(', ')
  const so = given.length === 0 ? '' : ` (${given.join(', ')} did)`
  return [
    {
      code: 'gate/approval',
      text: `it waits for ${open === 1 ? 'an approval' : `${open} approvals`} by ${whose}${so}: sluice approve ${stage.stage} '${releaseName(release)}'`,
      until: null,
    },
  ]
}

/**
 * What still has to be said by people before changed settings may come in: as a rollout of their own, or along with the
 * next release. Empty where nobody is asked, or nothing is changed.
 */
export function settingsApproval(
  { approve, stage: name }: StageDefinition,
  stage: StageState,
): readonly GateReason[] {
  const version = stage.live ? settingsToGive(stage, stage.live.release) : undefined
  if (!approve || !version) return []
  const given = settingsApprovers(stage, approve, version)
  const open = approve.n - given.length
  if (open <= 0) return []
  const what = `settings of version ${version.version} (${version.changed.join(', ')})`
  if (approve.byHand)
    return [{ code: 'gate/by-hand', text: `${what} go in by hand: sluice promote ${name}`, until: null }]
  const whose = approve.by.length === 0 ? 'anybody' : approve.by.join(', ')
  const so = given.length === 0 ? '' : ` (${given.join(', ')} did)`
  const asks = open === 1 ? 'an approval' : `${open} approvals`
  return [
    {
      code: 'gate/approval',
      text: `${what} wait for ${asks} by ${whose}${so}: sluice approve ${name}`,
      until: null,
    },
  ]
}

/** Who approved these very settings, and is still asked; who set them does not count where one's own does not. */
export function settingsApprovers(
  { settings }: StageState,
  approve: ApprovalDefinition,
  { version, by }: SettingsVersion,
): readonly string[] {
  const people = (settings.approvals ?? [])
    .filter((given) => given.version === version && isAsked(approve, given.person))
    .map(({ person }) => person)
  return [...new Set(people)].filter((person) => approve.own || by.kind !== 'person' || by.name !== person)
}

/** Who approved all that `release` would bring, and is still asked. */
export function approversOf(
  state: ServiceState,
  stage: StageState,
  approve: ApprovalDefinition,
  release: ReleaseNumber,
): readonly string[] {
  const people = stage.approvals
    .filter((given) => contains(state, given.release, release) && isAsked(approve, given.person))
    .map(({ person }) => person)
  const origin = state.releases[release]?.origin
  // Who said yes to the settings that it brings said yes to it.
  if (origin?.kind === 'settings' && origin.stage === stage.stage)
    for (const given of stage.settings.approvals ?? [])
      if (given.version === origin.version && isAsked(approve, given.person)) people.push(given.person)
  const brings = changesBetween(state, stage.live?.release ?? null, release)
  return [...new Set(people)].filter((person) => approve.own || !isOwn(state, brings, person))
}

export function isAsked({ by }: ApprovalDefinition, person: string): boolean {
  return by.length === 0 || by.includes(person)
}

/** Whether the person wrote one of the changes; people are known by name, by address, or by what stands before its @. */
export function isOwn(state: ServiceState, changes: readonly ReleaseNumber[], person: string): boolean {
  const is = ({ name, email }: Person): boolean =>
    [name, email, email.split('@')[0] ?? ''].some((known) => known.toLowerCase() === person.toLowerCase())
  return changes.some((release) => {
    const change = state.releases[release]?.change
    return change !== undefined && [change.author, ...change.coAuthors].some(is)
  })
}

/** Whether nothing but people keeps a release out. */
export function isForPeople(reasons: readonly GateReason[]): boolean {
  return (
    reasons.length > 0 && reasons.every(({ code }) => code === 'gate/approval' || code === 'gate/by-hand')
  )
}

/** When people are asked, or reminded, next. */
export function askedNextAt(stage: StageState, release: ReleaseNumber, settings?: number): EpochMs {
  const { approvalAsked: asked } = stage
  if (asked?.release !== release || asked.settings !== settings) return 0
  return asked.at + (asked.times === 1 ? REMIND_FIRST_MS : REMIND_AGAIN_MS)
}

/** A head that has waited for a person for so long is passed by the next that may go (behaviour 1.6). */
export function isPassedOver(
  { passAfterMs }: StageDefinition,
  { approvalAsked: asked }: StageState,
  release: ReleaseNumber,
  now: EpochMs,
): boolean {
  return asked?.release === release && now - asked.since >= passAfterMs
}
