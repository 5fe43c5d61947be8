// What people say to a release on its way: approve, promote, send back; pause, resume and confirm a rollout.
import type { ApprovalDefinition, StageDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { askedNextAt, isAsked, isForPeople, isOwn, settingsApproval, settingsApprovers } from './approvals.ts'
import type { ServiceCommand } from './command.ts'
import { changesBetween, covers } from './contains.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import { unknown } from './decide-line.ts'
import { blockedBy } from './lifting.ts'
import { nextUp } from './queue.ts'
import { settingsToGive, type SettingsVersion } from './settings.ts'
import { settingsDue } from './settings-due.ts'
import { stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type PeopleCommand = Of<'approve' | 'promote' | 'send-back' | 'pause' | 'resume' | 'confirm' | 'ask-approval'>

export function decidePeople(state: ServiceState, command: PeopleCommand): Decision {
  const definition = state.definition?.stages.find(({ stage }) => stage === command.stage)
  if (!definition) return nothing
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'approve':
    case 'promote':
      return approve(state, definition, stage, command)
    case 'send-back':
      return sendBack(state, definition, stage, command)
    case 'pause':
      return pause(stage, command)
    case 'resume':
      return resume(stage, command)
    case 'confirm':
      return confirm(stage, command)
    case 'ask-approval':
      return askApproval(state, definition, stage, command)
  }
}

function approve(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  command: Of<'approve' | 'promote'>,
): Decision {
  const { approve: asks } = definition
  const { at, by } = command
  const verb = command.type
  if (!asks)
    return refuse('approve/nobody-asked', `${stage.stage} asks nobody; releases enter it by themselves`)
  // What goes round goes before the line, and before changed settings.
  const wanted = command.release ?? stage.wayRound?.release
  const pending = wanted === undefined ? settingsDue(state, state.definition!, definition, at) : undefined
  if (pending && settingsApproval(definition, stage).length > 0)
    return approveSettings(stage, asks, pending.version, command)
  const release = wanted ?? nextUp(state, state.definition!, definition, at)?.release
  if (release === undefined) return refuse('approve/nothing-waits', `nothing waits to enter ${stage.stage}`)
  if (!state.releases[release]) return unknown(state, release)
  const name = releaseName(release)
  if (stage.live && covers(state, stage.live.release, release))
    return refuse('approve/live', `${stage.stage} runs ${name}, or something that contains it, already`)
  const [blocker] = blockedBy(state, release, stage.stage)
  if (blocker !== undefined)
    return refuse(
      'gate/rejected',
      `${name} contains ${releaseName(blocker)}, which was rejected; unreject that first`,
    )
  const person = by.kind === 'person' ? by.name : ''
  if (!isAsked(asks, person))
    return refuse('approve/not-asked', `${stage.stage} asks ${asks.by.join(', ')}, and not ${person}`)
  const brings = changesBetween(state, stage.live?.release ?? null, release)
  if (!asks.own && isOwn(state, brings, person))
    return refuse('approve/own-change', `${name} brings a change of ${person}; somebody else must approve it`)
  if (approvedAlready(stage, person, release))
    return refuse('approve/already', `${person} has approved ${name} for ${stage.stage} already`)
  return accept({
    type: 'release-approved',
    stage: stage.stage,
    release,
    changes: brings,
    byHand: verb === 'promote' || asks.byHand,
    ...settingsAlong(state, stage, release),
    at,
    by,
  })
}

/** They go before the next release, so they are what is next. */
function approveSettings(
  stage: StageState,
  asks: ApprovalDefinition,
  version: SettingsVersion,
  { at, by }: Of<'approve' | 'promote'>,
): Decision {
  const person = by.kind === 'person' ? by.name : ''
  if (!isAsked(asks, person))
    return refuse('approve/not-asked', `${stage.stage} asks ${asks.by.join(', ')}, and not ${person}`)
  const what = `the settings of version ${version.version} (${version.changed.join(', ')})`
  if (!asks.own && version.by.kind === 'person' && version.by.name === person)
    return refuse('approve/own-change', `${person} set ${what}; somebody else must approve them`)
  if (settingsApprovers(stage, asks, version).includes(person))
    return refuse('approve/already', `${person} has approved ${what} for ${stage.stage} already`)
  const { version: number, changed: names } = version
  return accept({ type: 'settings-approved', stage: stage.stage, version: number, names, at, by })
}

/** What is set and not given yet comes in with the next release; one that was made to bring settings brings those. */
function settingsAlong(
  { releases }: ServiceState,
  stage: StageState,
  release: number,
): { readonly settings?: number } {
  const origin = releases[release]?.origin
  if (origin?.kind === 'settings') return { settings: origin.version }
  const version = stage.live ? settingsToGive(stage, stage.live.release) : undefined
  return version === undefined ? {} : { settings: version.version }
}

function approvedAlready({ approvals }: StageState, person: string, release: number): boolean {
  return approvals.some((given) => given.person === person && given.release === release)
}

/** The words go to the author; what was sent back is rejected, and a fix or revert frees the way. */
function sendBack(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { release, reason, at, by }: Of<'send-back'>,
): Decision {
  const known = state.releases[release]
  const person = by.kind === 'person' ? by.name : ''
  if (!known) return unknown(state, release)
  if (!definition.approve)
    return refuse('approve/nobody-asked', `${stage.stage} asks nobody; reject it instead`)
  if (!isAsked(definition.approve, person))
    return refuse(
      'approve/not-asked',
      `${stage.stage} asks ${definition.approve.by.join(', ')}, and not ${person}`,
    )
  if (known.rejected)
    return refuse(
      'release/already-rejected',
      `${releaseName(release)} is already rejected: ${known.rejected.reason}`,
    )
  if (stage.live && covers(state, stage.live.release, release))
    return refuse(
      'approve/live',
      `${stage.stage} runs ${releaseName(release)} already; roll back, or reject it`,
    )
  return accept(
    { type: 'change-sent-back', stage: stage.stage, release, words: reason, at, by },
    { type: 'change-rejected', release, reason: `sent back by ${person}: ${reason}`, at, by },
  )
}

function forward(stage: StageState): Rollout | undefined {
  return stage.rollout?.direction === 'forward' ? stage.rollout : undefined
}

function pause(stage: StageState, { reason, at, by }: Of<'pause'>): Decision {
  const rollout = forward(stage)
  if (!rollout)
    return refuse('pause/nothing-under-way', `no rollout is under way in ${stage.stage}; lock it instead`)
  if (rollout.paused) return refuse('pause/already', `it is paused already: ${rollout.paused.reason}`)
  const { release, rollout: number } = rollout
  return accept({ type: 'rollout-paused', stage: stage.stage, release, rollout: number, reason, at, by })
}

function resume(stage: StageState, { at, by }: Of<'resume'>): Decision {
  const rollout = forward(stage)
  if (!rollout?.paused) return refuse('pause/not-paused', `nothing is paused in ${stage.stage}`)
  const { release, rollout: number } = rollout
  return accept({ type: 'rollout-resumed', stage: stage.stage, release, rollout: number, at, by })
}

function confirm(stage: StageState, { at, by }: Of<'confirm'>): Decision {
  const rollout = forward(stage)
  const step = rollout?.steps[rollout.step]
  if (!rollout || !step?.confirm)
    return refuse('confirm/not-asked', `no rollout in ${stage.stage} is at a step that asks for it`)
  if (rollout.confirmed === rollout.step)
    return refuse('confirm/already', `step ${rollout.step + 1} in ${stage.stage} is confirmed already`)
  const { release, rollout: number } = rollout
  return accept({
    type: 'step-confirmed',
    stage: stage.stage,
    release,
    rollout: number,
    step: rollout.step,
    at,
    by,
  })
}

/** People are told that it is theirs to say, once, after an hour, and then every day. */
function askApproval(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  { release, settings, at, by }: Of<'ask-approval'>,
): Decision {
  if (!state.definition || !definition.approve || askedNextAt(stage, release, settings) > at) return nothing
  const due = settings === undefined ? undefined : settingsDue(state, state.definition, definition, at)
  const next =
    settings === undefined
      ? nextUp(state, state.definition, definition, at)
      : due?.version.version === settings && stage.live
        ? { release: stage.live.release, why: due.why }
        : undefined
  if (next?.release !== release || !isForPeople(next.why)) return nothing
  const { approvalAsked: asked } = stage
  const isAgain = asked?.release === release && asked.settings === settings
  const times = isAgain ? asked.times + 1 : 1
  const [reason] = next.why
  return accept({
    type: 'approval-asked',
    stage: stage.stage,
    release,
    times,
    of: definition.approve.by,
    text: reason?.text ?? '',
    ...(settings === undefined ? {} : { settings }),
    at,
    by,
  })
}
