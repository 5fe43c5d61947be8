// The command that runs once per rollout, before its first instance: a migration mostly (behaviour 5.5). It never runs a
// second time without a person's word: one whose end was not recorded holds its rollout, and asks.
import { releaseName } from '../release-number.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, type Decision } from './decision.ts'
import type { Intent } from './intent.ts'
import { isCommandOwed, runOf } from './command-run.ts'
import { failRollout } from './fail-rollout.ts'
import type { GateReason } from './gate-reason.ts'
import type { CommandRun, ServiceState, StageState } from './state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>

/** It is started, or followed to its end; one whose rollout is over is ended first. */
export function commandIntents(stage: StageState): readonly Intent[] {
  const { command, rollout } = stage
  if (command?.state === 'running' && command.rollout !== rollout?.rollout)
    return [{ do: 'end-command', stage: stage.stage, ...runFacts(command) }]
  if (!rollout?.command || rollout.phase !== 'preparing' || !isCommandOwed(stage, rollout)) return []
  const run = runOf(stage)
  if (run?.state === 'lost') return []
  return [
    {
      do: 'run-command',
      stage: stage.stage,
      rollout: rollout.rollout,
      release: rollout.release,
      attempt: run?.attempt ?? 1,
      command: rollout.command,
      isStarted: run?.state === 'running',
    },
  ]
}

function runFacts({
  rollout,
  release,
  attempt,
}: CommandRun): Pick<CommandRun, 'rollout' | 'release' | 'attempt'> {
  return { rollout, release, attempt }
}

/** What the runner says. Of an attempt that is not the last one, nothing counts. */
export function reportCommand(
  state: ServiceState,
  stage: StageState,
  command: Of<'report-release-command'>,
): Decision {
  const { release, rollout, attempt, outcome, message, tick, at, by } = command
  const known = stage.command
  const facts = { stage: stage.stage, release, rollout, attempt, at, by }
  if (outcome === 'started') {
    if (stage.rollout?.rollout !== rollout || !stage.rollout.command) return nothing
    if (known?.rollout === rollout && (known.attempt > attempt || known.state !== 'waiting')) return nothing
    return accept({ type: 'release-command-started', ...facts, command: stage.rollout.command.command })
  }
  if (known?.rollout !== rollout || known.attempt !== attempt || known.state !== 'running') return nothing
  if (stage.rollout?.rollout !== rollout)
    return accept({ type: 'release-command-stopped', ...facts, message })
  switch (outcome) {
    case 'passed':
      return accept({ type: 'release-command-passed', ...facts, message })
    case 'lost':
      return accept({ type: 'release-command-lost', ...facts, message })
    case 'failed': {
      const failure = {
        cause: 'release-command',
        message: `the release command failed: ${message}`,
        blames: true,
        tick,
        at,
        by,
      } as const
      return accept(
        { type: 'release-command-failed', ...facts, message },
        ...failRollout(state, stage, stage.rollout, failure),
      )
    }
  }
}

/** A person says that it may run once more. Undefined where nothing was lost. */
export function retryCommand(stage: StageState, { release, at, by }: Of<'retry'>): Decision | undefined {
  const run = lostRun(stage, release)
  return run && accept({ type: 'release-command-retried', stage: stage.stage, ...nextAttempt(run), at, by })
}

/** A person says that it had ended well. Undefined where nothing was lost. */
export function vouchForCommand(
  stage: StageState,
  { release, reason, at, by }: Of<'accept'>,
): Decision | undefined {
  const run = lostRun(stage, release)
  return (
    run &&
    accept({ type: 'release-command-passed', stage: stage.stage, ...runFacts(run), message: reason, at, by })
  )
}

function lostRun(stage: StageState, release: number): CommandRun | undefined {
  const run = runOf(stage)
  return run?.state === 'lost' && run.release === release ? run : undefined
}

function nextAttempt(run: CommandRun): ReturnType<typeof runFacts> {
  return { ...runFacts(run), attempt: run.attempt + 1 }
}

/** What people read while a rollout waits for its command. */
export function commandReason(stage: StageState): GateReason | undefined {
  const { rollout } = stage
  if (!rollout?.command || rollout.phase !== 'preparing' || !isCommandOwed(stage, rollout)) return undefined
  const { command } = rollout.command
  const run = runOf(stage)
  if (run?.state !== 'lost')
    return {
      code: 'rollout/release-command',
      text: `its release command runs first: ${command}`,
      until: null,
    }
  const name = releaseName(rollout.release)
  return {
    code: 'rollout/release-command-lost',
    text: `its release command (${command}) was running when the machine stopped, and nobody knows whether it ended: look, then sluice retry '${name}' ${stage.stage} to run it again, sluice accept '${name}' ${stage.stage} if it had ended well, or sluice abort ${stage.stage}`,
    until: null,
  }
}
