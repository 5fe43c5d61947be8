// Alarms tried on what was recorded of a stage.
import { recordedTicks } from '../adapters/tick-store/folder/recorded-ticks.ts'
import { BACK_TEST_MS, beginBackTest, type BackTested } from '../domain/analysis/alarms/back-test.ts'
import type { EpochMs, ServiceName } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'

export type TriedAsked = {
  readonly ticksFolder: string
  readonly service: ServiceName
  readonly definition: StageDefinition
  readonly now: EpochMs
}

/** Nothing of alarms where nothing was recorded. */
export async function triedOnThePast(
  ticksFolder: string,
  service: ServiceName,
  { stage, alarms = [], rollout, bake, watchMs }: StageDefinition,
  now: EpochMs,
): Promise<readonly BackTested[]> {
  if (alarms.length === 0) return []
  const soakMs = rollout.reduce((sum, step) => sum + step.soakMs, 0)
  let isRecorded = false
  const test = beginBackTest(alarms, soakMs + (bake?.forMs ?? watchMs))
  for await (const ticks of recordedTicks(ticksFolder, { service, stage }, now - BACK_TEST_MS))
    for (const tick of ticks) {
      isRecorded = true
      test.add(tick)
    }
  return isRecorded ? test.result() : []
}
