// Variables and secrets of a stage: what may be set, and what may not be taken away.
import { releaseName } from '../release-number.ts'
import { openRound } from './call-round.ts'
import type { SettingsCommand, SettingsRound } from './command.ts'
import { nothing, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import { evolve } from './evolve.ts'
import { giveSettings } from './settings-due.ts'
import {
  differing,
  settingsInForce,
  settingsOf,
  settingsToGive,
  type Setting,
  type SettingChange,
  type SettingsVersion,
} from './settings.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { missingNeeds } from './needs.ts'

/** What one variable may hold; the whole environment of a process has a limit too. */
export const VALUE_CHARACTERS_MAX = 32 * 1024
export const NAMES_MAX = 500
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

export function decideSettings(state: ServiceState, command: SettingsCommand): Decision {
  const stage = stageOf(state, command.stage)
  const { changes, reason, at, by } = command
  const base = settingsInForce(stage.settings)
  if (command.round && reason.trim() === '')
    return refuse('round/needs-reason', 'say why: what goes round the queue is kept in the audit log')
  for (const change of changes) {
    const refusal = refuseChange(state, stage, base, change)
    if (refusal) return refusal
  }
  const isUnchanged = changes.every(({ name, setting }) => isSame(base.values[name], setting))
  // Set before and not yet given: by another lane they go now.
  if (isUnchanged && !(command.round && isWaiting(stage, command.round)))
    return refuse('settings/unchanged', `${stage.stage} has these settings already`)
  if (new Set([...Object.keys(base.values), ...changes.map(({ name }) => name)]).size > NAMES_MAX)
    return refuse('settings/too-many', `${stage.stage} may have at most ${NAMES_MAX} settings`)
  const said: readonly ServiceEvent[] = isUnchanged
    ? []
    : [{ type: 'settings-changed', stage: stage.stage, changes, reason, at, by }]
  return command.round ? sendRound(state, command, command.round, said) : { events: said }
}

function isWaiting(stage: StageState, { keeps = stage.live?.release }: SettingsRound): boolean {
  return keeps !== undefined && settingsToGive(stage, keeps) !== undefined
}

/** A changed setting by the lane of a hotfix or an emergency: the live release once more, made and sent at once. */
function sendRound(
  before: ServiceState,
  { stage: name, changes, reason, at, by }: SettingsCommand,
  { lane, keeps, locks, tick }: SettingsRound,
  said: readonly ServiceEvent[],
): Decision {
  const state = said.reduce(evolve, before)
  const stage = stageOf(state, name)
  const base = keeps ?? stage.live?.release
  if (!state.definition) return nothing
  if (base === undefined || !state.releases[base])
    return refuse(
      'round/nothing-live',
      `${name} runs nothing yet, so nothing is in a hurry: what it runs first is given these settings; leave the lane out`,
    )
  const wanted = settingsInForce(stage.settings)
  const made = giveSettings(state, stage, wanted, { base, at, by })
  if (!made)
    return refuse('settings/no-number', `${name} had too many settings for one release; merge another`)
  const named = new Set(changes.map((change) => change.name))
  const along = differing(settingsOf(stage, base), wanted).filter((each) => !named.has(each))
  const events = [...said, made.event]
  return openRound(
    before,
    state.definition,
    stage,
    { release: made.release, events, along },
    { lane, keeps, locks, rejected: [], reason, tick, at, by },
  )
}

function refuseChange(
  state: ServiceState,
  stage: StageState,
  base: SettingsVersion,
  { name, setting }: SettingChange,
): Decision | undefined {
  if (!NAME.test(name))
    return refuse(
      'settings/bad-name',
      `${JSON.stringify(name)} cannot be a variable: letters, digits and underscores only, no digit first`,
    )
  if (name === 'PORT' || name.startsWith('SLUICE_'))
    return refuse('settings/own-name', `${name} is given by Sluice itself and cannot be set`)
  const known = base.values[name]
  if (setting === null) return refuseUnset(state, stage, base, name)
  if (setting.kind === 'plain' && known?.kind === 'secret')
    return refuse(
      'settings/is-secret',
      `${name} of ${stage.stage} is a secret; set it with sluice secret set, or unset it first`,
    )
  if (setting.kind !== 'plain') return undefined
  if (setting.value.includes('\0'))
    return refuse(
      'settings/bad-value',
      `the value of ${name} holds a zero byte, which no process can be given`,
    )
  if (setting.value.length > VALUE_CHARACTERS_MAX)
    return refuse(
      'settings/too-long',
      `the value of ${name} is longer than ${VALUE_CHARACTERS_MAX} characters; keep it in a file of the release`,
    )
  return undefined
}

/** What the release that is served needs cannot be taken from under it. */
function refuseUnset(
  state: ServiceState,
  stage: StageState,
  base: SettingsVersion,
  name: string,
): Decision | undefined {
  if (!base.values[name])
    return refuse(
      'settings/not-set',
      Object.hasOwn(base.file, name)
        ? `${name} of ${stage.stage} comes from the configuration file; take it out there`
        : `${stage.stage} has no ${name}`,
    )
  const values = { ...base.values }
  delete values[name]
  for (const release of [stage.live?.release, stage.rollout?.release])
    if (release !== undefined && missingNeeds(state, release, { ...base, values }).includes(name))
      return refuse(
        'settings/needed',
        `${releaseName(release)}, which ${stage.stage} runs, says that it needs ${name}; set another value, or first deploy a release that does without`,
      )
  return undefined
}

function isSame(known: Setting | undefined, wanted: Setting | null): boolean {
  if (!known || wanted === null) return !known && wanted === null
  if (known.kind === 'plain') return wanted.kind === 'plain' && wanted.value === known.value
  return wanted.kind === 'secret' && wanted.secret === known.secret
}
