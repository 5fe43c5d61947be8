// Where a search for a culprit goes next, what it waits for, and when it is over. Asked by `due`, by `decide`, and by
// whoever tells people.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import { approvalReasons } from './approvals.ts'
import { changesBetween, contains, isOnLineOf, lacking } from './contains.ts'
import { closedGate } from './gates.ts'
import type { GateReason } from './gate-reason.ts'
import { blockedBy, isLifted } from './lifting.ts'
import { needsReason } from './needs.ts'
import { candidates, liveOrLast, nextUp } from './queue.ts'
import { probeMsMax, SEARCH_MS_MAX, type CulpritSearch, type SearchEnd } from './search-state.ts'
import { markOf, stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'

/** The rollout under way, where it is a probe. */
export function probeOf({ rollout }: StageState): Rollout | undefined {
  return rollout?.lane === 'probe' && rollout.direction === 'forward' ? rollout : undefined
}

/** Suspects that do what they do within `release`. */
export function suspectsIn(
  state: ServiceState,
  { suspects }: StageState,
  release: ReleaseNumber,
): readonly ReleaseNumber[] {
  return suspects.filter((change) => contains(state, release, change) && !isLifted(state, change, release))
}

export type NextProbe = {
  readonly release: ReleaseNumber | undefined
  /** None can be probed now; one that is being built could be. */
  readonly mayCome: boolean
}

/** The release that holds about half of the suspects; of two, the older. */
export function nextProbe(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  search: CulpritSearch,
): NextProbe {
  const half = stage.suspects.length / 2
  let best: { readonly release: ReleaseNumber; readonly away: number } | undefined
  let mayCome = false
  for (const release of candidates(state, liveOrLast(stage))) {
    const inside = suspectsIn(state, stage, release).length
    if (inside === 0 || inside === stage.suspects.length) continue
    if (!mayProbe(state, definition, stage, search, release)) continue
    const build = state.releases[release]?.build.state
    if (build === 'waiting' || build === 'running') mayCome = true
    if (build !== 'done') continue
    const away = Math.abs(inside - half)
    if (best === undefined || away < best.away) best = { release, away }
  }
  return { release: best?.release, mayCome }
}

/** It brings nothing but suspects and what passed here, undoes nothing, and nobody has rejected any of it. */
function mayProbe(
  state: ServiceState,
  definition: StageDefinition,
  stage: StageState,
  search: CulpritSearch,
  release: ReleaseNumber,
): boolean {
  const { live } = stage
  const known = state.releases[release]
  const head = state.releases[state.head]
  if (!live || !known || !head || !isOnLineOf(state, head, known)) return false
  return (
    markOf(stage, release).against === null &&
    lacking(state, release, live.release).length === 0 &&
    blockedBy(state, release, stage.stage).length === 0 &&
    needsReason(state, stage, release).length === 0 &&
    approvalReasons(state, definition, release).length === 0 &&
    changesBetween(state, live.release, release).every(
      (change) => search.suspects.includes(change) || markOf(stage, change).cleared !== null,
    )
  )
}

/** What keeps the next probe from beginning; empty when it may. */
export function probeReasons(
  state: ServiceState,
  definition: StageDefinition,
  now: EpochMs,
): readonly GateReason[] {
  const stage = stageOf(state, definition.stage)
  const reasons = [...closedGate(state, definition, now, 'entry')]
  const say = (code: string, text: string): void => void reasons.push({ code, text, until: null })
  if (stage.hold) say('gate/hold', `on hold: ${stage.hold.reason}`)
  if (stage.stuck) say('gate/stuck', stage.stuck.reason)
  if (stage.asked) say('gate/asked', `${stage.stage} waits for an answer (accept or reject)`)
  if (stage.rollout) say('gate/rollout-under-way', `something is rolling out in ${stage.stage}`)
  return reasons
}

export type Over = { readonly how: SearchEnd; readonly message: string }

/** Why a search is over; undefined while it goes on. */
export function searchOver(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): Over | undefined {
  const stage = stageOf(state, definition.stage)
  const { search, rollout } = stage
  if (!search) return undefined
  if (service.stages.at(-1) === definition)
    return { how: 'gave-way', message: `${stage.stage} is the last stage now, and nothing is probed there` }
  if (rollout?.direction === 'forward' && !probeOf(stage))
    return { how: 'gave-way', message: 'another release goes in first' }
  if (stage.suspects.length < 2) return { how: 'answered', message: 'nobody is suspected any more' }
  if (stage.pin) return { how: 'gave-way', message: `a person pinned the stage: ${stage.pin.reason}` }
  if (stage.wayRound) return { how: 'gave-way', message: 'what goes round the queue goes first' }
  if (!stage.live) return { how: 'gave-way', message: 'nothing serves beside which it could be probed' }
  if (now >= search.since + SEARCH_MS_MAX) return { how: 'too-long', message: 'it went on for four hours' }
  if (comesNow(state, service, definition, now))
    return { how: 'gave-way', message: 'a release that reverts or fixes them is ready' }
  if (rollout) return undefined
  const { release, mayCome } = nextProbe(state, definition, stage, search)
  if (release !== undefined || mayCome || isServedOn(state, stage)) return undefined
  return { how: 'unclear', message: 'there is no release between them that could be probed' }
}

/** Some of the suspects are in what serves, and others are not: it tells by itself, in time. */
export function isServedOn(state: ServiceState, stage: StageState): boolean {
  if (!stage.live) return false
  const inside = suspectsIn(state, stage, stage.live.release).length
  return inside > 0 && inside < stage.suspects.length
}

/** Whether something would enter if the probe were not there: only what lifts all suspects passes the held gate. */
function comesNow(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
  now: EpochMs,
): boolean {
  const stage = stageOf(state, definition.stage)
  if (!probeOf(stage)) return false
  const without = { ...state, stages: { ...state.stages, [stage.stage]: { ...stage, rollout: null } } }
  return nextUp(without, service, definition, now)?.why.length === 0
}

/** When a probe has had its time; null before it is served. */
export function probeEndsAt(
  search: CulpritSearch,
  { phase, phaseSince, steps, step }: Rollout,
): EpochMs | null {
  if (phase !== 'soaking') return null
  return phaseSince + probeMsMax(search, steps[step]?.percent ?? 100)
}
