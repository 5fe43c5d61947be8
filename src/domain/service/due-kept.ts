// What a stage is about to do by itself is worked out once for all that it follows from: most events happen in another
// stage, or change nothing that is asked about here.
import type { EpochMs } from '../names.ts'
import type { ServiceDefinition, StageDefinition } from '../pipeline/definition.ts'
import type { Intent } from './intent.ts'
import { stageOf, type ServiceState } from './state.ts'
import { lineBook, workedOut } from './worked-out.ts'

/** However long nothing changes, an answer is not relied upon for longer. */
export const RELIED_UPON_MS = 60_000

export type OwnMoves = { readonly before: readonly Intent[]; readonly after: readonly Intent[] }

type Kept = { moves: OwnMoves | undefined; from: EpochMs; until: EpochMs }

export const movesKept = workedOut(
  (..._parts: readonly unknown[]): Kept => ({
    moves: undefined,
    from: 0,
    until: 0,
  }),
)

/** All that the moves of a stage follow from: the line, the stage itself, and what is asked of the other stages. */
export function movesParts(
  state: ServiceState,
  service: ServiceDefinition,
  definition: StageDefinition,
): readonly unknown[] {
  const own = stageOf(state, definition.stage)
  const parts: unknown[] = [
    own,
    definition,
    service,
    lineBook(state),
    state.compared,
    state.head,
    state.rewritten,
  ]
  for (const { stage: name } of service.stages) {
    if (name === definition.stage) continue
    const { live, before, marks, settings, jump, wayRound, beside, rollout } = stageOf(state, name)
    parts.push(live, before, marks, settings, jump, wayRound, beside, rollout?.release)
  }
  return parts
}

/** A move bears the time at which it was asked for, so one that is due now is never kept. */
export function untilItsTime(kept: Kept, now: EpochMs, workOut: () => OwnMoves): OwnMoves {
  if (kept.moves && kept.from <= now && now < kept.until) return kept.moves
  kept.moves = workOut()
  kept.from = now
  kept.until = reliedUponUntil([...kept.moves.before, ...kept.moves.after], now)
  return kept.moves
}

/** Until when an answer holds if nothing happens: the next time that it names. */
export function reliedUponUntil(intents: readonly Intent[], now: EpochMs): EpochMs {
  let until = now + RELIED_UPON_MS
  for (const intent of intents) {
    if (intent.do === 'decide') return now
    if (intent.do === 'wake') until = Math.min(until, intent.at)
  }
  return until
}
