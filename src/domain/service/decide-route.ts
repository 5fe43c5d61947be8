// Rules that lead people to tracks and releases. Odd ones are warned about and never refused: rules, tracks and tables
// come and go in any order.
import type { EpochMs } from '../names.ts'
import { conditionText, type RouteRule } from '../traffic/route-rule.ts'
import type { ServiceCommand } from './command.ts'
import { accept, nothing, refuse, type Decision } from './decision.ts'
import { mayNotMove, mayNotRun } from './decide-track.ts'
import { stageOf, type ServiceState, type StageState } from './state.ts'
import { RULES_MAX } from './track-state.ts'

type Of<Type extends ServiceCommand['type']> = Extract<ServiceCommand, { type: Type }>
export type RouteCommand = Of<'add-route' | 'edit-route' | 'remove-route' | 'expire-route'>

/** A rule for one person or customer is somebody's favour or experiment, and ends by itself. */
export const PERSONAL_MS_MAX = 30 * 86_400_000

export function decideRoute(state: ServiceState, command: RouteCommand): Decision {
  const stage = stageOf(state, command.stage)
  switch (command.type) {
    case 'add-route':
      return addRoute(state, stage, command)
    case 'edit-route':
      return editRoute(state, stage, command)
    case 'remove-route': {
      const { route, reason, at, by } = command
      if (!ruleOf(stage, route)) return noSuchRule(stage, route)
      return accept({
        type: 'route-removed',
        stage: stage.stage,
        rule: route,
        how: 'removed',
        reason,
        at,
        by,
      })
    }
    case 'expire-route': {
      const { route, at, by } = command
      const rule = ruleOf(stage, route)
      if (!rule || rule.expiresAt === null || rule.expiresAt > at) return nothing
      const reason = 'its time is over'
      return accept({
        type: 'route-removed',
        stage: stage.stage,
        rule: route,
        how: 'expired',
        reason,
        at,
        by,
      })
    }
  }
}

function addRoute(state: ServiceState, stage: StageState, command: Of<'add-route'>): Decision {
  const { when, percent, to, forMs, reason, before, at, by } = command
  if (stage.routes.rules.length >= RULES_MAX)
    return refuse('route/too-many', `${stage.stage} has ${RULES_MAX} rules, which is the most; remove some`)
  if (before !== undefined && !ruleOf(stage, before)) return noSuchRule(stage, before)
  const no = mayNotLead(state, stage, to) ?? mustEnd(when, forMs)
  if (no) return no
  const id = `r${stage.routes.ruleCount + 1}`
  const rule: RouteRule = {
    id,
    when,
    percent,
    salt: id,
    to,
    expiresAt: expiryOf(forMs, at),
    reason,
    by: by.kind === 'person' ? by.name : by.rule,
    since: at,
  }
  return accept({ type: 'route-added', stage: stage.stage, rule, before: before ?? null, at, by })
}

function editRoute(state: ServiceState, stage: StageState, command: Of<'edit-route'>): Decision {
  const { route, percent, to, forMs, reason, at, by } = command
  const old = ruleOf(stage, route)
  if (!old) return noSuchRule(stage, route)
  const no =
    mayNotLead(state, stage, to ?? old.to) ?? (forMs === undefined ? undefined : mustEnd(old.when, forMs))
  if (no) return no
  const rule: RouteRule = {
    ...old,
    percent: percent ?? old.percent,
    to: to ?? old.to,
    expiresAt: forMs === undefined ? old.expiresAt : expiryOf(forMs, at),
    reason: reason ?? old.reason,
  }
  return accept({ type: 'route-edited', stage: stage.stage, rule, at, by })
}

/** A rule may name a track that is still to come, but what it leads to must be able to run, and not be locked. */
function mayNotLead(state: ServiceState, stage: StageState, to: RouteRule['to']): Decision | undefined {
  // The name stands for any track of this stage: rules lead people between all of them.
  const no = mayNotMove(state, stage, 'track' in to && stage.routes.tracks[to.track] ? to.track : ANY_TRACK)
  if (no && 'refusal' in no && no.refusal.code !== 'track/too-many') return no
  return 'release' in to ? mayNotRun(state, stage, to.release) : undefined
}

const ANY_TRACK = ''

function mustEnd(when: RouteRule['when'], forMs: number | null): Decision | undefined {
  const personal = when.find(
    ({ attribute, test }) => (attribute.from === 'customer' || attribute.from === 'user') && test.op === 'is',
  )
  if (!personal || (forMs !== null && forMs <= PERSONAL_MS_MAX)) return undefined
  return refuse(
    'route/no-end',
    `a rule for one person or customer (${conditionText(personal)}) must end by itself within 30 days: say for how long with --for, or use a lookup table for what lasts`,
  )
}

function expiryOf(forMs: number | null, at: EpochMs): EpochMs | null {
  return forMs === null ? null : at + forMs
}

function ruleOf(stage: StageState, id: string): RouteRule | undefined {
  return stage.routes.rules.find((rule) => rule.id === id)
}

function noSuchRule(stage: StageState, id: string): Decision {
  const ids = stage.routes.rules
    .slice(0, 20)
    .map((rule) => rule.id)
    .join(', ')
  return refuse(
    'route/unknown',
    `${stage.stage} has no rule ${id}; ${ids === '' ? 'it has none' : `it has ${ids}`}`,
  )
}
