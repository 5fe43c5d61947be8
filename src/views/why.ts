// Why something does not move, in words, with a time where one is known. The same functions decide and explain.
import type { Reason } from '../api/board.ts'
import { spellsAlone, watchedMs, type Evidence } from '../domain/analysis/evidence.ts'
import type { EpochMs, ReleaseNumber } from '../domain/names.ts'
import type { ServiceDefinition, StageDefinition } from '../domain/pipeline/definition.ts'
import { carriedBy, soakedMsOf } from '../domain/service/assess.ts'
import { contains, covers } from '../domain/service/contains.ts'
import { revertText } from '../domain/service/found-revert.ts'
import { closedGate, entryReasons, list, pausedText } from '../domain/service/gates.ts'
import { unclearedIn } from '../domain/service/lifting.ts'
import { commandReason } from '../domain/service/release-command.ts'
import { isRouted } from '../domain/service/wanted.ts'
import { roundReasons } from '../domain/service/way-round.ts'
import { nextUp } from '../domain/service/queue.ts'
import { markOf, stageOf, type Rollout, type ServiceState, type StageState } from '../domain/service/state.ts'
import { searchReasons } from './search-view.ts'
import { warmMemoryText } from '../domain/service/warm-memory.ts'
import { inOrder, releaseName } from '../domain/release-number.ts'

export type Seen = { readonly now: EpochMs; readonly evidence: (stage: string) => Evidence }

/** Why `release` is not in `definition`'s stage; empty when it is, or when something newer there contains it. */
export function whyNotIn(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
  seen: Seen,
): readonly Reason[] {
  const stage = stageOf(state, definition.stage)
  if (stage.live && (stage.live.release === release || covers(state, stage.live.release, release))) return []
  if (stage.wayRound?.release === release && stage.rollout?.release !== release) {
    const open = roundReasons(state, definition, stage.wayRound)
    return open.length > 0 ? open : [{ code: 'gate/open', text: 'it enters now', until: seen.now }]
  }
  const origin = state.releases[release]?.origin
  if (origin?.kind === 'settings' && stage.rollout?.release !== release)
    return [
      {
        code: 'settings/set-again',
        text: `these settings were left; they come in again when they are set again: sluice vars history ${origin.stage}`,
        until: null,
      },
    ]
  // A probe brings nothing in: what it contains waits like everything else.
  const entering = stage.rollout?.direction === 'forward' && stage.rollout.lane !== 'probe'
  if (entering && contains(state, stage.rollout.release, release))
    return whyRollout(state, definition, stage.rollout, seen)
  const gates = entryReasons(state, service, definition, release, seen.now)
  const reasons = withoutEcho(gates).flatMap((reason) => [
    timed(state, service, definition, reason, seen),
    ...(reason.code === 'gate/suspects' ? searchReasons(state, definition, seen) : []),
  ])
  const next = nextUp(state, service, definition, seen.now)
  if (
    next &&
    next.release !== release &&
    inOrder(next.release, release) < 0 &&
    !reasons.some(({ code }) => code === 'gate/rejected')
  )
    return [{ code: 'gate/order', text: `${releaseName(next.release)} goes first`, until: null }, ...reasons]
  if (reasons.length > 0) return reasons
  return [{ code: 'gate/open', text: 'it enters now', until: seen.now }]
}

/** A rejection says already what failed, and where. */
function withoutEcho(reasons: readonly Reason[]): readonly Reason[] {
  if (!reasons.some(({ code }) => code === 'gate/rejected')) return reasons
  // Nor does anybody have to say yes to it.
  const idle = ['gate/failed-here', 'gate/failed-before', 'gate/approval', 'gate/by-hand']
  return reasons.filter(({ code }) => !idle.includes(code))
}

/** Adds the time at which the bake before would be over, if nothing else happens. */
function timed(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  reason: Reason,
  seen: Seen,
): Reason {
  if (reason.code === 'gate/own') return { ...reason, until: ownEnd(state, definition, seen) }
  if (reason.code !== 'gate/baking') return reason
  const index = service.stages.findIndex((candidate) => candidate.stage === definition.stage)
  const before = service.stages[index - 1]
  if (!before?.bake) return reason
  const stage = stageOf(state, before.stage)
  if (stage.hold || stage.stuck || stage.asked || stage.suspects.length > 0) return reason
  const left = bakeLeftMs(state, before, stage, seen)
  return left === undefined ? reason : { ...reason, until: seen.now + left }
}

/** When the live release will have served its own time. */
function ownEnd(state: ServiceState, { stage: name, bake }: StageDefinition, seen: Seen): EpochMs | null {
  const stage = stageOf(state, name)
  if (!bake || !stage.live || stage.hold || stage.rollout) return null
  const { release } = stage.live
  const spells = spellsAlone(seen.evidence(name), release, markOf(stage, release).sinceTick)
  return seen.now + Math.max(0, bake.ownMs - watchedMs(spells))
}

/** Watched time that the slowest uncleared change still needs; unknown where it also waits for requests or a person. */
function bakeLeftMs(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  seen: Seen,
): number | undefined {
  const { bake } = definition
  const live = stage.live?.release
  if (!bake || live === undefined) return undefined
  const evidence = seen.evidence(stage.stage)
  const open = unclearedIn(state, stage.stage, live, null).map((change) =>
    carriedBy(state, stage, evidence, change),
  )
  const isOpenEnded = definition.inconclusive !== 'promote' && definition.traffic !== 'none'
  if (isOpenEnded && open.some(({ requests }) => requests < bake.requests)) return undefined
  return Math.max(0, ...open.map((carried) => bake.forMs - carried.watchedMs))
}

/** What a rollout under way is waiting for. */
export function whyRollout(
  state: ServiceState,
  definition: StageDefinition,
  rollout: Rollout,
  seen: Seen,
): readonly Reason[] {
  const stage = stageOf(state, definition.stage)
  if (rollout.lane === 'probe' && rollout.phase === 'soaking' && !stage.hold)
    return searchReasons(state, definition, seen)
  if (stage.hold) return [{ code: 'rollout/hold', text: `on hold: ${stage.hold.reason}`, until: null }]
  switch (rollout.phase) {
    case 'preparing': {
      const command = commandReason(stage)
      if (command) return [command]
      return [
        {
          code: 'rollout/preparing',
          text: `instances of ${releaseName(rollout.release)} are starting`,
          until: null,
        },
      ]
    }
    case 'checking':
      return [
        {
          code: 'rollout/checking',
          text: `checks of ${releaseName(rollout.release)} are running: ${openChecks(definition, rollout)}`,
          until: null,
        },
      ]
    case 'gate': {
      const closed = closedGate(state, definition, seen.now, 'step')
      return closed.length > 0
        ? closed
        : [{ code: 'rollout/gate', text: 'its next step is due', until: seen.now }]
    }
    case 'shifting':
      return [
        definition.portless || !isRouted(definition, stage)
          ? {
              code: 'rollout/shifting',
              text: definition.portless ? 'its instances are starting' : 'the routers are being told',
              until: null,
            }
          : { code: 'rollout/workers', text: 'its other processes are starting', until: null },
      ]
    case 'soaking': {
      return [whySoaking(definition, stage, rollout, seen)]
    }
  }
}

function whySoaking(definition: StageDefinition, stage: StageState, rollout: Rollout, seen: Seen): Reason {
  if (rollout.paused) return { code: 'gate/paused', text: pausedText(rollout.paused), until: null }
  if (rollout.confirmAsked === rollout.step && rollout.confirmed !== rollout.step)
    return {
      code: 'rollout/confirm',
      text: `step ${rollout.step + 1} has soaked, and somebody must say that it may go on: sluice confirm ${stage.stage}`,
      until: null,
    }
  if (stage.asked?.release === rollout.release)
    return {
      code: 'rollout/asked',
      text: `too little was seen of ${releaseName(rollout.release)} before everybody gets it; accept or reject it`,
      until: null,
    }
  const soakMs = rollout.steps[rollout.step]?.soakMs ?? 0
  const soakedMs = soakedMsOf(rollout, seen.evidence(stage.stage))
  if (definition.inconclusive === 'extend' && soakMs > 0 && soakedMs >= soakMs)
    return {
      code: 'rollout/extended',
      text: 'too few requests were seen of it yet; it is watched for up to twice its time',
      until: seen.now + Math.max(0, 2 * soakMs - soakedMs),
    }
  return {
    code: 'rollout/soaking',
    text: `step ${rollout.step + 1} of ${rollout.steps.length} is being watched`,
    until: seen.now + Math.max(0, soakMs - soakedMs),
  }
}

function openChecks(definition: StageDefinition, rollout: Rollout): string {
  return (
    definition.checks
      .map(({ check }) => check)
      .filter((check) => !rollout.passed.includes(check))
      .join(', ') || 'done'
  )
}

/** Why `release` stands as it does in a stage: why it is not in, and what short memory did to it. */
export function whyStanding(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  release: ReleaseNumber,
  seen: Seen,
): readonly Reason[] {
  return [
    ...whyNotIn(state, service, definition, release, seen),
    ...whyWarm(stageOf(state, definition.stage), release),
    ...whyTakenBack(state, release),
  ]
}

function whyTakenBack({ releases }: ServiceState, release: ReleaseNumber): readonly Reason[] {
  const { rejected = null, revert } = releases[release] ?? {}
  if (!rejected || !revert) return []
  return [{ code: 'revert/prepared', text: revertText(release, revert), until: null }]
}

function whyWarm(stage: StageState, release: ReleaseNumber): readonly Reason[] {
  const text = warmMemoryText(stage, release)
  return text === undefined ? [] : [{ code: 'warm/memory', text, until: null }]
}

export function suspectsText(stage: StageState): string {
  return `one of ${list(stage.suspects)} broke ${stage.stage}`
}
