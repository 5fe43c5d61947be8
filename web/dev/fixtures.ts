// Boards in every state a person may meet, by name.
import type { Board, ServiceView } from '../../src/api/board.ts'
import {
  bakingService,
  calmService,
  firstService,
  lockedService,
  manyServices,
  rolloutService,
} from './fixture-services.ts'
import { holdService, longService, pinnedService, rewrittenService } from './fixture-troubles.ts'

type State = (at: number) => readonly ServiceView[]

export const states = {
  empty: () => [],
  calm: (at) => [calmService(at, 'shop')],
  rollout: (at) => [rolloutService(at)],
  baking: (at) => [bakingService(at)],
  locked: (at) => [lockedService(at)],
  hold: (at) => [holdService(at)],
  pinned: (at) => [pinnedService(at)],
  rewritten: (at) => [rewrittenService(at)],
  long: (at) => [longService(at)],
  first: (at) => [firstService(at)],
  many: (at) => manyServices(at),
} satisfies Record<string, State>

export type StateName = keyof typeof states

export function isStateName(name: string): name is StateName {
  return name in states
}

export function boardOf(name: StateName, at: number, position: number): Board {
  return { at, position, version: '0.1.0', services: [...states[name](at)] }
}
