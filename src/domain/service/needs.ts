// Variables that a release says it cannot do without (`run.needs`).
import type { ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import { refuse, type Decision } from './decision.ts'
import type { GateReason } from './gate-reason.ts'
import { hasSetting, settingsInForce, type SettingsVersion } from './settings.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'

/** Names that a release needs and neither it nor these settings have. */
export function missingNeeds(
  state: ServiceState,
  release: ReleaseNumber,
  settings: SettingsVersion,
): readonly string[] {
  const build = state.releases[release]?.build
  if (build?.state !== 'done') return []
  const { needs = [], env } = build.run
  return needs.filter((name) => !Object.hasOwn(env, name) && !hasSetting(settings, name))
}

export function needsReason(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
): readonly GateReason[] {
  const missing = missingNeeds(state, release, settingsInForce(stage.settings))
  if (missing.length === 0) return []
  const text = `it needs ${missing.join(' and ')}, which ${stage.stage} does not have: sluice vars set, or sluice secret set`
  return [{ code: 'gate/needs', text, until: null }]
}

/** A configuration file may not take away either what a stage runs on. */
export function refuseNeeded(state: ServiceState, definition: ServiceDefinition): Decision | undefined {
  for (const { stage: name, renamedFrom, env } of definition.stages) {
    const stage = stageOf(state, state.stages[name] === undefined ? (renamedFrom ?? name) : name)
    const inForce = settingsInForce(stage.settings)
    for (const release of [stage.live?.release, stage.rollout?.release]) {
      if (release === undefined) continue
      const before = missingNeeds(state, release, inForce)
      const missing = missingNeeds(state, release, { ...inForce, file: env }).filter(
        (one) => !before.includes(one),
      )
      if (missing.length > 0)
        return refuse(
          'settings/needed',
          `${releaseName(release)}, which ${name} runs, says that it needs ${missing.join(' and ')}; keep it in env of ${name}, or set it with sluice vars set first`,
        )
    }
  }
  return undefined
}
