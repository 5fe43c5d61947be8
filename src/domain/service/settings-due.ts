// A changed setting is a rollout of its own (behaviour 4.5): the live release once more, with the settings in force, after
// the rollout under way and before the next release. What is given to it is a release too, so that it goes through the
// same steps, is judged against what ran before, and can be gone back from.
import type { Change } from '../change/change.ts'
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { settingsApproval } from './approvals.ts'
import type { ServiceEvent } from './event.ts'
import type { GateReason } from './gate-reason.ts'
import { closedGate, stageReasons } from './gates.ts'
import { WAYS } from './lanes.ts'
import { nextOffLine } from './off-line.ts'
import { secretsOf, settingsInForce, settingsOf, settingsToGive, type SettingsVersion } from './settings.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'

export type SettingsDue = { readonly version: SettingsVersion; readonly why: readonly GateReason[] }

/** The settings that the live release has yet to be given, with what still keeps them; undefined when it has them. */
export function settingsDue(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): SettingsDue | undefined {
  const stage = stageOf(state, definition.stage)
  const version = stage.live ? settingsToGive(stage, stage.live.release) : undefined
  if (!version || !stage.live || !service.stages.includes(definition)) return undefined
  const why = [
    ...stageReasons(state, stage, stage.live.release, version.version),
    ...(WAYS.settings.approval === 'waits' ? settingsApproval(definition, stage) : []),
    ...closedGate(state, definition, now, 'entry'),
  ]
  return { version, why }
}

type By = { readonly at: EpochMs; readonly by: Actor }

/** A release, the live one unless said otherwise, once more with these settings; undefined when there are no numbers left for it. */
export function giveSettings(
  state: ServiceState,
  stage: StageState,
  version: SettingsVersion,
  { at, by, base = stage.live?.release }: By & { readonly base?: ReleaseNumber | undefined },
): Made | undefined {
  if (base === undefined) return undefined
  const over = settingsOf(stage, base).version
  const subject = `settings of ${stage.stage}, version ${version.version}: ${version.changed.join(', ')}`
  return makeOnceMore(state, base, {
    stage: stage.stage,
    version: version.version,
    over,
    restores: null,
    reason: version.reason,
    subject,
    at,
    by,
    who: version.by,
  })
}

/**
 * Going back gives plain settings as they were, and secrets as they are now: one that was changed since is dead. Then it
 * takes new instances; undefined where what is there has the secrets of today.
 */
export function withSecretsOfToday(
  state: ServiceState,
  stage: StageState,
  target: ReleaseNumber,
  { at, by }: By,
): Made | undefined {
  if (stage.live?.release === target) return undefined
  const then = settingsOf(stage, target)
  const now = settingsInForce(stage.settings)
  const [old, current] = [secretsOf(then), secretsOf(now)]
  const names = new Set([...Object.keys(old), ...Object.keys(current)])
  if ([...names].every((name) => old[name] === current[name])) return undefined
  const version = Math.max(...stage.settings.versions.map((one) => one.version)) + 1
  return makeOnceMore(state, target, {
    stage: stage.stage,
    version,
    over: then.version,
    restores: then.version,
    reason: '',
    subject: `settings of ${stage.stage} as in version ${then.version}, with the secrets of today`,
    at,
    by,
    who: by,
  })
}

export type Made = { readonly release: ReleaseNumber; readonly event: ServiceEvent }

function makeOnceMore(
  state: ServiceState,
  target: ReleaseNumber,
  wish: By & {
    readonly stage: string
    readonly version: number
    readonly over: number
    readonly restores: number | null
    readonly reason: string
    readonly subject: string
    readonly who: Actor
  },
): Made | undefined {
  const known = state.releases[target]
  const of = known?.origin.kind === 'settings' ? known.origin.of : target
  const release = nextOffLine(state, of)
  const base = state.releases[of] ?? known
  if (release === undefined || !base) return undefined
  const { stage, version, over, restores, subject, who, at, by } = wish
  const event: ServiceEvent = {
    type: 'release-made',
    release,
    origin: { kind: 'settings', of, stage, version, over, restores },
    change: changeOf(base.change, subject, who),
    reason: wish.reason === '' ? `${releaseName(of)} is given other settings` : wish.reason,
    at,
    by,
  }
  return { release, event }
}

/** The same commit; but what its message says is said by the release of the line, and not a second time. */
function changeOf(change: Change, subject: string, who: Actor): Change {
  const person = who.kind === 'person' ? { name: who.name, email: who.name } : change.author
  return {
    ...change,
    author: person,
    committer: person,
    coAuthors: [],
    subject,
    pullRequest: null,
    says: { revertsCommits: [], revertsPullRequests: [], fixes: [], contains: [], cherryPickedFrom: [] },
  }
}
