// A person's way back (behaviour 2.8): at any time, to any release that is kept; it pins the stage.
import { changesBetween } from './contains.ts'
import type { ServiceCommand } from './command.ts'
import { nothing, refuse, type Decision } from './decision.ts'
import { unknown } from './decide-line.ts'
import type { ServiceEvent } from './event.ts'
import { list } from './gates.ts'
import { couldGoBackTo, defaultGoBack } from './go-back.ts'
import { rejection } from './rejection.ts'
import { startBack } from './start-back.ts'
import { stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'
import { releaseName } from '../release-number.ts'

type Back = Extract<ServiceCommand, { type: 'rollback' | 'abort' }>

export function decideRollback(state: ServiceState, command: Back): Decision {
  const stage = stageOf(state, command.stage)
  const underWay = stage.rollout
  // What is still on its way has changed nothing: it is only called off.
  if (command.type === 'abort' && stage.wayRound && underWay?.direction !== 'forward') {
    const { release } = stage.wayRound
    const { reason: message, at, by } = command
    const closed: ServiceEvent = { type: 'way-round-closed', stage: stage.stage, release, message, at, by }
    return { events: [closed, ...rejectSettings(state, release, command)] }
  }
  if (command.type === 'abort' && underWay?.direction !== 'forward')
    return refuse(
      'abort/nothing-under-way',
      `no rollout is under way in ${stage.stage}; to leave what it runs, use rollback`,
    )
  const to = command.type === 'abort' ? stage.live?.release : (command.to ?? defaultTarget(state, stage))
  if (to === undefined)
    return command.type === 'abort'
      ? { events: [...end(stage, underWay, command), ...pin(stage, command)] }
      : refuse(
          'rollback/nothing-there',
          `${stage.stage} has not served anything else that is kept, so there is nothing to go back to`,
        )
  return goBack(state, stage, to, command)
}

function defaultTarget(state: ServiceState, stage: StageState): number | undefined {
  return stage.rollout?.direction === 'forward' ? stage.live?.release : defaultGoBack(state, stage)
}

function goBack(state: ServiceState, stage: StageState, to: number, command: Back): Decision {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  if (!definition) return nothing
  if (!state.releases[to]) return unknown(state, to)
  const underWay = stage.rollout
  if (underWay?.direction === 'back' && underWay.release === to)
    return refuse('rollback/under-way', `${stage.stage} is going back to ${releaseName(to)} already`)
  if (stage.live?.release === to && !underWay)
    return refuse('rollback/live', `${releaseName(to)} is what ${stage.stage} runs`)
  const allowed = couldGoBackTo(state, stage)
  if (!allowed.includes(to) && stage.live?.release !== to)
    return refuse(
      'rollback/not-kept',
      `${stage.stage} cannot go back to ${releaseName(to)}: it was not served there or is not kept; it could go back to ${list(allowed) || 'nothing'}`,
    )
  const { reason, tick, at, by } = command
  const leaves = underWay?.direction === 'forward' ? underWay.release : (stage.live?.release ?? null)
  const takesOut = leaves === null ? [] : changesBetween(state, to, leaves)
  const said = [...end(stage, underWay, command), ...rejectSettings(state, leaves, command)]
  const started = startBack(state, definition, said, { release: to, reason, tick, takesOut, at, by })
  return { events: [...said, ...started, ...pin(stage, command)] }
}

/** Settings that are rolled back are out until they are set again; a change of the code is only taken out. */
function rejectSettings(
  state: ServiceState,
  leaves: number | null,
  { reason, at, by }: Back,
): readonly ServiceEvent[] {
  const origin = leaves === null ? undefined : state.releases[leaves]?.origin
  if (leaves === null || origin?.kind !== 'settings' || origin.restores !== null) return []
  return [rejection(state, leaves, { reason, at, by })]
}

function end(stage: StageState, rollout: Rollout | null, { reason, at, by }: Back): readonly ServiceEvent[] {
  if (!rollout) return []
  return [
    {
      type: 'rollout-failed',
      stage: stage.stage,
      release: rollout.release,
      rollout: rollout.rollout,
      cause: 'person',
      message: reason,
      blames: false,
      at,
      by,
    },
  ]
}

function pin(stage: StageState, { reason, at, by }: Back): readonly ServiceEvent[] {
  return stage.pin ? [] : [{ type: 'stage-pinned', stage: stage.stage, reason, at, by }]
}
