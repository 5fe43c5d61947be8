// Settings of a stage: variables and secrets with versions. Every version is kept whole, so that a rollout can name the
// one it brings and a way back can have the one it had. A secret is a number here; its value is elsewhere.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { StageState } from './state.ts'

export type Setting =
  | { readonly kind: 'plain'; readonly value: string }
  /** Version of the value in the secret store. */
  | { readonly kind: 'secret'; readonly secret: number }

export type Settings = Readonly<Record<string, Setting>>

/** `null` takes the name away. */
export type SettingChange = { readonly name: string; readonly setting: Setting | null }

export type SettingsVersion = {
  readonly version: number
  readonly at: EpochMs
  readonly by: Actor
  readonly reason: string
  /** Names that are not as in the version before; those of the configuration file too. */
  readonly changed: readonly string[]
  /** What the configuration file says for the stage. */
  readonly file: Readonly<Record<string, string>>
  /** What people set; it wins over the file. */
  readonly values: Settings
  readonly rejected: { readonly by: Actor; readonly reason: string; readonly at: EpochMs } | null
  /** Made by going back, of the version named, for one release: never in force for the next. */
  readonly restores?: number
}

export type StageSettings = {
  /** Oldest first, the newest last; never empty. Version 0 has nothing in it. */
  readonly versions: readonly SettingsVersion[]
  /** Up to this version none begins a rollout by itself any more. */
  readonly passedOver: number
  /** The newest version when the stage was pinned last: a pin keeps out what is not newer. */
  readonly atPin: number
  /** The version that each release in the stage was given. */
  readonly of: Readonly<Record<ReleaseNumber, number>>
  /** Who said yes to a version, where the stage asks. Absent: nobody ever did. */
  readonly approvals?: readonly { readonly version: number; readonly person: string }[]
}

/** Versions that people can look back at, beyond those that are still in use. */
export const VERSIONS_KEPT = 50

const nobody: Actor = { kind: 'machine', rule: 'start' }

export const noSettings: StageSettings = {
  versions: [
    { version: 0, at: 0, by: nobody, reason: '', changed: [], file: {}, values: {}, rejected: null },
  ],
  passedOver: 0,
  atPin: 0,
  of: {},
}

export function newestSettings({ versions }: StageSettings): SettingsVersion {
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error('a stage has at least the settings of version 0')
  return newest
}

/** What the next rollout brings: the newest version that was not rolled back. */
export function settingsInForce(settings: StageSettings): SettingsVersion {
  return settings.versions.findLast(isInForce) ?? newestSettings(settings)
}

function isInForce({ rejected, restores }: SettingsVersion): boolean {
  return rejected === null && restores === undefined
}

export function settingsVersion(settings: StageSettings, version: number): SettingsVersion | undefined {
  return settings.versions.find((one) => one.version === version)
}

/** What instances of a release in the stage are given. */
export function settingsOf(
  { settings }: Pick<StageState, 'settings'>,
  release: ReleaseNumber,
): SettingsVersion {
  const version = settings.of[release]
  return (version === undefined ? undefined : settingsVersion(settings, version)) ?? settingsInForce(settings)
}

/** Variables that may be shown. */
export function plainOf({ file, values }: SettingsVersion): Readonly<Record<string, string>> {
  const plain = { ...file }
  for (const [name, setting] of Object.entries(values)) {
    if (setting.kind === 'plain') plain[name] = setting.value
    else delete plain[name]
  }
  return plain
}

/** Secrets by name, each with the version of its value. */
export function secretsOf({ values }: SettingsVersion): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, setting]) =>
      setting.kind === 'secret' ? [[name, setting.secret]] : [],
    ),
  )
}

/** The settings in force, where `base` was given others, and nobody went back from them. */
export function settingsToGive(
  stage: Pick<StageState, 'settings'>,
  base: ReleaseNumber,
): SettingsVersion | undefined {
  const { settings } = stage
  const wanted = settingsInForce(settings)
  const given = settingsOf(stage, base)
  const isGiven = given.version === wanted.version || differing(given, wanted).length === 0
  return wanted.version <= settings.passedOver || isGiven ? undefined : wanted
}

/** Names that an instance would see another value of. */
export function differing(left: SettingsVersion, right: SettingsVersion): readonly string[] {
  const seen = (version: SettingsVersion): Readonly<Record<string, string | number>> => ({
    ...plainOf(version),
    ...secretsOf(version),
  })
  const [before, after] = [seen(left), seen(right)]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => before[name] !== after[name],
  )
}

/** Whether a name has a value. */
export function hasSetting({ file, values }: SettingsVersion, name: string): boolean {
  return Object.hasOwn(file, name) || Object.hasOwn(values, name)
}

type Made = { readonly at: EpochMs; readonly by: Actor; readonly reason: string }

/** The next version, on top of the one in force: what was rolled back stays out until it is set again. */
export function withChanges(
  settings: StageSettings,
  changes: readonly SettingChange[],
  made: Made,
): StageSettings {
  const base = settingsInForce(settings)
  const values = { ...base.values }
  for (const { name, setting } of changes) {
    if (setting === null) delete values[name]
    else values[name] = setting
  }
  return withVersion(settings, { ...base, values, changed: changes.map(({ name }) => name) }, made)
}

/** What the file says now; the same settings where it says nothing else than before. */
export function withFile(
  settings: StageSettings,
  file: Readonly<Record<string, string>>,
  made: Omit<Made, 'reason'>,
): StageSettings {
  const known = newestSettings(settings).file
  const changed = [...new Set([...Object.keys(known), ...Object.keys(file)])]
    .filter((name) => known[name] !== file[name])
    .sort()
  if (changed.length === 0) return settings
  const reason = 'the configuration file changed'
  return withVersion(settings, { ...settingsInForce(settings), file, changed }, { ...made, reason })
}

function withVersion(
  settings: StageSettings,
  content: Pick<SettingsVersion, 'file' | 'values' | 'changed'>,
  { at, by, reason }: Made,
): StageSettings {
  const { file, values, changed } = content
  const version = newestSettings(settings).version + 1
  const made: SettingsVersion = { version, at, by, reason, changed, file, values, rejected: null }
  return { ...settings, versions: forgetVersions([...settings.versions, made], settings.of) }
}

/** Every version after `after`, up to `version`, was rolled back: it is out until its names are set again. */
export function withRejected(
  settings: StageSettings,
  { over, version }: { readonly over: number; readonly version: number },
  rejected: NonNullable<SettingsVersion['rejected']>,
): StageSettings {
  return {
    ...settings,
    versions: settings.versions.map((one) =>
      one.version > over && one.version <= version && one.rejected === null ? { ...one, rejected } : one,
    ),
  }
}

/** Plain settings of an older version with the secrets in force, for a release that the stage goes back to. */
export function withRestored(
  settings: StageSettings,
  restores: number,
  version: number,
  { at, by }: Pick<Made, 'at' | 'by'>,
): StageSettings {
  const inForce = settingsInForce(settings)
  const then = settingsVersion(settings, restores) ?? inForce
  const entries = (values: Settings, kind: Setting['kind']) =>
    Object.entries(values).filter(([, setting]) => setting.kind === kind)
  const values = Object.fromEntries([...entries(then.values, 'plain'), ...entries(inForce.values, 'secret')])
  const reason = `as in version ${restores}, with the secrets of today`
  const made: SettingsVersion = {
    version,
    at,
    by,
    reason,
    changed: [],
    file: then.file,
    values,
    rejected: null,
    restores,
  }
  return { ...settings, versions: forgetVersions([...settings.versions, made], settings.of) }
}

/**
 * What a person went back from does not come again by itself, nor does anything set before: it would undo what they did.
 * Where the machine went back, only what was left with is passed over; what waits outside has done nothing.
 */
export function afterGoingBack(
  settings: StageSettings,
  { from, to, by }: { readonly from: ReleaseNumber | null; readonly to: ReleaseNumber; readonly by: Actor },
): StageSettings {
  if (from === null || from === to) return settings
  const left = by.kind === 'person' ? newestSettings(settings).version : (settings.of[from] ?? 0)
  return { ...settings, passedOver: Math.max(settings.passedOver, left) }
}

/** A pin keeps out what was set before it, and not what is set after it. */
export function isSinceThePin(settings: StageSettings, version: number): boolean {
  return version > settings.atPin
}

/** Only what was said of the version itself counts on. */
export function withApproval(settings: StageSettings, version: number, by: Actor): StageSettings {
  const person = by.kind === 'person' ? by.name : ''
  const before = (settings.approvals ?? []).filter((given) => given.version === version)
  return { ...settings, approvals: [...before, { version, person }] }
}

export function atPin(settings: StageSettings): StageSettings {
  return { ...settings, atPin: newestSettings(settings).version }
}

/** Old versions that nothing has any more are forgotten; the event log still has them. */
function forgetVersions(
  versions: readonly SettingsVersion[],
  of: StageSettings['of'],
): readonly SettingsVersion[] {
  const used = new Set(Object.values(of))
  const inForce = versions.findLast(isInForce)
  return versions.filter(
    (one, index) => index >= versions.length - VERSIONS_KEPT || one === inForce || used.has(one.version),
  )
}

/** Versions of each secret that something may still be started with. */
export function secretsInUse(stage: StageState): ReadonlyMap<string, ReadonlySet<number>> {
  const kept = new Map<string, Set<number>>()
  for (const version of stage.settings.versions)
    for (const [name, secret] of Object.entries(secretsOf(version)))
      kept.set(name, (kept.get(name) ?? new Set()).add(secret))
  return kept
}
