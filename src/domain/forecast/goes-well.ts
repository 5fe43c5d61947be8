// What the outside answers when all goes well: instances come at once, routers follow, checks pass.
import { machine, type EpochMs } from '../names.ts'
import type { ServiceCommand } from '../service/command.ts'
import type { Intent } from '../service/intent.ts'
import type { ServiceState } from '../service/state.ts'

/** `lastTick`: what begins now begins after all that was seen. Builds take time, and are not answered here. */
export function goesWell(
  state: ServiceState,
  intent: Exclude<Intent, { do: 'wake' } | { do: 'build' }>,
  now: EpochMs,
  lastTick: (stage: string) => number,
): ServiceCommand {
  const at = { at: now, by: machine('forecast') } as const
  switch (intent.do) {
    case 'decide': {
      const { command } = intent
      return 'tick' in command ? { ...command, tick: lastTick(command.stage) } : command
    }
    case 'scale':
    case 'shrink': {
      const { stage, fleet } = intent
      const { release, count, workers } = fleet
      const known = state.stages[stage]?.fleets[release]?.instances ?? []
      const fresh = Array.from({ length: Math.max(0, count - known.length) }, (_, index) => ({
        id: `forecast-${stage}-${release}-${known.length + index}`,
        host: '127.0.0.1',
        port: 1,
      }))
      const instances = [...known, ...fresh].slice(0, count)
      return {
        type: 'report-fleet',
        stage,
        release,
        count,
        instances,
        workers,
        askedAt: state.version,
        ...at,
      }
    }
    case 'route': {
      const { stage, generation, arms, tracks, rulesAt } = intent
      return { type: 'report-routed', stage, generation, arms, tracks, rulesAt, ...at }
    }
    case 'run-command': {
      const { stage, release, rollout, attempt, isStarted } = intent
      const outcome = isStarted ? 'passed' : 'started'
      const run = { stage, release, rollout, attempt, outcome, message: '' } as const
      return { type: 'report-release-command', ...run, tick: lastTick(stage), ...at }
    }
    case 'end-command': {
      const { stage, release, rollout, attempt } = intent
      const run = { stage, release, rollout, attempt, outcome: 'lost', message: '' } as const
      return { type: 'report-release-command', ...run, tick: lastTick(stage), ...at }
    }
    case 'prepare-revert':
      return { type: 'report-revert', release: intent.release, made: null, message: '', ...at }
    case 'check-beside': {
      const { stage, release, check } = intent
      const answer = { check: check.check, passed: true, message: '' } as const
      return { type: 'report-beside-check', stage, release, ...answer, ...at }
    }
    case 'check': {
      const { stage, release, rollout, step, check } = intent
      const answer = { check: check.check, passed: true, message: '', tick: lastTick(stage) } as const
      return { type: 'report-check', stage, release, rollout, step, ...answer, ...at }
    }
  }
}
