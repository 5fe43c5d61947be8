// What the outside world is owed at this moment, from state alone. Asked again after every event and at every time it
// names; a crash, a lost answer or a missed wake-up therefore changes nothing.
import type { EpochMs, ReleaseNumber, StageName } from '../names.ts'
import { machine } from '../names.ts'
import { isOfLine } from '../release-number.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { windowAt } from '../pipeline/window.ts'
import { movesKept, movesParts, untilItsTime, type OwnMoves } from './due-kept.ts'
import { artifactMoves, isMissing } from './added-artifact.ts'
import { revertIntents } from './found-revert.ts'
import { closedGate } from './gates.ts'
import { WAYS } from './lanes.ts'
import { blockedBy } from './lifting.ts'
import { askedNextAt, isForPeople } from './approvals.ts'
import { isUnconfirmed } from './decide-finding.ts'
import { checksOf } from './evolve-rollout.ts'
import { besideChecks, roundMove } from './way-round.ts'
import { nextUp } from './queue.ts'
import { commandIntents } from './release-command.ts'
import { searchEndDue, searchMoves } from './due-search.ts'
import { settingsDue } from './settings-due.ts'
import { stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'
import { lockIntents, longLockIntents } from './due-lock.ts'
import { routeIntents } from './due-track.ts'
import { decided, wake, type Intent } from './intent.ts'
import { isRouted, missingFleets, surplusFleets, wantedRoutes } from './wanted.ts'

/** People are told of a hold that lasts. */
export const HOLD_TOLD_MS = 10 * 60_000
/** Builds at once, per service: in order, one by one. */
export const BUILDS_AT_ONCE = 1

/** Most of what can be due is not, at most moments: that is said without making a new list each time. */
const NOTHING: readonly Intent[] = []

export function due(state: ServiceState, now: EpochMs): readonly Intent[] {
  const service = state.definition
  if (!service) return NOTHING
  const intents: Intent[] = []
  intents.push(...builds(state, service), ...artifactIntents(state, service, now))
  for (const definition of service.stages) inStage(intents, state, service, definition, now)
  intents.push(...revertIntents(state))
  return intents
}

/** Of what is built elsewhere: what nobody waits for any longer. */
function artifactIntents(state: ServiceState, service: ServiceDefinition, now: EpochMs): readonly Intent[] {
  if (!service.build.elsewhere && state.artifacts === undefined) return NOTHING
  return artifactMoves(state, service, now).map(({ at, command }) => (at > now ? wake(at) : decided(command)))
}

function builds(state: ServiceState, service: ServiceDefinition): readonly Intent[] {
  const open = Object.values(state.releases).filter(
    (release) =>
      (release.build.state === 'waiting' || release.build.state === 'running') &&
      !isMissing(service, release),
  )
  if (open.length === 0) return NOTHING
  const [line, others] = [true, false].map((ofLine) =>
    open.filter(({ release }) => isOfLine(release) === ofLine),
  )
  // What goes round the line neither waits for it nor holds it up.
  return [...(others ?? []).slice(0, BUILDS_AT_ONCE), ...(line ?? []).slice(0, BUILDS_AT_ONCE)].map(
    ({ release, build }) => ({ do: 'build', release, attempt: build.attempt }),
  )
}

function inStage(
  intents: Intent[],
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): void {
  const stage = stageOf(state, definition.stage)
  const { before, after } = ownMoves(state, service, definition, now)
  intents.push(
    ...before,
    ...outside(state, definition, stage),
    ...besideChecks(state, definition, stage),
    ...after,
  )
}

/** The moves of the machine in a stage and the times at which it moves next; `outside` comes between. */
function ownMoves(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): OwnMoves {
  return untilItsTime(movesKept(...movesParts(state, service, definition)), now, () => {
    const stage = stageOf(state, definition.stage)
    return {
      before: moves(state, service, definition, stage, now),
      after: [
        ...lockIntents(service, definition, stage, now),
        ...longLockIntents(state, service, definition, now),
        ...holdIntents(stage, now),
        ...routeIntents(state, stage, now),
      ],
    }
  })
}

/** The machine's own moves; a search for a culprit takes its turn when nothing else does. */
function moves(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageState,
  now: EpochMs,
): readonly Intent[] {
  if (!stage.search) return usualMoves(state, service, definition, stage, now)
  const end = searchEndDue(state, service, definition, now)
  if (end) return [end]
  const usual = usualMoves(state, service, definition, stage, now)
  if (usual.some((intent) => intent.do === 'decide')) return usual
  return [...usual, ...searchMoves(state, definition, now)]
}

/** Enter, take a step, pass one that needs no soak, be caught by a window. */
function usualMoves(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  stage: StageState,
  now: EpochMs,
): readonly Intent[] {
  const { rollout } = stage
  const name = stage.stage
  const round = roundMove(state, service, definition, now)
  if (round) return round.map((command) => decided(command))
  if (!rollout && stage.wayRound) return []
  if (!rollout) {
    const settings = settingsDue(state, service, definition, now)
    const opens = (settings?.why ?? []).flatMap(({ until }) =>
      until !== null && until > now ? [wake(until)] : [],
    )
    if (settings?.why.length === 0)
      return [decided({ type: 'give-settings', stage: name, tick: 0, at: now, by: machine('settings') })]
    if (settings && stage.live && isForPeople(settings.why))
      return [...opens, ...askIntents(definition, stage, stage.live.release, now, settings.version.version)]
    const next = nextUp(state, service, definition, now)
    if (!next) return opens
    if (isForPeople(next.why)) return [...opens, ...askIntents(definition, stage, next.release, now)]
    if (next.why.length > 0)
      return [
        ...opens,
        ...next.why.flatMap(({ until }) => (until !== null && until > now ? [wake(until)] : [])),
      ]
    return [
      decided({
        type: 'enter',
        stage: name,
        release: next.release,
        tick: 0,
        at: now,
        by: machine('queue: each'),
      }),
    ]
  }
  // Usually the router's answer ends it; but what changed no traffic was never routed.
  if (rollout.direction === 'back') return rollout.phase === 'soaking' ? [soaked(name, rollout, now)] : []
  if (isToBeTakenBack(state, stage, rollout))
    return [
      decided({
        type: 'take-back-rejected',
        stage: name,
        rollout: rollout.rollout,
        tick: 0,
        at: now,
        by: machine('rejection'),
      }),
    ]
  const closed = closedGate(state, definition, now, 'step')
  const wakes = closed.flatMap(({ until }) => (until !== null && until > now ? [wake(until)] : []))
  if (closed.some(({ code }) => code === 'gate/window') && definition.caught === 'go-back')
    return [
      decided({
        type: 'catch-by-window',
        stage: name,
        rollout: rollout.rollout,
        tick: 0,
        at: now,
        by: machine('window'),
      }),
    ]
  const closing = definition.window ? windowAt(definition.window, now) : null
  if (closing?.open && closing.changesAt !== null) wakes.push(wake(closing.changesAt))
  if (rollout.phase === 'gate' && closed.length === 0)
    return [
      decided({
        type: 'take-step',
        stage: name,
        rollout: rollout.rollout,
        step: rollout.step,
        at: now,
        by: machine('rollout'),
      }),
    ]
  const isHeld =
    (stage.hold !== null && WAYS[rollout.lane].hold === 'waits') ||
    rollout.paused !== null ||
    (isUnconfirmed(rollout) && rollout.confirmAsked === rollout.step)
  if (rollout.phase === 'soaking' && rollout.steps[rollout.step]?.soakMs === 0 && !isHeld)
    return [soaked(name, rollout, now)]
  return wakes
}

/** People are asked at once, reminded after a while, and passed over in the end. */
function askIntents(
  definition: StageDefinition,
  stage: StageState,
  release: ReleaseNumber,
  now: EpochMs,
  settings?: number,
): readonly Intent[] {
  const at = askedNextAt(stage, release, settings)
  if (at <= now)
    return [
      decided({
        type: 'ask-approval',
        stage: stage.stage,
        release,
        settings,
        at: now,
        by: machine('approval'),
      }),
    ]
  const passedAt = (stage.approvalAsked?.since ?? now) + definition.passAfterMs
  return [wake(at), ...(passedAt > now ? [wake(passedAt)] : [])]
}

/** An emergency passes the rejections that were named. */
function isToBeTakenBack(state: ServiceState, stage: StageState, rollout: Rollout): boolean {
  const isNamed = WAYS[rollout.lane].rejection === 'by name'
  const named = isNamed ? (stage.wayRound?.rejected ?? []) : []
  return blockedBy(state, rollout.release, stage.stage).some((change) => !named.includes(change))
}

/** A step that has nothing to wait for. */
function soaked(stage: StageName, { release, rollout, step }: Rollout, at: EpochMs): Intent {
  return decided({
    type: 'report-finding',
    stage,
    finding: { found: 'step-soaked', release, rollout, step, proof: 'proven' },
    tick: 0,
    at,
    by: machine('rollout'),
  })
}

/** Instances, plan and checks, in the order that never removes capacity the router still uses. */
function outside(state: ServiceState, definition: StageDefinition, stage: StageState): readonly Intent[] {
  const intents: Intent[] = [...commandIntents(stage)]
  const { rollout } = stage
  const name = stage.stage
  for (const fleet of missingFleets(definition, stage))
    intents.push({
      do: 'scale',
      stage: name,
      fleet,
      rollout: rollout?.release === fleet.release ? rollout.rollout : null,
      step: rollout?.step ?? 0,
      beside: stage.beside?.release === fleet.release && rollout?.release !== fleet.release,
    })
  const routed = isRouted(definition, stage)
  if (!routed)
    intents.push({
      do: 'route',
      stage: name,
      generation: state.version,
      ...wantedRoutes(definition, stage),
    })
  if (rollout?.phase === 'checking' && routed)
    for (const check of definition.checks)
      if (checksOf(definition, rollout).includes(check.check) && !rollout.passed.includes(check.check))
        intents.push({
          do: 'check',
          stage: name,
          rollout: rollout.rollout,
          step: rollout.step,
          release: rollout.release,
          from: rollout.from,
          check,
        })
  for (const fleet of surplusFleets(definition, stage)) intents.push({ do: 'shrink', stage: name, fleet })
  return intents
}

function holdIntents(stage: StageState, now: EpochMs): readonly Intent[] {
  if (!stage.hold || stage.hold.told) return []
  const at = stage.hold.since + HOLD_TOLD_MS
  if (at > now) return [wake(at)]
  return [decided({ type: 'tell-of-hold', stage: stage.stage, at: now, by: machine('hold') })]
}

/** Whether the stage must be watched: something in it is on trial, or is shown to people. */
export function isWatched(stage: StageState): boolean {
  return stage.live !== null || stage.rollout !== null
}
