// An act of a person, as the command the rules know.
import type { ActBody, ActName } from '../api/acts.ts'
import type { RoundWish } from '../coordinator/prepare-round.ts'
import type { Change } from '../domain/change/change.ts'
import type { PersonCommand, SettingsRound } from '../domain/service/command.ts'
import type { SettingChange } from '../domain/service/settings.ts'

export const LOCK_MS = 4 * 3_600_000

export type ActContext = {
  readonly person: string
  readonly at: number
  readonly newId: (prefix: string) => string
  readonly tick: (stage: string) => number
  /** Version that the value of a secret was kept under; 0 when it is only tried. */
  readonly secret: number
  /** The commit that a deploy names. */
  readonly found?: Change | undefined
}

/** Acts that need nothing but what was typed. */
type PlainAct = Exclude<ActName, 'hotfix' | 'emergency'>
type Acted = { readonly [Name in PlainAct]: { readonly act: Name; readonly body: ActBody<Name> } }[PlainAct]

type Round = {
  readonly [Name in 'hotfix' | 'emergency']: { readonly act: Name; readonly body: ActBody<Name> }
}

/** A hotfix or an emergency as it was called; the source has still to make a commit of it. */
export function roundWish(
  acted: Round['hotfix'] | Round['emergency'],
  { person, at, tick }: ActContext,
): RoundWish {
  const { stage, changes, asIs, onto, locks, reason } = acted.body
  return {
    lane: acted.act,
    stage,
    changes,
    asIs,
    onto,
    locks,
    rejected: acted.act === 'emergency' ? acted.body.rejected : [],
    reason,
    tick: tick(stage),
    at,
    by: { kind: 'person', name: person },
  }
}

export function actCommand(
  acted: Acted,
  { person, at, newId, tick, secret, found }: ActContext,
): PersonCommand {
  const who = { at, by: { kind: 'person', name: person } } as const
  switch (acted.act) {
    case 'lock': {
      const { stage, reason, forMs, incident, suspect, allTracks } = acted.body
      return {
        type: 'lock',
        stage,
        id: newId('lock'),
        owner: person,
        reason,
        forMs: forMs ?? LOCK_MS,
        incident: incident ?? null,
        suspect,
        allTracks,
        ...(acted.body.hard ? { hard: true } : {}),
        ...who,
      }
    }
    case 'edit-lock':
      return { type: 'edit-lock', ...acted.body, ...who }
    case 'unlock':
      return { type: 'unlock', ...acted.body, ...who }
    case 'approve':
    case 'promote':
      return { type: acted.act, ...acted.body, ...who }
    case 'send-back':
      return { type: 'send-back', ...acted.body, ...who }
    case 'pause':
      return { type: 'pause', ...acted.body, ...who }
    case 'resume':
    case 'confirm':
      return { type: acted.act, ...acted.body, ...who }
    case 'skip-bake':
      return { type: 'skip-bake', ...acted.body, ...who }
    case 'rollback':
      return { type: 'rollback', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'abort':
      return { type: 'abort', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'accept':
      return { type: 'accept', ...acted.body, tick: tick(acted.body.stage), ...who }
    case 'accept-history':
      return { type: 'accept-history', ...acted.body, ...who }
    case 'reject':
      return { type: 'reject', ...acted.body, ...who }
    case 'unreject':
      return { type: 'unreject', ...acted.body, ...who }
    case 'retry':
      return { type: 'retry', ...acted.body, ...who }
    case 'set-track':
      return { type: 'set-track', ...acted.body, ...who }
    case 'undo-track':
      return { type: 'undo-track', ...acted.body, ...who }
    case 'follow-track':
      return { type: 'follow-track', ...acted.body, ...who }
    case 'remove-track':
      return { type: 'remove-track', ...acted.body, ...who }
    case 'add-route':
      return { type: 'add-route', ...acted.body, ...who }
    case 'edit-route':
      return { type: 'edit-route', ...acted.body, ...who }
    case 'remove-route':
      return { type: 'remove-route', ...acted.body, ...who }
    case 'deploy': {
      const { commit, label, ...rest } = acted.body
      if (!found) throw new Error('a deploy needs the commit that was found for it')
      return { type: 'deploy', ...rest, change: found, label: label ?? labelOf(commit, found), ...who }
    }
    case 'pin':
      return { type: 'pin', ...acted.body, ...who }
    case 'unpin':
      return { type: 'unpin', ...acted.body, ...who }
    case 'retire-stage':
      return { type: 'retire-stage', ...acted.body, ...who }
    case 'set-vars':
    case 'set-secret':
    case 'unset-settings':
      return {
        type: 'set-settings',
        stage: acted.body.stage,
        changes: settingChanges(acted, secret),
        reason: acted.body.reason,
        ...settingsRound(acted.body, tick),
        ...who,
      }
  }
}

type SettingsActed = Extract<Acted, { act: 'set-vars' | 'set-secret' | 'unset-settings' }>

function settingChanges(acted: SettingsActed, secret: number): readonly SettingChange[] {
  switch (acted.act) {
    case 'set-vars':
      return Object.entries(acted.body.vars).map(([name, value]) => ({
        name,
        setting: { kind: 'plain', value },
      }))
    case 'set-secret':
      // The value has its own place; what is known here is which one it is.
      return [{ name: acted.body.name, setting: { kind: 'secret', secret } }]
    case 'unset-settings':
      return acted.body.names.map((name) => ({ name, setting: null }))
  }
}

function settingsRound(
  { stage, lane, onto, locks }: SettingsActed['body'],
  tick: ActContext['tick'],
): { readonly round?: SettingsRound } {
  return lane === undefined ? {} : { round: { lane, keeps: onto, locks, tick: tick(stage) } }
}

/** `anna/fix@3f2a1`: what was named, and the commit it was. */
function labelOf(commit: string, { sha }: Change): string {
  return sha.startsWith(commit.toLowerCase()) ? sha.slice(0, 7) : `${commit}@${sha.slice(0, 5)}`
}
