// What people do to a stage of every service, where there is a second one: it has all stages that the first may ever
// get, so that a lock may wait there for a stage that is still to come.
import type { EverywhereCommand } from '../src/domain/everywhere/decide.ts'
import type { PersonCommand } from '../src/domain/service/command.ts'
import type { ServiceDefinition, StageDefinition } from '../src/domain/pipeline/definition.ts'
import type { ServiceState } from '../src/domain/service/state.ts'
import { insertStage } from './draw-definition.ts'
import type { Random } from './random.ts'
import type { Size } from './size.ts'

export const OTHER_SERVICE = 'blog'
/** Nothing is ever pushed to it: the other service has gates, and nothing that goes through them. */
export const NO_BRANCH = 'nobody pushes here'

const MINUTE_MS = 60_000
const STAGES = ['alpha', 'staging', 'production', 'extra-2', 'extra-3']

export function otherService(definition: ServiceDefinition): ServiceDefinition {
  const [first] = definition.stages
  const plain: StageDefinition = { ...first!, window: null, checks: [], bake: null, watchMs: 0 }
  return {
    ...definition,
    service: OTHER_SERVICE,
    source: { ...definition.source, branch: NO_BRANCH },
    stages: STAGES.map((stage) => ({ ...plain, stage })),
  }
}

type Standing = readonly { readonly id: string; readonly stage: string }[]

/** Mostly where the first service is, sometimes where it is about to get a stage. */
export function drawEverywhereAct(
  random: Random,
  {
    name,
    at,
    state,
    size,
    standing,
  }: {
    readonly name: string
    readonly at: number
    readonly state: ServiceState
    readonly size: Size
    readonly standing: Standing
  },
): EverywhereCommand | PersonCommand | undefined {
  const { definition } = state
  if (!definition) return undefined
  const who = { at, by: { kind: 'person', name } } as const
  const next = `extra-${definition.stages.length}`
  if (standing.some(({ stage }) => stage === next) && random.chance(0.5))
    return { type: 'configure', definition: insertStage(random, size, definition), ...who }
  const lock = standing.length > 0 ? random.pick(standing) : undefined
  if (!lock || random.chance(0.3)) {
    const stages = [...definition.stages.map(({ stage }) => stage), next, next]
    return {
      type: 'lock-everywhere',
      stage: random.pick(stages),
      id: `everywhere-${name}`,
      owner: 'ops',
      reason: `the network is ill, says ${name}`,
      forMs: random.pick([2, 6, 20, 240]) * MINUTE_MS,
      incident: random.chance(0.15) ? 'INC-9' : null,
      hard: random.chance(0.2),
      ...who,
    }
  }
  const which = { stage: lock.stage, lock: lock.id, ...who }
  if (random.chance(0.3))
    return { type: 'edit-lock-everywhere', forMs: random.pick([1, 10, 60]) * MINUTE_MS, ...which }
  return { type: 'unlock-everywhere', incidentClosed: random.chance(0.15), ...which }
}

export function isEverywhere(act: EverywhereCommand | PersonCommand): act is EverywhereCommand {
  return (
    act.type === 'lock-everywhere' || act.type === 'edit-lock-everywhere' || act.type === 'unlock-everywhere'
  )
}
