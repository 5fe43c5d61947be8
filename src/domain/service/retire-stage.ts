// A stage that goes (behaviour 4.5): a person retires it, what it runs is let go of in the usual order, and only then may
// the configuration be without it. Nothing enters it any more, and nobody changes anything in it.
import type { Actor } from '../names.ts'
import { releaseName } from '../release-number.ts'
import type { ServiceCommand } from './command.ts'
import { accept, refuse, type Decision } from './decision.ts'
import type { ServiceEvent } from './event.ts'
import type { GateReason } from './gate-reason.ts'
import { noRoutes } from './track-state.ts'
import { emptyStage, stageOf, type ServiceState, type StageState } from './state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>

/** What a person may still do in a retired stage: take away what is theirs. */
const STILL_ALLOWED = new Set<ServiceCommand['type']>(['lock', 'edit-lock', 'unlock', 'remove-route'])

export function decideRetire(
  state: ServiceState,
  { stage: name, reason, at, by }: Of<'retire-stage'>,
): Decision {
  const stage = stageOf(state, name)
  const { rollout, wayRound, beside } = stage
  const others = Object.values(state.stages).filter((one) => one.stage !== name && !one.retired)
  const checkedHere = Object.values(state.stages).find((one) => one.wayRound?.toCheck.includes(name))
  if (others.length === 0)
    return refuse('stage/only-one', `${name} is the only stage there is; a pipeline has at least one`)
  const [lock] = stage.locks.filter(({ everywhere }) => !everywhere)
  if (lock)
    return refuse(
      'gate/locked',
      `${name} is locked by ${lock.owner}: ${lock.reason}; what it holds is held on purpose, so lift ${lock.id} first`,
    )
  if (rollout)
    return refuse(
      'stage/busy',
      `${releaseName(rollout.release)} is rolling out in ${name}; wait for its end, or go back first: sluice abort ${name}`,
    )
  if (wayRound)
    return refuse(
      'stage/busy',
      `${releaseName(wayRound.release)} is on its way round into ${name}; call it off first: sluice abort ${name}`,
    )
  const checked = beside?.release ?? checkedHere?.wayRound?.release
  if (checked !== undefined)
    return refuse(
      'stage/busy',
      `${releaseName(checked)} is checked beside ${name}, on its way round; wait for the end of that`,
    )
  const tracks = [
    ...new Set([...Object.keys(stage.routes.tracks), ...stage.routes.awaited.map(({ track }) => track)]),
  ]
  if (tracks.length > 0)
    return refuse(
      'stage/busy',
      `${tracks.join(' and ')} of ${name} may lead people there; take them away first: sluice track remove`,
    )
  const stops = Object.keys(stage.fleets).map(Number)
  return accept({
    type: 'stage-retired',
    stage: name,
    live: stage.live?.release ?? null,
    stops,
    rules: stage.routes.rules.length,
    reason,
    at,
    by,
  })
}

/** Nothing is wanted here from now on; what is there is known until it is gone. */
export function retired(
  stage: StageState,
  { live, reason, at, by }: Extract<ServiceEvent, { type: 'stage-retired' }>,
  version: number,
): StageState {
  const { rolloutCount, locks, fleets, unheard, askedAt, plan, wishedAt, ticksFrom, answeredTick } = stage
  return {
    ...emptyStage(stage.stage),
    rolloutCount,
    locks,
    fleets,
    unheard,
    askedAt,
    plan,
    wishedAt,
    ticksFrom,
    answeredTick,
    routes: { ...noRoutes, rulesAt: stage.routes.rules.length > 0 ? version : stage.routes.rulesAt },
    retired: { by, reason, since: at, live },
    ...(stage.command === undefined ? {} : { command: stage.command }),
  }
}

/** What a person would do in a stage that is going. */
export function refusedByRetirement(state: ServiceState, command: ServiceCommand): Decision | undefined {
  if (!('stage' in command) || command.stage === undefined || command.by.kind !== 'person') return undefined
  const stage = state.stages[command.stage]
  if (!stage?.retired || STILL_ALLOWED.has(command.type)) return undefined
  return refuse('stage/retired', retiredText(stage, stage.retired))
}

export function retiredReason(stage: StageState): readonly GateReason[] {
  return stage.retired ? [{ code: 'gate/retired', text: retiredText(stage, stage.retired), until: null }] : []
}

function retiredText(stage: StageState, { by }: { readonly by: Actor }): string {
  const who = by.kind === 'person' ? by.name : 'the machine'
  const next = isEmptied(stage)
    ? 'it is empty: take it out of the configuration, and releases go past it'
    : 'what it ran is being stopped'
  return `${stage.stage} was retired by ${who}; ${next}`
}

/** Neither instances nor any that may be there unheard. */
export function isEmptied({ fleets, unheard }: StageState): boolean {
  return Object.keys(fleets).length === 0 && Object.keys(unheard).length === 0
}

/** Why a configuration may not be without this stage yet; undefined where it may. */
export function whyNotGone(stage: StageState): string | undefined {
  if (stage.retired)
    return isEmptied(stage)
      ? undefined
      : `stage ${stage.stage} is retired, and what it ran is being stopped; it goes by itself then`
  const holds = [
    stage.rollout ? `${releaseName(stage.rollout.release)}, which is rolling out` : undefined,
    stage.live && stage.live.release !== stage.rollout?.release ? releaseName(stage.live.release) : undefined,
    !stage.live && !stage.rollout && !isEmptied(stage) ? 'instances' : undefined,
    Object.keys(stage.routes.tracks).length > 0 ? 'tracks' : undefined,
    stage.locks.length > 0 ? 'a lock' : undefined,
    stage.pin ? 'a pin' : undefined,
  ].filter((one) => one !== undefined)
  if (holds.length === 0) return undefined
  return `stage ${stage.stage} still holds ${holds.join(', ')} and cannot vanish; keep it, give its new name renamedFrom: '${stage.stage}', or let go of what it runs: sluice stage retire ${stage.stage}`
}
