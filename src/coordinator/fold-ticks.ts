// The evidence of a stage, read from its recorded ticks: a function of what the stream says and what was recorded, so
// that a verdict can be read again years later and comes out the same to the bit.
import { noEvidence, withTickCut, type Evidence } from '../domain/analysis/evidence.ts'
import type { Question } from '../domain/analysis/judgement.ts'
import type { Environment } from '../domain/names.ts'
import { questionsFrom, ticksNeededFrom } from '../domain/service/assess.ts'
import type { StageState } from '../domain/service/state.ts'
import type { TickStore } from '../ports/tick-store.ts'

export async function foldTicks(
  ticks: Pick<TickStore, 'read'>,
  environment: Environment,
  {
    stage,
    tried,
    upTo = Number.POSITIVE_INFINITY,
  }: {
    readonly stage: StageState
    readonly tried: readonly Question[]
    readonly upTo?: number
  },
): Promise<Evidence> {
  const cuts = questionsFrom(stage)
  let evidence = noEvidence
  for await (const tick of ticks.read(environment, ticksNeededFrom(stage, tried))) {
    if (tick.seq > upTo) break
    evidence = withTickCut(evidence, tick, cuts, tried)
  }
  return evidence
}
