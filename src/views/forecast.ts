// What would happen to the next merge (`plan`): the gates as they stand now, the times as they are set.
import type { EpochMs } from '../domain/names.ts'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import { windowAt, windowTimeText } from '../domain/pipeline/window.ts'
import { closedGate, rolloutMs } from '../domain/service/gates.ts'
import { stageOf, type ServiceState } from '../domain/service/state.ts'
import { releaseName } from '../domain/release-number.ts'

export type ForecastRow = { readonly stage: string; readonly text: string; readonly at: EpochMs | null }

export function forecast(
  state: ServiceState,
  service: ServiceDefinition,
  now: EpochMs,
): readonly ForecastRow[] {
  const next = state.head + 1
  const rows: ForecastRow[] = [
    {
      stage: 'build',
      text: `${releaseName(next)} is built with ${service.build.command === null ? 'nothing to run' : `\`${service.build.command}\``}`,
      at: now,
    },
  ]
  let at: EpochMs | null = now
  for (const definition of service.stages) {
    const closed = closedGate(state, definition, at ?? now, 'entry').filter(
      ({ code }) => !code.startsWith('gate/window'),
    )
    const stage = stageOf(state, definition.stage)
    const stops = [
      ...closed.map(({ text }) => text),
      ...(stage.pin ? [`${definition.stage} is pinned: ${stage.pin.reason}`] : []),
    ]
    if (stops.length > 0) {
      rows.push({
        stage: definition.stage,
        text: `${releaseName(next)} waits: ${stops.join('; ')}`,
        at: null,
      })
      at = null
    } else {
      const entered: { at: EpochMs | null; text: string } = entry(definition, at, now)
      rows.push({
        stage: definition.stage,
        text: `${releaseName(next)} ${entered.text}, ${rolloutText(definition)}`,
        at: entered.at,
      })
      at = entered.at === null ? null : entered.at + rolloutMs(definition) + (definition.bake?.forMs ?? 0)
    }
    if (definition.bake)
      rows.push({
        stage: definition.stage,
        text: `it bakes ${duration(definition.bake.forMs)} of watched time${definition.traffic === 'none' ? '' : ` and ${definition.bake.requests} requests`}`,
        at,
      })
    else if (definition.watchMs > 0)
      rows.push({
        stage: definition.stage,
        text: `it is live, and watched for ${duration(definition.watchMs)} more`,
        at,
      })
  }
  return rows
}

function entry(
  definition: StageDefinition,
  at: EpochMs | null,
  now: EpochMs,
): { at: EpochMs | null; text: string } {
  if (at === null || !definition.window) return { at, text: `enters ${definition.stage}` }
  const window = windowAt(definition.window, at)
  const fits = window.open && (window.changesAt === null || at + rolloutMs(definition) <= window.changesAt)
  if (fits) return { at, text: `enters ${definition.stage}` }
  const opens =
    window.open && window.changesAt !== null
      ? windowAt(definition.window, window.changesAt).changesAt
      : window.changesAt
  return {
    at: opens,
    text: `waits for the window of ${definition.stage}${opens === null ? '' : `, ${windowTimeText(definition.window, opens, now)}`}, then enters`,
  }
}

function rolloutText(definition: StageDefinition): string {
  return definition.rollout
    .map(
      ({ kind, percent, soakMs }) =>
        `${kind === 'one-box' ? 'one box' : kind === 'share' ? `${percent} %` : 'everybody'}${soakMs > 0 ? ` (${duration(soakMs)})` : ''}`,
    )
    .join(', ')
}

export function duration(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 86_400_000) return `${Math.round(ms / 360_000) / 10} h`
  return `${Math.round(ms / 8_640_000) / 10} days`
}
