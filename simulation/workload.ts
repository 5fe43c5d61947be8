// A virtual operator who presses everything, at bad moments, sometimes twice.
import type { PersonCommand } from '../src/domain/service/command.ts'
import { runOf } from '../src/domain/service/command-run.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import { drawArtifactAct } from './artifact-acts.ts'
import { drawAimedAct } from './aimed-acts.ts'
import { redraw } from './draw-definition.ts'
import { drawTrackAct } from './draw-track-act.ts'
import type { Random } from './random.ts'
import type { Size } from './size.ts'
import { drawPeopleAct } from './people-acts.ts'
import { drawRoundAct } from './round-acts.ts'
import type { Git } from './world/git.ts'

const MINUTE_MS = 60_000

export type Pressing = {
  readonly random: Random
  readonly size: Size
  readonly state: ServiceState
  readonly tick: (stage: string) => number
  readonly git: Git
  readonly at: number
  /** Unique in the run: what a refused act left in the log would bear it. */
  readonly name: string
}

type Distribute<Type> = Type extends unknown ? Omit<Type, 'at' | 'by'> : never
type Wish = Distribute<PersonCommand>

/** Draws an act; undefined where there is nothing to press. */
export function drawAct(pressing: Pressing): PersonCommand | undefined {
  const { random, state, at, name } = pressing
  const stages = Object.values(state.stages)
  if (state.head === 0 || stages.length === 0) return undefined
  const stage = random.pick(stages)
  const wish = drawWish(pressing, stage)
  return wish && { ...wish, at, by: { kind: 'person', name } }
}

function drawWish(pressing: Pressing, stage: StageState): Wish | undefined {
  const { random, state } = pressing
  // Of a stream of their own: acts that came later leave the others as they were.
  const aimed = random.fork(`aimed-${pressing.name}`)
  const isCalled = Object.values(state.stages).some((one) => runOf(one)?.state === 'lost')
  const wish = aimed.chance(isCalled ? 0.5 : 0.12) ? drawAimedAct(aimed, state, pressing.tick) : undefined
  if (wish) return wish
  const artifact = drawArtifactAct(random.fork(`ci-${pressing.name}`), state, pressing.git)
  if (artifact) return artifact
  const tracks = random.fork(`tracks-${pressing.name}`)
  if (tracks.chance(0.25)) return drawTrackAct(tracks, state, stage)
  const rounds = random.fork(`rounds-${pressing.name}`)
  if (rounds.chance(0.1)) return drawRoundAct(rounds, state, stage, pressing.git, pressing.tick(stage.stage))
  const going = drawRetirement(random.fork(`retire-${pressing.name}`), state)
  if (going) return going
  const asked = drawAskedSettings(random.fork(`settings-asked-${pressing.name}`), state, pressing.name)
  if (asked) return asked
  const people = random.fork(`people-${pressing.name}`)
  if (people.chance(0.2)) return drawPeopleAct(people, state, stage)
  const roll = random.int(0, 99)
  if (roll < 26) return drawLockAct(pressing, stage)
  if (roll < 30) return drawSettings(pressing, stage)
  if (roll < 60) return drawStageAct(pressing, stage)
  if (roll < 84) return drawReleaseAct(pressing, stage)
  if (roll < 92) return { type: 'accept-history', reason: 'looked at it' }
  return state.definition === null
    ? undefined
    : { type: 'configure', definition: redraw(random, pressing.size, state.definition) }
}

/** A stage that is not the last goes: first what it runs, then its lines in the configuration. */
function drawRetirement(random: Random, { definition, stages }: ServiceState): Wish | undefined {
  if (definition === null || definition.stages.length < 2) return undefined
  const kept = definition.stages.filter(({ stage }) => !stages[stage]?.retired)
  if (kept.length < definition.stages.length)
    return random.chance(0.4) ? { type: 'configure', definition: { ...definition, stages: kept } } : undefined
  if (!random.chance(0.02)) return undefined
  const { stage } = random.pick(definition.stages.slice(0, -1))
  return { type: 'retire-stage', stage, reason: 'another stage does it all' }
}

/** Where a stage asks people, its settings ask too: somebody sets one, and somebody answers. */
function drawAskedSettings(
  random: Random,
  { definition, stages }: ServiceState,
  name: string,
): Wish | undefined {
  const asking = definition?.stages.find(({ approve }) => approve !== undefined)
  const stage = asking && stages[asking.stage]
  if (!asking || !stage?.live) return undefined
  const roll = random.next()
  if (roll < 0.12) return { type: asking.approve?.byHand ? 'promote' : 'approve', stage: stage.stage }
  if (roll > 0.2) return undefined
  const changes = [{ name: 'ASKED', setting: { kind: 'plain', value: name } as const }]
  return { type: 'set-settings', stage: stage.stage, changes, reason: 'what people are asked about' }
}

function drawSettings(
  { random, name, tick }: Pressing,
  { stage, settings, locks, rollout }: StageState,
): Wish {
  const known = Object.keys(settings.versions.at(-1)?.values ?? {})
  const change = known.length > 0 && random.chance(0.2) ? null : random.pick(['plain', 'secret'] as const)
  const variable =
    change === null ? random.pick(known) : `${change === 'secret' ? 'TOKEN' : 'COLOUR'}_${random.int(1, 2)}`
  const setting =
    change === null
      ? null
      : change === 'secret'
        ? ({ kind: change, secret: random.int(1, 1_000) } as const)
        : ({ kind: change, value: name } as const)
  const changes = [{ name: variable, setting }]
  const wish = { type: 'set-settings', stage, changes, reason: 'other limits' } as const
  // Of a stream of its own: what was drawn before stays as it was.
  const aside = random.fork(`settings-round-${name}`)
  if (!aside.chance(0.35)) return wish
  const lane = aside.pick(['hotfix', 'hotfix', 'emergency'] as const)
  const keeps = rollout && aside.chance(0.2) ? rollout.release : undefined
  const named = aside.chance(0.7) ? locks.map(({ id }) => id) : []
  return { ...wish, round: { lane, keeps, locks: named, tick: tick(stage) } }
}

function drawLockAct({ random, state, name }: Pressing, stage: StageState): Wish {
  const lock = stage.locks.length > 0 ? random.pick(stage.locks).id : 'lock-of-nobody'
  const release = random.int(1, state.head)
  const roll = random.next()
  if (stage.locks.length === 0 ? roll < 0.8 : roll < 0.15)
    return {
      type: 'lock',
      stage: stage.stage,
      id: `lock-${name}`,
      owner: 'ops',
      reason: `something looks wrong to ${name}`,
      forMs: random.pick([2, 6, 20, 45, 240]) * MINUTE_MS,
      incident: random.chance(0.15) ? 'INC-1' : null,
      suspect: random.pick([null, null, undefined, release]),
      allTracks: release % 4 === 0,
    }
  if (roll < 0.35)
    return {
      type: 'edit-lock',
      stage: stage.stage,
      lock,
      ...(random.chance(0.5) ? { forMs: random.pick([1, 10, 60]) * MINUTE_MS } : {}),
      ...(random.chance(0.3) ? { incident: random.pick([null, 'INC-2']) } : {}),
      ...(random.chance(0.3) ? { suspect: random.pick([null, release]) } : {}),
    }
  return {
    type: 'unlock',
    stage: stage.stage,
    ...(random.chance(0.7) ? { lock } : {}),
    incidentClosed: random.chance(0.15),
  }
}

function drawStageAct({ random, state, tick }: Pressing, stage: StageState): Wish {
  const name = stage.stage
  const release = random.int(1, state.head)
  const known = random.pick([undefined, ...stage.before.slice(0, 3), release])
  if (stage.pin && random.chance(0.6))
    return {
      type: 'unpin',
      stage: name,
      reason: 'over',
      ...(random.chance(0.3) ? { culprit: stage.before[0] ?? release } : {}),
    }
  const roll = random.int(0, 9)
  if (roll < 3)
    return {
      type: 'rollback',
      stage: name,
      reason: 'customers call',
      tick: tick(name),
      ...(known === undefined ? {} : { to: known }),
    }
  if (roll < 5) return { type: 'abort', stage: name, reason: 'go back now', tick: tick(name) }
  if (roll < 6) return { type: 'pin', stage: name, reason: 'a demonstration' }
  if (roll < 8)
    return {
      type: 'skip-bake',
      stage: name,
      reason: 'it cannot wait',
      ...(random.chance(0.5) ? { release } : {}),
    }
  return {
    type: 'accept',
    stage: name,
    release: random.chance(0.8) ? (stage.live?.release ?? release) : release,
    reason: 'it is well',
    tick: tick(name),
    ...(random.chance(0.1) ? { contains: random.int(1, state.head) } : {}),
  }
}

function drawReleaseAct({ random, state, tick }: Pressing, stage: StageState): Wish {
  const rejected = Object.values(state.releases).filter((known) => known.rejected !== null)
  const release = random.int(Math.max(1, state.head - 4), state.head)
  const roll = random.int(0, 9)
  if (roll < 2) return { type: 'reject', release, reason: 'it is bad' }
  if (roll < 5)
    return {
      type: 'unreject',
      release: rejected.length > 0 ? random.pick(rejected).release : release,
      reason: 'it was not that one',
    }
  if (roll < 6) return { type: 'retry', release }
  if (roll < 8) return { type: 'retry', release, stage: stage.stage }
  if (state.rewritten || roll < 9)
    return {
      type: 'accept',
      stage: stage.stage,
      release: state.head,
      contains: stage.live?.release ?? release,
      reason: 'it is in there',
      tick: tick(stage.stage),
    }
  return { type: 'retry', release, stage: stage.stage }
}
