// Settings of a stage as people see them. A secret has a name, a version and a time, and never a value.
import type { SettingsView } from '../api/settings.ts'
import type { EpochMs } from '../domain/names.ts'
import { settingsDue } from '../domain/service/settings-due.ts'
import {
  newestSettings,
  settingsInForce,
  settingsOf,
  type SettingsVersion,
} from '../domain/service/settings.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'

export function settingsView(state: ServiceState, name: string, now: EpochMs): SettingsView {
  const stage = stageOf(state, name)
  const inForce = settingsInForce(stage.settings)
  return {
    stage: name,
    version: newestSettings(stage.settings).version,
    inForce: inForce.version,
    live: stage.live ? settingsOf(stage, stage.live.release).version : null,
    waits: waitsOf(state, name, now),
    settings: entriesOf(inForce),
    history: stage.settings.versions
      .filter(({ version }) => version > 0)
      .toReversed()
      .map((one) => ({
        version: one.version,
        at: one.at,
        by: one.by,
        reason: one.reason,
        changed: one.changed.map((changed) => ({ name: changed, ...(entryOf(one, changed) ?? GONE) })),
        rejected: one.rejected ? { ...one.rejected } : null,
      })),
  }
}

function waitsOf(state: ServiceState, name: string, now: EpochMs): SettingsView['waits'] {
  const definition = state.definition?.stages.find(({ stage }) => stage === name)
  if (!state.definition || !definition) return []
  const { rollout } = stageOf(state, name)
  const due = settingsDue(state, state.definition, definition, now)
  if (!due) return []
  if (rollout && settingsOf(stageOf(state, name), rollout.release).version === due.version.version) return []
  return due.why.length > 0 ? [...due.why] : [{ code: 'gate/open', text: 'they roll out now', until: now }]
}

const GONE = { kind: 'gone', value: null, secret: null, from: 'people' } as const

function entriesOf(version: SettingsVersion): SettingsView['settings'] {
  const names = [...new Set([...Object.keys(version.file), ...Object.keys(version.values)])].sort()
  return names.flatMap((name) => {
    const entry = entryOf(version, name)
    return entry ? [{ name, ...entry }] : []
  })
}

function entryOf({ file, values }: SettingsVersion, name: string) {
  const set = values[name]
  if (set?.kind === 'secret')
    return { kind: 'secret' as const, value: null, secret: set.secret, from: 'people' as const }
  if (set) return { kind: 'plain' as const, value: set.value, secret: null, from: 'people' as const }
  const written = file[name]
  return written === undefined
    ? undefined
    : { kind: 'plain' as const, value: written, secret: null, from: 'file' as const }
}
