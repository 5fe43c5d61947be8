// Who sends a hotfix or an emergency round the queue, and what it is (behaviour section 3): everything that is refused is
// refused here, before anything is made. Settings are sent by the same words.
import type { Actor, EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import { releaseName } from '../release-number.ts'
import { missingArtifact } from './added-artifact.ts'
import type { ServiceCommand } from './command.ts'
import { changesBetween, covers, lacking } from './contains.ts'
import type { Decision, Refusal } from './decision.ts'
import { unknown } from './decide-line.ts'
import type { Along, ServiceEvent } from './event.ts'
import { evolve } from './evolve.ts'
import { failRollout } from './fail-rollout.ts'
import { list } from './gates.ts'
import { WAYS } from './lanes.ts'
import { blockedBy, isLifted } from './lifting.ts'
import { nextOffLine } from './off-line.ts'
import { markOf, stageOf, type ServiceState, type StageState, type WayRound } from './state.ts'
import { stagesToCheck } from './way-round.ts'

type Called = Extract<ServiceCommand, { type: 'hotfix' | 'emergency' }>

/** The words that a hotfix, an emergency, and settings by their lanes are sent with. */
export type RoundCall = {
  readonly lane: WayRound['lane']
  readonly keeps?: ReleaseNumber | undefined
  readonly locks: readonly string[]
  readonly rejected: readonly ReleaseNumber[]
  readonly reason: string
  readonly tick: number
  readonly at: EpochMs
  readonly by: Actor
}

/** A hotfix or an emergency of the code. */
export function callRound(
  state: ServiceState,
  service: ServiceDefinition,
  stage: StageState,
  command: Called,
): Decision {
  const made = releaseOf(state, stage, command)
  if ('refusal' in made) return made
  const rejected = command.type === 'emergency' ? command.rejected : []
  return openRound(state, service, stage, made, { ...command, lane: command.type, rejected })
}

/** What was made goes in by the lane that was called, if it may: code and settings alike. */
export function openRound(
  state: ServiceState,
  service: ServiceDefinition,
  stage: StageState,
  made: MadeRound,
  call: RoundCall,
): Decision {
  const after = made.events.reduce(evolve, state)
  const { release, along = [] } = made
  const refusal = notAllowed(after, stage, release, call)
  if (refusal) return { refusal }
  const { lane, reason, locks, rejected, at, by } = call
  const isChecked = WAYS[lane].checks === 'those of earlier stages too'
  const checks = isChecked ? stagesToCheck(after, service, stage.stage, release) : undefined
  const awaits = missingArtifact(after, release)
  const opened: ServiceEvent = {
    type: 'way-round-opened',
    stage: stage.stage,
    release,
    lane,
    reason,
    locks: stage.locks.map(({ id }) => id).filter((id) => locks.includes(id)),
    rejected,
    along: goesAlong(after, service, stage, release),
    ...(along.length === 0 ? {} : { settingsAlong: along }),
    toCheck: checks?.beside ?? [],
    ...(awaits === undefined ? {} : { awaits }),
    ...(checks === undefined || checks.leftOut.length === 0 ? {} : { notChecked: checks.leftOut }),
    at,
    by,
  }
  const passed = stage.locks
    .filter(({ id }) => locks.includes(id))
    .map(
      ({ id, owner }): ServiceEvent => ({
        type: 'lock-passed',
        stage: stage.stage,
        release,
        lock: id,
        owner,
        lane,
        at,
        by,
      }),
    )
  return { events: [...made.events, ...rollBackFirst(after, stage, release, call), opened, ...passed] }
}

export type MadeRound = {
  readonly release: ReleaseNumber
  readonly events: readonly ServiceEvent[]
  /** Settings that were set before, and go along. */
  readonly along?: readonly string[]
}

/** A release of the line as it is, or one made of changes upon what the stage runs. */
function releaseOf(
  state: ServiceState,
  stage: StageState,
  { what, keeps, reason, at, by }: Called,
): MadeRound | { readonly refusal: Refusal } {
  if ('release' in what) {
    const known = state.releases[what.release]
    if (!known) return { refusal: refusalOf(unknown(state, what.release)) }
    return { release: what.release, events: [] }
  }
  const base = keeps ?? stage.live?.release
  if (base === undefined)
    return no(
      'round/nothing-live',
      `${stage.stage} runs nothing yet, so there is nothing to build a hotfix upon`,
    )
  if (what.onto !== base)
    return no(
      'round/base-moved',
      `${stage.stage} runs ${releaseName(base)} by now, and this was built upon ${releaseName(what.onto)}; try again`,
    )
  const same = Object.values(state.releases).find(({ change }) => change.sha === what.change.sha)
  if (same) return { release: same.release, events: [] }
  const release = nextOffLine(state, base)
  if (release === undefined)
    return no('round/too-many', `there is no number left for one more release upon ${releaseName(base)}`)
  const origin = { kind: 'cherry-pick', onto: base, picked: what.picked } as const
  return { release, events: [{ type: 'release-made', release, change: what.change, origin, reason, at, by }] }
}

function notAllowed(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
  command: RoundCall,
): Refusal | undefined {
  const name = releaseName(release)
  // What it goes in over: what is live, or the rollout that is kept and will be.
  const live = command.keeps ?? stage.live?.release
  if (stage.wayRound)
    return refusal(
      'round/under-way',
      `${releaseName(stage.wayRound.release)} goes round into ${stage.stage} already; call it off first: sluice abort ${stage.stage}`,
    )
  if (command.keeps !== undefined && ![stage.rollout?.release, stage.live?.release].includes(command.keeps))
    return refusal(
      'round/not-there',
      `${releaseName(command.keeps)} is neither live nor rolling out in ${stage.stage}`,
    )
  if (live !== undefined && covers(state, live, release))
    return refusal(
      'round/already-live',
      `${stage.stage} ${live === stage.live?.release ? 'runs' : 'keeps'} ${releaseName(live)}, which has all of ${name} already`,
    )
  if (stage.rollout?.direction === 'forward' && stage.rollout.release === release)
    return refusal('round/rolling-out', `${name} is rolling out in ${stage.stage} already`)
  const build = state.releases[release]?.build
  if (build?.state === 'failed')
    return refusal('build/failed', `the build of ${name} failed: ${build.message}; retry it first`)
  const missing = live === undefined ? [] : lacking(state, release, live)
  if (missing.length > 0)
    return refusal(
      'gate/lacks-live',
      `${stage.stage} ${live === stage.live?.release ? 'runs' : 'keeps'} ${list(missing).replace(' or ', ' and ')}, which ${name} lacks and would undo; merge it back, or say so with accept --contains`,
    )
  if (
    state.rewritten &&
    WAYS[command.lane].history === 'refused' &&
    (state.releases[release]?.line ?? -1) >= 0
  )
    return refusal('gate/history', 'the branch was rewritten; look at it and accept the history first')
  return lockedOut(stage, command) ?? rejectedOut(state, stage, release, command)
}

/** Locks are passed by naming each; a hard one only by an emergency. */
function lockedOut(stage: StageState, { lane, locks }: RoundCall): Refusal | undefined {
  const strange = locks.find((id) => !stage.locks.some((lock) => lock.id === id))
  if (strange !== undefined)
    return refusal(
      'lock/unknown',
      `${stage.stage} has no lock ${strange}; ${stage.locks.length === 0 ? 'it is not locked' : `it has ${stage.locks.map(({ id }) => id).join(', ')}`}`,
    )
  const hard = stage.locks.find((lock) => lock.hard)
  if (hard && WAYS[lane].hardLock === 'refused')
    return refusal(
      'gate/locked-hard',
      `${stage.stage} is locked hard by ${hard.owner}: ${hard.reason}; a hotfix does not pass that, only its owner lifts it, or an emergency passes it by name`,
    )
  const unnamed = stage.locks.filter(({ id }) => !locks.includes(id))
  if (unnamed.length === 0) return undefined
  return refusal(
    'gate/locked',
    `${stage.stage} is locked: ${unnamed.map(({ id, owner, reason }) => `${id} by ${owner} (${reason})`).join(', ')}; name each to pass it: ${unnamed.map(({ id }) => `--pass ${id}`).join(' ')}`,
  )
}

function rejectedOut(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
  { lane, rejected: named }: RoundCall,
): Refusal | undefined {
  const blocking = blockedBy(state, release, stage.stage)
  const strange = named.find((change) => !blocking.includes(change))
  if (strange !== undefined)
    return refusal(
      'round/not-rejected',
      `${releaseName(strange)} is not a rejected change that ${releaseName(release)} would bring`,
    )
  const unnamed = blocking.filter((change) => !named.includes(change))
  if (unnamed.length === 0) return undefined
  const reasonOf = (change: ReleaseNumber): string => state.releases[change]?.rejected?.reason ?? ''
  const said = unnamed.map((change) =>
    change === release
      ? `${releaseName(release)} was rejected (${reasonOf(change)})`
      : `${releaseName(release)} contains ${releaseName(change)} (${reasonOf(change)}), rejected`,
  )
  return refusal(
    'gate/rejected',
    WAYS[lane].rejection === 'refused'
      ? `${said.join(', ')}; a hotfix does not pass that: unreject it, or take only what is needed`
      : `${said.join(', ')}; name each to pass it: ${unnamed.map((change) => `--pass '${releaseName(change)}'`).join(' ')}`,
  )
}

/** Every change that goes along with the one that is meant, and what it would have waited for. */
function goesAlong(
  state: ServiceState,
  service: ServiceDefinition,
  stage: StageState,
  release: ReleaseNumber,
): readonly Along[] {
  const origin = state.releases[release]?.origin
  const meant = new Set([
    release,
    ...(origin?.kind === 'cherry-pick' ? origin.picked.flatMap((commit) => commit.release ?? []) : []),
  ])
  const earlier = service.stages.slice(
    0,
    service.stages.findIndex((one) => one.stage === stage.stage),
  )
  return changesBetween(state, stage.live?.release ?? null, release)
    .filter((change) => !meant.has(change))
    .map((change): Along => {
      if (state.releases[change]?.rejected && !isLifted(state, change, release))
        return { release: change, is: 'rejected' }
      const isBaked = earlier.every(
        (one) => one.bake === null || markOf(stageOf(state, one.stage), change).cleared !== null,
      )
      return { release: change, is: isBaked ? 'waiting' : 'unbaked' }
    })
}

/** What the stage runs is the baseline, not a candidate half rolled out: that goes back first, unless it is kept. */
function rollBackFirst(
  state: ServiceState,
  stage: StageState,
  release: ReleaseNumber,
  { lane, keeps, tick, at, by }: RoundCall,
): readonly ServiceEvent[] {
  const { rollout } = stage
  if (rollout?.direction !== 'forward' || rollout.release === keeps) return []
  const message = `the ${lane} ${releaseName(release)} goes first`
  return failRollout(state, stage, rollout, { cause: 'way-round', message, blames: false, tick, at, by })
}

function refusal(code: string, text: string): Refusal {
  return { code, text }
}

function no(code: string, text: string): { readonly refusal: Refusal } {
  return { refusal: refusal(code, text) }
}

function refusalOf(decision: Decision): Refusal {
  return 'refusal' in decision ? decision.refusal : refusal('release/unknown', 'it is not known')
}
