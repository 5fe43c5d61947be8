// How far the release command of a stage's rollout is, and what follows from each of its events.
import type { ServiceEvent } from './event.ts'
import type { CommandRun, Rollout, StageState } from './state.ts'

/** Nothing of the rollout may start yet. */
export function isCommandOwed({ command }: Pick<StageState, 'command'>, rollout: Rollout): boolean {
  if (rollout.command === undefined) return false
  return command?.rollout !== rollout.rollout || command.state !== 'passed'
}

/** The run that belongs to the rollout under way; undefined where there is none yet. */
export function runOf({ command, rollout }: StageState): CommandRun | undefined {
  return command?.rollout === rollout?.rollout ? command : undefined
}

type CommandEvent = Extract<ServiceEvent, { readonly type: `release-command-${string}` }>

export function isCommandEvent(event: ServiceEvent): event is CommandEvent {
  return event.type.startsWith('release-command-')
}

export function evolveCommand(stage: StageState, event: CommandEvent): StageState {
  const { rollout, release, attempt, at } = event
  return { ...stage, command: { rollout, release, attempt, state: stateAfter(event), since: at } }
}

function stateAfter({ type }: CommandEvent): CommandRun['state'] {
  switch (type) {
    case 'release-command-started':
      return 'running'
    case 'release-command-passed':
      return 'passed'
    case 'release-command-failed':
      return 'failed'
    case 'release-command-lost':
      return 'lost'
    case 'release-command-retried':
      return 'waiting'
    case 'release-command-stopped':
      return 'stopped'
  }
}
