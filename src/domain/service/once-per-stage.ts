// What is wanted of the outside is asked several times for every event, and most of what an event changes has no part
// in it: it is worked out once for all that it is made from.
import type { StageDefinition } from '../pipeline/definition.ts'
import type { StageState } from './state.ts'

/** All that is looked at to say what is wanted; the compiler sees to it that nothing else is. */
export type WantedFrom = Pick<
  StageState,
  | 'live'
  | 'rollout'
  | 'command'
  | 'beside'
  | 'before'
  | 'marks'
  | 'warmCut'
  | 'watch'
  | 'routes'
  | 'fleets'
  | 'unheard'
> & { readonly plan: Pick<StageState['plan'], 'tracks'> }

export function isFromTheSame(left: WantedFrom, right: WantedFrom): boolean {
  return (
    left.rollout === right.rollout &&
    left.fleets === right.fleets &&
    left.live === right.live &&
    left.unheard === right.unheard &&
    left.before === right.before &&
    left.marks === right.marks &&
    left.watch === right.watch &&
    left.beside === right.beside &&
    left.command === right.command &&
    left.routes === right.routes &&
    left.warmCut === right.warmCut &&
    left.plan.tracks === right.plan.tracks
  )
}

/** Stages of so many services that have something to do in the same moment. */
const PLACES = 32

type Known<Result> = { readonly stage: WantedFrom; readonly result: Result }
/** As it was before an event, and after it. */
type Place<Result> = { newest: Known<Result>; older: Known<Result> }

/**
 * A state never changes, so what follows from one is worked out once. Only the last few are kept, in plain lists, which
 * are cheaper than a weak map and forget by themselves.
 */
export function oncePerStage<Result>(
  workOut: (definition: StageDefinition, stage: WantedFrom) => Result,
): (definition: StageDefinition, stage: WantedFrom) => Result {
  const definitions: StageDefinition[] = []
  const places: Place<Result>[] = []
  let next = 0
  return (definition, stage) => {
    const place = places[definitions.indexOf(definition)]
    if (!place) {
      const known = { stage, result: workOut(definition, stage) }
      definitions[next] = definition
      places[next] = { newest: known, older: known }
      next = (next + 1) % PLACES
      return known.result
    }
    const { newest, older } = place
    if (newest.stage === stage) return newest.result
    if (older.stage === stage) return older.result
    const isSame = isFromTheSame(newest.stage, stage)
    place.older = newest
    place.newest = { stage, result: isSame ? newest.result : workOut(definition, stage) }
    return place.newest.result
  }
}
