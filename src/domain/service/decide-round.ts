// Hotfix and emergency (behaviour section 3): how what a person sent round the queue (`call-round.ts`) gets there.
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import type { ServiceCommand } from './command.ts'
import { callRound } from './call-round.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import { startRollout } from './start-rollout.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { besideOwed, roundReasons } from './way-round.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type Called = Of<'hotfix' | 'emergency'>
type RoundCommand =
  | Called
  | Of<
      | 'enter-round'
      | 'close-round'
      | 'start-beside'
      | 'end-beside'
      | 'report-beside-check'
      | 'report-beside-failed'
    >

export function decideRound(state: ServiceState, command: RoundCommand): Decision {
  const service = state.definition
  const definition = service?.stages.find(({ stage }) => stage === command.stage)
  if (!service || !definition) return nothing
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'hotfix':
    case 'emergency':
      return callRound(state, service, stage, command)
    case 'enter-round':
      return enterRound(state, definition, stage, command)
    case 'close-round':
      return closeRound(state, stage, command)
    case 'start-beside':
      return startBeside(state, service, definition, stage, command)
    case 'end-beside':
      return endBeside(state, definition, stage, command)
    case 'report-beside-check':
      return reportBesideCheck(stage, command)
    case 'report-beside-failed':
      return stage.beside?.release === command.release
        ? { events: failBeside(stage, command.message, command) }
        : nothing
  }
}

function enterRound(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { release, tick, at, by }: Of<'enter-round'>,
): Decision {
  const { wayRound } = stage
  if (wayRound?.release !== release) return nothing
  const [reason] = roundReasons(state, definition, wayRound)
  if (reason) return refuse(reason.code, reason.text)
  return accept(
    startRollout(stage, definition, {
      lane: wayRound.lane,
      release,
      direction: 'forward',
      reason: wayRound.reason,
      tick,
      takesOut: [],
      at,
      by,
    }),
  )
}

function closeRound(
  state: ServiceState,
  stage: StageState,
  { release, at, by }: Of<'close-round'>,
): Decision {
  const build = state.releases[release]?.build
  if (stage.wayRound?.release !== release || build?.state !== 'failed') return nothing
  const message = `its build failed: ${build.message}`
  return accept({ type: 'way-round-closed', stage: stage.stage, release, message, at, by })
}

function startBeside(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageState,
  { release, at, by }: Of<'start-beside'>,
): Decision {
  if (stage.beside || besideOwed(state, service, definition) !== release) return nothing
  // It may go round into several stages at once, and not into each of them past this one.
  const target = service.stages.find(({ stage: name }) => {
    const { wayRound } = stageOf(state, name)
    return wayRound?.release === release && wayRound.toCheck.includes(stage.stage)
  })
  if (!target) return nothing
  return accept({ type: 'beside-started', stage: stage.stage, release, target: target.stage, at, by })
}

function endBeside(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { release, at, by }: Of<'end-beside'>,
): Decision {
  const { beside } = stage
  if (beside?.release !== release) return nothing
  const goesOn = stageOf(state, beside.target).wayRound?.release === release
  const passed = definition.checks.every(({ check }) => beside.passed.includes(check))
  if (goesOn && !passed) return nothing
  const message = goesOn ? 'it passed' : 'it no longer goes round'
  const { target } = beside
  return accept({
    type: 'beside-ended',
    stage: stage.stage,
    release,
    target,
    passed: goesOn,
    message,
    at,
    by,
  })
}

function reportBesideCheck(stage: StageState, command: Of<'report-beside-check'>): Decision {
  const { release, check, passed, message, at, by } = command
  if (stage.beside?.release !== release || stage.beside.passed.includes(check)) return nothing
  if (passed)
    return accept({ type: 'beside-check-passed', stage: stage.stage, release, check, message, at, by })
  return { events: failBeside(stage, `check ${check} of ${stage.stage} failed: ${message}`, command) }
}

/** A hotfix that fails beside an earlier stage ends there; nobody was served by it. */
function failBeside(
  { stage, beside }: StageState,
  message: string,
  { at, by }: Pick<RoundCommand, 'at' | 'by'>,
): readonly ServiceEvent[] {
  if (!beside) return []
  const { release, target } = beside
  return [
    { type: 'beside-ended', stage, release, target, passed: false, message, at, by },
    { type: 'way-round-closed', stage: target, release, message, at, by },
  ]
}
