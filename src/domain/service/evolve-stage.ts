import type { ReleaseNumber } from '../names.ts'
import { inOrder } from '../release-number.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { evolveRoutes, recovered } from './evolve-track.ts'
import { isRouteEvent } from './track-event.ts'
import { afterGoingBack, atPin, settingsInForce, withChanges, withRejected } from './settings.ts'
import { markOf, type Rollout, type ServiceState, type StageMark, type StageState } from './state.ts'
import { withoutCut } from './warm-memory.ts'
import { candidateCount, isRouted } from './wanted.ts'

export function evolveStage(
  state: ServiceState,
  definition: StageDefinition | undefined,
  stage: StageState,
  event: ServiceEvent,
): StageState {
  if (isRouteEvent(event)) return settle(definition, evolveRoutes(stage, event, state.version + 1))
  switch (event.type) {
    case 'rollout-started':
      return settle(definition, withoutCut(startRollout(stage, event), event.release))
    case 'fleet-changed':
      return settle(definition, {
        ...stage,
        ...withFleet(stage, event),
        routes: recovered(stage.routes, event.release),
      })
    case 'check-passed':
      return settle(
        definition,
        onRollout(stage, event.rollout, (rollout) => ({
          ...rollout,
          passed: [...rollout.passed, event.check],
        })),
      )
    case 'step-started':
      return settle(
        definition,
        onRollout(stage, event.rollout, (rollout) => ({
          ...rollout,
          phase: 'shifting',
          phaseSince: event.at,
        })),
      )
    case 'traffic-shifted':
      return settle(definition, { ...stage, plan: acknowledged(event) }, event.at)
    case 'step-passed':
      return settle(definition, stepPassed(stage, event))
    case 'rollout-completed':
      return completed(definition, stage, event)
    case 'rollout-failed':
      return failed(stage, event)
    case 'own-served':
      return withMark(stage, event.release, { ownServed: true })
    case 'changes-cleared':
      return cleared(stage, event)
    case 'verdict-against':
      return withMark(stage, event.release, { against: event.what })
    case 'bake-asked':
      return { ...stage, asked: { release: event.release, since: event.at } }
    case 'bake-skipped':
      return { ...withMark(stage, event.release, { ownServed: true }), jump: event.release }
    case 'release-accepted':
      return {
        ...withMark(stage, event.release, { trusted: 'accepted', against: null }),
        asked: null,
        suspects: [],
        stuck: null,
        // Whoever accepts it in spite of a verdict has answered the watch, too; its old ticks would break it again.
        watch: markOf(stage, event.release).against === null ? stage.watch : null,
      }
    case 'watch-survived':
      return {
        ...withMark(stage, event.release, { trusted: markOf(stage, event.release).trusted ?? 'watched' }),
        watch: stage.watch?.release === event.release ? null : stage.watch,
        ...answered(stage, event.tick),
      }
    case 'hold-started':
      return { ...stage, hold: { reason: event.reason, since: event.at, told: false } }
    case 'hold-told':
      return { ...stage, hold: stage.hold ? { ...stage.hold, told: true } : null }
    case 'hold-ended':
      return { ...stage, hold: null }
    case 'suspects-named':
      return { ...stage, suspects: event.suspects }
    case 'stage-stuck':
      return { ...stage, stuck: { reason: event.reason, at: event.at } }
    case 'warm-cut': {
      const { release, at, usedBytes, limitBytes } = event
      return { ...stage, warmCut: { ...stage.warmCut, [release]: { at, usedBytes, limitBytes } } }
    }
    case 'warm-over-limit':
      return { ...stage, warmTold: event.release }
    case 'stage-locked':
      return { ...stage, locks: [...stage.locks, event.lock] }
    case 'lock-edited':
      return { ...stage, locks: stage.locks.map((lock) => (lock.id === event.lock.id ? event.lock : lock)) }
    case 'lock-warned':
      return {
        ...stage,
        locks: stage.locks.map((lock) =>
          lock.id === event.lock
            ? { ...lock, [event.minutes === 30 ? 'warned30' : 'warned5']: event.at }
            : lock,
        ),
      }
    case 'stage-unlocked':
      return {
        ...stage,
        locks: stage.locks.filter((lock) => lock.id !== event.lock),
        afterUnlock: event.queue ?? null,
      }
    case 'lock-stood-alone':
      return {
        ...stage,
        lockAlone: event.release === null ? null : { release: event.release, since: event.at, warned: false },
      }
    case 'lock-overstayed':
      return { ...stage, lockAlone: stage.lockAlone ? { ...stage.lockAlone, warned: true } : null }
    case 'stage-pinned':
      return {
        ...stage,
        pin: { by: event.by, reason: event.reason, since: event.at },
        settings: atPin(stage.settings),
      }
    case 'stage-unpinned':
      return { ...stage, pin: null }
    case 'entry-retried':
      return {
        ...withMark(stage, event.release, { again: true, against: null, takenOut: null }),
        stuck: null,
      }
    case 'settings-rejected':
      return {
        ...stage,
        suspects: stage.suspects.includes(event.release) ? [] : stage.suspects,
        asked: stage.asked?.release === event.release ? null : stage.asked,
        settings: withRejected(stage.settings, event, { by: event.by, reason: event.reason, at: event.at }),
      }
    case 'settings-changed':
      return { ...stage, settings: withChanges(stage.settings, event.changes, event) }
    case 'release-approved': {
      const person = event.by.kind === 'person' ? event.by.name : ''
      const given = { release: event.release, person, at: event.at }
      return { ...stage, approvals: [...stage.approvals, given] }
    }
    case 'approval-asked': {
      const { release, times, at } = event
      const since = stage.approvalAsked?.release === release ? stage.approvalAsked.since : at
      return { ...stage, approvalAsked: { release, since, at, times } }
    }
    case 'rollout-paused':
      return onRollout(stage, event.rollout, (rollout) => ({
        ...rollout,
        paused: { by: event.by, reason: event.reason, since: event.at },
      }))
    case 'rollout-resumed':
      return onRollout(stage, event.rollout, (rollout) => ({ ...rollout, paused: null }))
    case 'confirm-asked':
      return onRollout(stage, event.rollout, (rollout) => ({ ...rollout, confirmAsked: event.step }))
    case 'step-confirmed':
      return onRollout(stage, event.rollout, (rollout) => ({ ...rollout, confirmed: event.step }))
    case 'change-sent-back':
      return stage
    case 'way-round-opened':
      return {
        ...stage,
        wayRound: {
          lane: event.lane,
          release: event.release,
          by: event.by,
          reason: event.reason,
          since: event.at,
          locks: event.locks,
          rejected: event.rejected,
          toCheck: event.toCheck,
        },
      }
    case 'way-round-closed':
      return stage.wayRound?.release === event.release ? { ...stage, wayRound: null } : stage
    case 'beside-started':
      return {
        ...stage,
        beside: { release: event.release, target: event.target, since: event.at, passed: [] },
      }
    case 'beside-check-passed':
      return stage.beside?.release === event.release
        ? { ...stage, beside: { ...stage.beside, passed: [...stage.beside.passed, event.check] } }
        : stage
    case 'beside-ended':
      return { ...stage, beside: null }
    case 'lock-passed':
    case 'check-failed':
    case 'service-configured':
    case 'change-merged':
    case 'release-made':
    case 'change-taken-in':
    case 'history-rewritten':
    case 'history-accepted':
    case 'build-started':
    case 'build-succeeded':
    case 'build-failed':
    case 'build-retried':
    case 'change-rejected':
    case 'change-unrejected':
    case 'containment-accepted':
      return stage
  }
}

type Of<Type extends ServiceEvent['type']> = Extract<ServiceEvent, { type: Type }>

function acknowledged({ generation, at, arms, tracks, rulesAt }: Of<'traffic-shifted'>): StageState['plan'] {
  return {
    generation,
    at,
    arms,
    ...(tracks === undefined ? {} : { tracks }),
    ...(rulesAt === undefined ? {} : { rulesAt }),
  }
}

function startRollout(stage: StageState, event: Of<'rollout-started'>): StageState {
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
    paused: null,
    confirmAsked: -1,
    confirmed: -1,
  }
  const started = {
    ...stage,
    rollout,
    rolloutCount: event.rollout,
    asked: null,
    stuck: null,
    settings: withGiven(stage, event),
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

/** A release gets the settings in force when it enters, and keeps them: what goes back is what was there. */
function withGiven({ settings }: StageState, { release, direction, from, by }: Of<'rollout-started'>) {
  const isKnown = settings.of[release] !== undefined
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
      const ready = stage.fleets[rollout.release]?.count ?? 0
      if (ready < candidateCount(definition, rollout)) return 'preparing'
      return rollout.direction === 'back' ? 'shifting' : 'checking'
    }
    case 'checking':
      return checksOf(definition, rollout).every((check) => rollout.passed.includes(check))
        ? 'gate'
        : 'checking'
    case 'gate':
      return 'gate'
    case 'shifting':
      return isRouted(definition, stage) ? 'soaking' : 'shifting'
    case 'soaking':
      return 'soaking'
  }
}

/** Names of the checks of the step a rollout is at: all of them at its first, later those that ask for every step. */
export function checksOf(definition: StageDefinition, rollout: Rollout): readonly string[] {
  // An emergency has to be well, and nothing else.
  if (rollout.lane === 'emergency') return []
  return definition.checks
    .filter((check) => rollout.step === 0 || check.when === 'steps')
    .map((check) => check.check)
}

function withFleet(
  stage: StageState,
  event: Of<'fleet-changed'>,
): Pick<StageState, 'fleets' | 'unheard' | 'askedAt'> {
  const fleets = { ...stage.fleets, [event.release]: { count: event.count, instances: event.instances } }
  if (event.count === 0) delete fleets[event.release]
  const unheard = { ...stage.unheard }
  if (event.askedAt === undefined) return { fleets, unheard, askedAt: stage.askedAt }
  delete unheard[event.release]
  return { fleets, unheard, askedAt: { ...stage.askedAt, [event.release]: event.askedAt } }
}

function stepPassed(stage: StageState, event: Of<'step-passed'>): StageState {
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

function completed(
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

function failed(stage: StageState, event: Of<'rollout-failed'>): StageState {
  if (stage.rollout?.rollout !== event.rollout) return stage
  const { rollout } = stage
  const mark: Partial<StageMark> = event.blames
    ? { against: event.message, takenOut: 'machine' }
    : event.cause === 'person'
      ? { takenOut: 'person' }
      : { again: true }
  const asked = stage.asked?.release === event.release ? null : stage.asked
  const wayRound = stage.wayRound?.release === event.release ? null : stage.wayRound
  const next = { ...stage, rollout: null, hold: null, asked, wayRound }
  return rollout.direction === 'forward' ? withMark(next, event.release, mark) : next
}

function cleared(stage: StageState, event: Of<'changes-cleared'>): StageState {
  const marked = event.changes.reduce((next, change) => withMark(next, change, { cleared: event.how }), stage)
  return { ...marked, ...answered(stage, event.tick), asked: null }
}

/** What was answered is kept one answer longer, as the baseline of the next question. */
function answered(stage: StageState, tick: number): Pick<StageState, 'ticksFrom' | 'answeredTick'> {
  return tick > stage.answeredTick
    ? { ticksFrom: stage.answeredTick, answeredTick: tick }
    : { ticksFrom: stage.ticksFrom, answeredTick: stage.answeredTick }
}

function onRollout(stage: StageState, number: number, change: (rollout: Rollout) => Rollout): StageState {
  return stage.rollout?.rollout === number ? { ...stage, rollout: change(stage.rollout) } : stage
}

function withMark(stage: StageState, release: ReleaseNumber, change: Partial<StageMark>): StageState {
  return { ...stage, marks: { ...stage.marks, [release]: { ...markOf(stage, release), ...change } } }
}
