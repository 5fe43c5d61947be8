// What people do with tracks and rules, at any moment and in any order.
import type { PersonRouteCommand } from '../src/domain/service/track-command.ts'
import type { ServiceState, StageState } from '../src/domain/service/state.ts'
import type { Random } from './random.ts'

const MINUTE_MS = 60_000
const TRACKS = ['beta', 'experimental'] as const

export function drawTrackAct(random: Random, state: ServiceState, stage: StageState): PersonRouteCommand {
  const of = { stage: stage.stage, track: random.pick(TRACKS) }
  const reason = 'a customer asked'
  const release = random.int(Math.max(1, state.head - 6), state.head)
  const roll = random.int(0, 99)
  if (roll < 40) {
    const percent = random.chance(0.3) ? random.pick([10, 50]) : undefined
    const instances = random.chance(0.3) ? random.int(1, 3) : undefined
    return { type: 'set-track', ...of, release, percent, instances, reason }
  }
  if (roll < 50) return { type: 'undo-track', ...of, reason }
  if (roll < 60) {
    const stages = Object.keys(state.stages)
    return { type: 'follow-track', ...of, passed: random.chance(0.8) ? random.pick(stages) : null }
  }
  if (roll < 68) return { type: 'remove-track', ...of, reason }
  return drawRouteAct(random, stage, release, of.track)
}

function drawRouteAct(random: Random, stage: StageState, release: number, track: string): PersonRouteCommand {
  const of = { stage: stage.stage }
  const reason = 'a customer asked'
  const { rules } = stage.routes
  const route = rules.length > 0 ? random.pick(rules).id : 'r0'
  const to = random.chance(0.5) ? { track } : { release }
  const forMs = random.pick([5, 60, 600]) * MINUTE_MS
  const roll = random.int(0, 9)
  if (rules.length === 0 || roll < 5) {
    const customer = { attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } } as const
    return { type: 'add-route', ...of, when: [customer], percent: 100, to, forMs, reason }
  }
  if (roll < 8) return { type: 'edit-route', ...of, route, percent: random.int(0, 100), forMs }
  return { type: 'remove-route', ...of, route, reason }
}
