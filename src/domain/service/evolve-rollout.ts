// How a rollout begins, goes from phase to phase and step to step, and ends, in the state of its stage.
import type { ReleaseNumber } from '../names.ts'
import { inOrder } from '../release-number.ts'
import type { ReleaseCommand, StageDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { WAYS } from './lanes.ts'
import { isCommandOwed } from './command-run.ts'
import { afterGoingBack, settingsInForce } from './settings.ts'
import { markOf, type Rollout, type StageMark, type StageState } from './state.ts'
import { candidateCount, isRouted, missingFleets } from './wanted.ts'

export type Of<Type extends ServiceEvent['type']> = Extract<ServiceEvent, { type: Type }>

export function startRollout(
  stage: StageState,
  event: Of<'rollout-started'>,
  {
    command,
    bringsSettings,
  }: { readonly command: ReleaseCommand | undefined; readonly bringsSettings: boolean },
): StageState {
  const rollout: Rollout = {
    rollout: event.rollout,
    lane: event.lane ?? 'normal',
    release: event.release,
    from: event.from,
    direction: event.direction,
    by: event.by,
    reason: event.reason,
    startedAt: event.at,
    steps: event.steps,
    step: 0,
    phase: 'preparing',
    phaseSince: event.at,
    passed: [],
    tries: 0,
    sinceTick: event.sinceTick,
    unproven: false,
    // What the stage goes back to ran here before, and so did what a probe is a part of: nothing has to be made ready.
    ...(command === undefined || event.direction === 'back' || event.lane === 'probe' ? {} : { command }),
    paused: null,
    confirmAsked: -1,
    confirmed: -1,
  }
  if (rollout.lane === 'probe' && event.direction === 'forward')
    return {
      ...stage,
      rollout,
      rolloutCount: event.rollout,
      settings: withGiven(stage, event, bringsSettings),
    }
  const started = {
    ...stage,
    rollout,
    rolloutCount: event.rollout,
    asked: null,
    stuck: null,
    settings: withGiven(stage, event, bringsSettings),
  }
  if (event.direction === 'forward')
    return {
      ...withMark(started, event.release, {
        entered: true,
        again: false,
        takenOut: null,
        lane: rollout.lane,
      }),
      jump: stage.jump,
      suspects: [],
      afterUnlock: null,
      approvalAsked: null,
    }
  return event.takesOut.reduce<StageState>(
    (next, release) =>
      withMark(next, release, {
        // A word that let it in once more was for then.
        again: false,
        cleared: null,
        takenOut: event.by.kind,
        trusted: null,
        ownServed: false,
        sinceTick: event.sinceTick,
      }),
    // Who sends a stage back means nothing that was on its way into it to go on.
    { ...started, watch: null, hold: null, wayRound: event.by.kind === 'person' ? null : stage.wayRound },
  )
}

/**
 * A release gets the settings in force when it enters, and keeps them: what goes back is what was there. One that was
 * made to bring settings brings those, and nothing that was set since.
 */
function withGiven(
  { settings }: StageState,
  { release, direction, from, by }: Of<'rollout-started'>,
  bringsItsOwn: boolean,
) {
  const isKnown = settings.of[release] !== undefined
  if (bringsItsOwn && direction === 'forward' && isKnown) return settings
  if (direction === 'back') return afterGoingBack(settings, { from, to: release, by })
  if (isKnown && settings.of[release] === settingsInForce(settings).version) return settings
  return { ...settings, of: { ...settings.of, [release]: settingsInForce(settings).version } }
}

/** Moves a rollout on through phases whose conditions already hold. */
export function settle(definition: StageDefinition | undefined, stage: StageState, at?: number): StageState {
  const { rollout } = stage
  if (!rollout || !definition) return stage
  const next = nextPhase(definition, stage, rollout)
  if (next === rollout.phase) return stage
  return settle(
    definition,
    { ...stage, rollout: { ...rollout, phase: next, phaseSince: at ?? rollout.phaseSince } },
    at,
  )
}

function nextPhase(definition: StageDefinition, stage: StageState, rollout: Rollout): Rollout['phase'] {
  switch (rollout.phase) {
    case 'preparing': {
      if (isCommandOwed(stage, rollout)) return 'preparing'
      const ready = stage.fleets[rollout.release]?.count ?? 0
      if (ready < candidateCount(definition, stage, rollout)) return 'preparing'
      return rollout.direction === 'back' ? 'shifting' : 'checking'
    }
    case 'checking':
      return checksOf(definition, rollout).every((check) => rollout.passed.includes(check))
        ? 'gate'
        : 'checking'
    case 'gate':
      return 'gate'
    case 'shifting':
      return isRouted(definition, stage) && !missesItsOwn(definition, stage, rollout) ? 'soaking' : 'shifting'
    case 'soaking':
      return 'soaking'
  }
}

/** What starts only with its step (processes without a port) is still to come. */
function missesItsOwn(definition: StageDefinition, stage: StageState, rollout: Rollout): boolean {
  if (!definition.portless && definition.workers === undefined) return false
  const { release } = rollout
  // What may not run twice is not even wanted before the old one has gone.
  if ((stage.fleets[release]?.count ?? 0) < candidateCount(definition, stage, rollout)) return true
  return missingFleets(definition, stage).some((fleet) => fleet.release === release)
}

/** Names of the checks of the step a rollout is at: all of them at its first, later those that ask for every step. */
export function checksOf(definition: StageDefinition, rollout: Rollout): readonly string[] {
  // What asks for none has to be well, and nothing else.
  if (WAYS[rollout.lane].checks === 'none') return []
  return definition.checks
    .filter((check) => rollout.step === 0 || check.when === 'steps')
    .map((check) => check.check)
}

export function stepPassed(stage: StageState, event: Of<'step-passed'>): StageState {
  return onRollout(stage, event.rollout, (rollout) => {
    const unproven = rollout.unproven || event.unproven
    return rollout.step + 1 < rollout.steps.length
      ? {
          ...rollout,
          step: rollout.step + 1,
          phase: 'preparing',
          phaseSince: event.at,
          passed: [],
          tries: 0,
          unproven,
        }
      : { ...rollout, unproven }
  })
}

export function completed(
  definition: StageDefinition | undefined,
  stage: StageState,
  event: Of<'rollout-completed'>,
): StageState {
  const { rollout } = stage
  if (!rollout || rollout.rollout !== event.rollout) return stage
  const forward = rollout.direction === 'forward'
  const previous = stage.live?.release
  const before = [...(previous === undefined ? [] : [previous]), ...stage.before].filter(
    (release, index, all) => release !== rollout.release && all.indexOf(release) === index,
  )
  const next: StageState = {
    ...stage,
    fleets: withUnknownWorkers(stage.fleets, previous),
    live: { release: rollout.release, since: event.at, rollout: rollout.rollout },
    before,
    rollout: null,
    watch:
      forward && definition && definition.watchMs > 0
        ? { release: rollout.release, since: event.at, sinceTick: event.tick }
        : null,
    hold: null,
    wayRound: stage.wayRound?.release === rollout.release ? null : stage.wayRound,
    // What is live needs no word any more, nor does what came before it.
    approvals: stage.approvals.filter(({ release }) => inOrder(release, rollout.release) > 0),
    machineWentBack: forward ? false : rollout.by.kind === 'machine',
  }
  const ownNeeded = definition?.bake?.ownMs ?? 0
  return withMark(next, rollout.release, {
    entered: true,
    ...(ownNeeded === 0 ? { ownServed: true } : {}),
    takenOut: null,
  })
}

/** What serves no longer is told so once more: it may have been asked for processes that nobody heard of. */
function withUnknownWorkers(
  fleets: StageState['fleets'],
  release: ReleaseNumber | undefined,
): StageState['fleets'] {
  const fleet = release === undefined ? undefined : fleets[release]
  if (release === undefined || fleet?.workers === undefined) return fleets
  const { workers: _, ...rest } = fleet
  return { ...fleets, [release]: rest }
}

export function failed(stage: StageState, event: Of<'rollout-failed'>): StageState {
  if (stage.rollout?.rollout !== event.rollout) return stage
  const { rollout } = stage
  // A probe was never meant to stay: what it did not do it may do yet.
  if (rollout.lane === 'probe' && rollout.direction === 'forward') return afterProbe(stage, event)
  const mark: Partial<StageMark> = event.blames
    ? { against: event.message, takenOut: 'machine' }
    : event.cause === 'person'
      ? { takenOut: 'person' }
      : { again: true }
  const asked = stage.asked?.release === event.release ? null : stage.asked
  const wayRound = stage.wayRound?.release === event.release ? null : stage.wayRound
  const fleets = withUnknownWorkers(stage.fleets, event.release)
  const next = { ...stage, fleets, rollout: null, hold: null, asked, wayRound }
  return rollout.direction === 'forward' ? withMark(next, event.release, mark) : next
}

function afterProbe(stage: StageState, { release, blames, message }: Of<'rollout-failed'>): StageState {
  const next = { ...stage, rollout: null, hold: null }
  return blames ? withMark(next, release, { against: message }) : next
}

export function onRollout(
  stage: StageState,
  number: number,
  change: (rollout: Rollout) => Rollout,
): StageState {
  return stage.rollout?.rollout === number ? { ...stage, rollout: change(stage.rollout) } : stage
}

export function withMark(stage: StageState, release: ReleaseNumber, change: Partial<StageMark>): StageState {
  return { ...stage, marks: { ...stage.marks, [release]: { ...markOf(stage, release), ...change } } }
}
