import type { ReleaseNumber } from '../names.ts'
import type { ReleaseCommand, StageDefinition } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import {
  completed,
  failed,
  type Of,
  onRollout,
  settle,
  startRollout,
  stepPassed,
  withMark,
} from './evolve-rollout.ts'
import { retired } from './retire-stage.ts'
import { evolveRoutes, recovered } from './evolve-track.ts'
import { evolveCommand, isCommandEvent } from './command-run.ts'
import { evolveSearch, isSearchEvent } from './evolve-search.ts'
import { isRouteEvent } from './track-event.ts'
import { atPin, withApproval, withChanges, withRejected } from './settings.ts'
import { markOf, type ServiceState, type StageState } from './state.ts'
import { withoutCut } from './warm-memory.ts'

export function evolveStage(
  state: ServiceState,
  definition: StageDefinition | undefined,
  stage: StageState,
  event: ServiceEvent,
): StageState {
  if (isRouteEvent(event)) return settle(definition, evolveRoutes(stage, event, state.version + 1))
  if (isCommandEvent(event)) return settle(definition, evolveCommand(stage, event))
  if (isSearchEvent(event)) return evolveSearch(stage, event)
  switch (event.type) {
    case 'rollout-started':
      return settle(
        definition,
        withoutCut(
          startRollout(stage, event, {
            command: commandOf(state, event.release),
            bringsSettings: state.releases[event.release]?.origin.kind === 'settings',
          }),
          event.release,
        ),
      )
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
    case 'stage-retired':
      return retired(stage, event, state.version + 1)
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
      const { settings } = event
      return {
        ...stage,
        approvals: [...stage.approvals, given],
        ...(settings === undefined ? {} : { settings: withApproval(stage.settings, settings, event.by) }),
      }
    }
    case 'settings-approved':
      return { ...stage, settings: withApproval(stage.settings, event.version, event.by) }
    case 'approval-asked': {
      const { release, times, at, settings } = event
      const since = times > 1 && stage.approvalAsked ? stage.approvalAsked.since : at
      const asked = { release, since, at, times, ...(settings === undefined ? {} : { settings }) }
      return { ...stage, approvalAsked: asked }
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
    case 'revert-prepared':
    case 'check-failed':
    case 'service-configured':
    case 'change-merged':
    case 'release-made':
    case 'change-taken-in':
    case 'line-compared':
    case 'history-rewritten':
    case 'history-accepted':
    case 'build-started':
    case 'build-succeeded':
    case 'build-failed':
    case 'artifact-added':
    case 'artifact-forgotten':
    case 'build-retried':
    case 'change-rejected':
    case 'change-unrejected':
    case 'containment-accepted':
      return stage
  }
}

/** What this release runs once before its first instance. */
function commandOf({ releases }: ServiceState, release: ReleaseNumber): ReleaseCommand | undefined {
  const build = releases[release]?.build
  return build?.state === 'done' ? build.run.release : undefined
}

function acknowledged({ generation, at, arms, tracks, rulesAt }: Of<'traffic-shifted'>): StageState['plan'] {
  return {
    generation,
    at,
    arms,
    ...(tracks === undefined ? {} : { tracks }),
    ...(rulesAt === undefined ? {} : { rulesAt }),
  }
}

function withFleet(
  stage: StageState,
  event: Of<'fleet-changed'>,
): Pick<StageState, 'fleets' | 'unheard' | 'askedAt'> {
  const workers = event.workers ?? stage.fleets[event.release]?.workers
  const fleet = {
    count: event.count,
    instances: event.instances,
    ...(workers === undefined ? {} : { workers }),
  }
  const fleets = { ...stage.fleets, [event.release]: fleet }
  if (event.count === 0) delete fleets[event.release]
  const unheard = { ...stage.unheard }
  if (event.askedAt === undefined) return { fleets, unheard, askedAt: stage.askedAt }
  delete unheard[event.release]
  return { fleets, unheard, askedAt: { ...stage.askedAt, [event.release]: event.askedAt } }
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
