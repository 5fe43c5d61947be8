// A release entering a stage, step by step. Entries and steps are decided here, where the locks live.
import type { StageDefinition } from '../pipeline/definition.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import { evolve } from './evolve.ts'
import { failRollout } from './fail-rollout.ts'
import { closedGate, entryReasons } from './gates.ts'
import { blockedBy } from './lifting.ts'
import { nextUp } from './queue.ts'
import { reportCommand } from './release-command.ts'
import { giveSettings, settingsDue } from './settings-due.ts'
import { completeRollout, startRollout } from './start-rollout.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { sameInstances } from './wanted.ts'
import { sameWorkers } from './workers.ts'
import { releaseName } from '../release-number.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type RolloutCommand = Of<
  | 'enter'
  | 'take-step'
  | 'report-fleet'
  | 'report-fleet-failed'
  | 'report-check'
  | 'report-release-command'
  | 'report-routed'
  | 'catch-by-window'
  | 'take-back-rejected'
  | 'give-settings'
>

export function decideRollout(state: ServiceState, command: RolloutCommand): Decision {
  const service = state.definition
  const definition = service?.stages.find((candidate) => candidate.stage === command.stage)
  if (!service || !definition) return nothing
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'enter':
      return enter(state, definition, stage, command)
    case 'take-step':
      return takeStep(state, definition, stage, command)
    case 'report-fleet':
      return reportFleet(stage, command)
    case 'report-fleet-failed':
      return reportFleetFailed(state, stage, command)
    case 'report-check':
      return reportCheck(state, stage, command)
    case 'report-release-command':
      return reportCommand(state, stage, command)
    case 'report-routed':
      return reportRouted(state, stage, command)
    case 'catch-by-window':
      return catchByWindow(state, definition, stage, command)
    case 'take-back-rejected':
      return takeBackRejected(state, stage, command)
    case 'give-settings':
      return giveDueSettings(state, definition, stage, command)
  }
}

function enter(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  command: Of<'enter'>,
): Decision {
  const service = state.definition
  if (!service) return nothing
  if (settingsDue(state, service, definition, command.at)?.why.length === 0)
    return refuse('gate/not-next', `changed settings go into ${stage.stage} first`)
  const next = nextUp(state, service, definition, command.at)
  if (next?.release !== command.release)
    return refuse('gate/not-next', `${releaseName(command.release)} is not next into ${stage.stage}`)
  const [reason] = entryReasons(state, service, definition, command.release, command.at)
  if (reason) return refuse(reason.code, reason.text)
  return accept(
    startRollout(stage, definition, {
      release: command.release,
      direction: 'forward',
      reason: 'its turn came',
      tick: command.tick,
      takesOut: [],
      at: command.at,
      by: command.by,
    }),
  )
}

/** The live release once more, with the settings in force, through the steps of the stage. */
function giveDueSettings(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { tick, at, by }: Of<'give-settings'>,
): Decision {
  const found = state.definition && settingsDue(state, state.definition, definition, at)
  if (!found) return nothing
  const [reason] = found.why
  if (reason) return refuse(reason.code, reason.text)
  const made = giveSettings(state, stage, found.version, { at, by })
  if (!made)
    return refuse('settings/no-number', `${stage.stage} had too many settings for one release; merge another`)
  const start = { release: made.release, direction: 'forward', tick, takesOut: [], at, by } as const
  const text = `settings changed: ${found.version.changed.join(', ')}`
  return accept(made.event, startRollout(stage, definition, { ...start, reason: text }))
}

function takeStep(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  command: Of<'take-step'>,
): Decision {
  const { rollout } = stage
  if (
    !rollout ||
    rollout.rollout !== command.rollout ||
    rollout.step !== command.step ||
    rollout.phase !== 'gate'
  )
    return nothing
  const [reason] = closedGate(state, definition, command.at, 'step')
  if (reason) return refuse(reason.code, reason.text)
  return accept({
    type: 'step-started',
    stage: stage.stage,
    release: rollout.release,
    rollout: rollout.rollout,
    step: rollout.step,
    at: command.at,
    by: command.by,
  })
}

function reportFleet(stage: StageState, command: Of<'report-fleet'>): Decision {
  const { release, count, instances, workers, askedAt, at, by } = command
  // The target was asked for something else since: this is how it was, not how it is.
  if (askedAt !== undefined && askedAt < (stage.askedAt[release] ?? 0)) return nothing
  const known = stage.fleets[release]
  // What is seen while instances may be stopped at any moment says nothing of which will be left; nor is one that was
  // given up counted on again because somebody saw it who did not know that yet.
  const isUnsettled = stage.unheard[release] !== undefined || count > (known?.count ?? 0)
  if (askedAt === undefined && isUnsettled) return nothing
  const isNews = askedAt !== undefined && stage.unheard[release] !== undefined
  if (count === 0 && !known && !isNews) return nothing
  const isSame = known?.count === count && sameInstances(known.instances, instances)
  if (isSame && !isNews && sameWorkers(known.workers, workers)) return nothing
  const others = workers === undefined ? {} : { workers }
  const facts = { stage: stage.stage, release, count, instances, ...others, askedAt, at, by }
  return accept({ type: 'fleet-changed', ...facts })
}

function reportFleetFailed(
  state: ServiceState,
  stage: StageState,
  command: Of<'report-fleet-failed'>,
): Decision {
  const { rollout } = stage
  if (!rollout || rollout.rollout !== command.rollout || rollout.step !== command.step) return nothing
  const { at, by, cause, message, tick } = command
  if (rollout.direction === 'back') {
    // There is nothing better to go to by itself: it is tried on, and people are told once.
    if (stage.stuck) return nothing
    const reason = `going back to ${releaseName(rollout.release)} in ${stage.stage} does not get on: ${message}`
    return accept({ type: 'stage-stuck', stage: stage.stage, reason, at, by })
  }
  return { events: failRollout(state, stage, rollout, { cause, message, blames: true, tick, at, by }) }
}

function reportCheck(state: ServiceState, stage: StageState, command: Of<'report-check'>): Decision {
  const { rollout } = stage
  if (
    !rollout ||
    rollout.rollout !== command.rollout ||
    rollout.step !== command.step ||
    rollout.phase !== 'checking'
  )
    return nothing
  if (rollout.passed.includes(command.check)) return nothing
  const { at, by, check, message, step, tick } = command
  const report = {
    stage: stage.stage,
    release: rollout.release,
    rollout: rollout.rollout,
    step,
    check,
    message,
    at,
    by,
  }
  if (command.passed) return accept({ type: 'check-passed', ...report })
  const failure = {
    cause: 'check',
    message: `check ${check} failed: ${message}`,
    blames: true,
    tick,
    at,
    by,
  } as const
  return accept({ type: 'check-failed', ...report }, ...failRollout(state, stage, rollout, failure))
}

/** What every router acknowledged. Going back ends with it. */
function reportRouted(state: ServiceState, stage: StageState, command: Of<'report-routed'>): Decision {
  if (command.generation <= stage.plan.generation) return nothing
  const { generation, arms, tracks = [], rulesAt = 0, at, by } = command
  const shifted: ServiceEvent = {
    type: 'traffic-shifted',
    stage: stage.stage,
    generation,
    arms,
    // Plans of those who have neither stay as short as they were.
    ...(tracks.length === 0 ? {} : { tracks }),
    ...(rulesAt === 0 ? {} : { rulesAt }),
    at,
    by,
  }
  if (stage.rollout?.direction !== 'back') return accept(shifted)
  const shiftedState = evolve(state, shifted)
  const after = stageOf(shiftedState, stage.stage)
  const { rollout } = after
  if (rollout?.phase !== 'soaking' || rollout.step !== rollout.steps.length - 1) return accept(shifted)
  return accept(shifted, ...completeRollout(shiftedState, after, rollout, { tick: 0, at, by }))
}

function catchByWindow(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  command: Of<'catch-by-window'>,
): Decision {
  const { rollout } = stage
  if (!rollout || rollout.rollout !== command.rollout || rollout.direction !== 'forward') return nothing
  if (definition.caught === 'stay') return nothing
  const closed = closedGate(state, definition, command.at, 'step').find(
    (reason) => reason.code === 'gate/window',
  )
  if (!closed) return nothing
  const { at, by, tick } = command
  return {
    events: failRollout(state, stage, rollout, {
      cause: 'window',
      message: closed.text,
      blames: false,
      tick,
      at,
      by,
    }),
  }
}

/** What was rejected while it was rolling out goes no further: it goes back (behaviour 2.7). */
function takeBackRejected(
  state: ServiceState,
  stage: StageState,
  { rollout: number, at, by, tick }: Of<'take-back-rejected'>,
): Decision {
  const { rollout } = stage
  if (!rollout || rollout.rollout !== number || rollout.direction !== 'forward') return nothing
  const [blocker] = blockedBy(state, rollout.release, stage.stage)
  if (blocker === undefined) return nothing
  const reason = state.releases[blocker]?.rejected?.reason ?? ''
  const message = `${releaseName(blocker)} was rejected: ${reason}`
  return {
    events: failRollout(state, stage, rollout, { cause: 'rejected', message, blames: false, tick, at, by }),
  }
}
