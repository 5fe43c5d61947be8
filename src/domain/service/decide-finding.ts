// What watching a stage came to, and what people say to it.
import { contains, lacking } from './contains.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import { unknown } from './decide-line.ts'
import type { ServiceEvent } from './event.ts'
import { breakBake } from './break-bake.ts'
import { failRollout } from './fail-rollout.ts'
import type { Finding } from './finding.ts'
import { WAYS } from './lanes.ts'
import { unclearedIn } from './lifting.ts'
import { wasWell } from './decide-search.ts'
import { vouchForCommand } from './release-command.ts'
import { completeRollout } from './start-rollout.ts'
import { evolve } from './evolve.ts'
import { markOf, stageOf, type Rollout, type ServiceState, type StageState } from './state.ts'
import { releaseName } from '../release-number.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
type Report = Of<'report-finding'>
type Found<Name extends Finding['found']> = Extract<Finding, { found: Name }>

export function decideFinding(
  state: ServiceState,
  command: Of<'report-finding' | 'accept' | 'skip-bake'>,
): Decision {
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'report-finding':
      return reportFinding(state, stage, command)
    case 'accept':
      return acceptRelease(state, stage, command)
    case 'skip-bake':
      return skipBake(state, stage, command)
  }
}

function reportFinding(state: ServiceState, stage: StageState, command: Report): Decision {
  const { finding, tick, at, by } = command
  const name = stage.stage
  // Found while it still served undisturbed: what is being taken out has passed nothing.
  const isMilestone = finding.found === 'own-served' || finding.found === 'bake-over'
  if (isMilestone && stage.rollout?.direction === 'back') return nothing
  switch (finding.found) {
    case 'own-served':
      if (stage.live?.release !== finding.release || markOf(stage, finding.release).ownServed) return nothing
      return accept({ type: 'own-served', stage: name, release: finding.release, at, by })
    case 'bake-over':
      return bakeOver(state, stage, finding, command)
    case 'step-soaked':
      return stepSoaked(state, stage, finding, command)
    case 'against':
      return against(state, stage, finding, command)
    case 'probe-well':
      return wasWell(state, stage, finding, command)
    case 'watch-over':
      if (stage.watch?.release !== finding.release || markOf(stage, finding.release).against !== null)
        return nothing
      return accept({ type: 'watch-survived', stage: name, release: finding.release, tick, at, by })
    case 'hold':
      if (stage.hold?.reason === finding.reason) return nothing
      return accept({ type: 'hold-started', stage: name, reason: finding.reason, at, by })
    case 'no-hold':
      return stage.hold ? accept({ type: 'hold-ended', stage: name, at, by }) : nothing
  }
}

function bakeOver(
  state: ServiceState,
  stage: StageState,
  finding: Found<'bake-over'>,
  { tick, at, by }: Report,
): Decision {
  const { live } = stage
  if (!live || !contains(state, live.release, finding.release)) return nothing
  const changes = finding.changes.filter((change) => markOf(stage, change).cleared === null)
  if (changes.length === 0) return nothing
  if (finding.proof === 'inconclusive' && asks(state, stage))
    return stage.asked
      ? nothing
      : accept({ type: 'bake-asked', stage: stage.stage, release: finding.release, at, by })
  const how = finding.proof === 'proven' ? 'proven' : 'unproven'
  return accept({ type: 'changes-cleared', stage: stage.stage, changes, how, tick, at, by })
}

/** Where too little was seen, a person is asked instead of going on marked unproven. */
function asks(state: ServiceState, stage: StageState): boolean {
  return state.definition?.stages.find(({ stage: name }) => name === stage.stage)?.inconclusive === 'ask'
}

function isAccepted(stage: StageState, release: number): boolean {
  return markOf(stage, release).trusted === 'accepted'
}

function stepSoaked(
  state: ServiceState,
  stage: StageState,
  finding: Found<'step-soaked'>,
  { tick, at, by }: Report,
): Decision {
  const { rollout } = stage
  if (rollout?.rollout !== finding.rollout || rollout.step !== finding.step || rollout.phase !== 'soaking')
    return nothing
  // A probe ends as a probe: it is not on its way to everybody.
  if (rollout.paused || rollout.lane === 'probe') return nothing
  if (finding.proof === 'unproven' && asks(state, stage) && !isAccepted(stage, rollout.release))
    return stage.asked
      ? nothing
      : accept({ type: 'bake-asked', stage: stage.stage, release: rollout.release, at, by })
  if (isUnconfirmed(rollout)) {
    const { release, rollout: number, step } = rollout
    return rollout.confirmAsked === step
      ? nothing
      : accept({ type: 'confirm-asked', stage: stage.stage, release, rollout: number, step, at, by })
  }
  const passed: ServiceEvent = {
    type: 'step-passed',
    stage: stage.stage,
    release: rollout.release,
    rollout: rollout.rollout,
    step: rollout.step,
    unproven: finding.proof === 'unproven',
    at,
    by,
  }
  if (rollout.step + 1 < rollout.steps.length) return accept(passed)
  const after = evolve(state, passed)
  const ended = stageOf(after, stage.stage)
  return accept(
    passed,
    ...(ended.rollout ? completeRollout(after, ended, ended.rollout, { tick, at, by }) : []),
  )
}

/** A step that is over only when a person says so. */
export function isUnconfirmed({ steps, step, confirmed }: Rollout): boolean {
  return steps[step]?.confirm === true && confirmed !== step
}

function against(
  state: ServiceState,
  stage: StageState,
  finding: Found<'against'>,
  command: Report,
): Decision {
  const { tick, at, by } = command
  const { rollout } = stage
  const verdict: ServiceEvent = {
    type: 'verdict-against',
    stage: stage.stage,
    release: finding.release,
    during: finding.during,
    what: finding.what,
    tick,
    at,
    by,
  }
  if (finding.during === 'rollout') {
    if (!rollout || rollout.rollout !== finding.rollout || rollout.direction !== 'forward') return nothing
    if (WAYS[rollout.lane].verdict === 'calls people' && finding.cause === 'verdict')
      return markOf(stage, rollout.release).against === null ? accept(verdict) : nothing
    const { cause, what: message, seen } = finding
    const failure = { cause, message, blames: true, seen, tick, at, by } as const
    if (rollout.lane === 'probe') return { events: failRollout(state, stage, rollout, failure) }
    return accept(verdict, ...failRollout(state, stage, rollout, failure))
  }
  if (stage.live?.release !== finding.release || rollout?.direction === 'back') return nothing
  if (markOf(stage, finding.release).against !== null) return nothing
  const { lane } = markOf(stage, finding.release)
  // An emergency goes back by itself only when it crashes or is not well: people are called, and the gate holds.
  if (WAYS[lane].verdict === 'calls people' && finding.cause === 'verdict') {
    const reason = `${releaseName(finding.release)} came as an emergency, and a verdict is against it (${finding.what}); it stays until a person goes back or accepts it`
    return accept(verdict, { type: 'stage-stuck', stage: stage.stage, reason, at, by })
  }
  return accept(verdict, ...breakBake(state, stage, finding, { tick, at, by }))
}

function acceptRelease(state: ServiceState, stage: StageState, command: Of<'accept'>): Decision {
  const { release, reason, tick, at, by } = command
  if (!state.releases[release]) return unknown(state, release)
  if (command.contains !== undefined) {
    if (!state.releases[command.contains]) return unknown(state, command.contains)
    if (lacking(state, release, command.contains).length === 0)
      return refuse(
        'accept/contained',
        `${releaseName(release)} already contains ${releaseName(command.contains)}`,
      )
    return accept({ type: 'containment-accepted', release, contains: command.contains, reason, at, by })
  }
  const vouched = vouchForCommand(stage, command)
  if (vouched) return vouched
  const accepted: ServiceEvent = { type: 'release-accepted', stage: stage.stage, release, reason, at, by }
  // Asked before everybody gets it: the rollout goes on, and its changes are cleared at its end.
  if (stage.rollout?.release === release && stage.asked?.release === release) return accept(accepted)
  if (stage.live?.release !== release)
    return refuse(
      'accept/not-live',
      `${releaseName(release)} is not what ${stage.stage} runs; there is nothing to answer`,
    )
  const changes = unclearedIn(state, stage.stage, release, null)
  if (changes.length === 0) return accept(accepted)
  return accept(accepted, {
    type: 'changes-cleared',
    stage: stage.stage,
    changes,
    how: 'accepted',
    tick,
    at,
    by,
  })
}

function skipBake(state: ServiceState, stage: StageState, command: Of<'skip-bake'>): Decision {
  const definition = state.definition?.stages.find((candidate) => candidate.stage === stage.stage)
  const release = command.release ?? stage.live?.release
  const { reason, at, by } = command
  if (!definition?.bake) return refuse('skip/no-bake', `${stage.stage} has no bake to skip`)
  if (release === undefined) return refuse('skip/nothing-there', `${stage.stage} runs nothing yet`)
  if (!state.releases[release]) return unknown(state, release)
  const mark = markOf(stage, release)
  if (mark.against !== null)
    return refuse(
      'skip/verdict',
      `a verdict stands against ${releaseName(release)} in ${stage.stage}: ${mark.against}`,
    )
  if (
    !stage.live ||
    !contains(state, stage.live.release, release) ||
    !mark.entered ||
    stage.rollout?.release === release
  )
    return refuse('skip/not-baking', `${releaseName(release)} does not bake in ${stage.stage}`)
  const changes = unclearedIn(state, stage.stage, release, null)
  if (changes.length === 0 && mark.ownServed)
    return refuse(
      'skip/over',
      `the bake of ${releaseName(release)} in ${stage.stage} is over; see why it waits: sluice why '${releaseName(release)}'`,
    )
  const skipped: ServiceEvent = { type: 'bake-skipped', stage: stage.stage, release, reason, at, by }
  // The evidence of what goes on baking stays: it is read from the tick it was read from before.
  const tick = stage.ticksFrom
  if (changes.length === 0) return accept(skipped)
  return accept(skipped, {
    type: 'changes-cleared',
    stage: stage.stage,
    changes,
    how: 'skipped',
    tick,
    at,
    by,
  })
}
