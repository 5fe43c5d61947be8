// Alarms tried on what was recorded of a stage.
import { setImmediate as breath } from 'node:timers/promises'
import { recordedTicks } from '../adapters/tick-store/folder/recorded-ticks.ts'
import { BACK_TEST_MS, beginBackTest, type BackTested } from '../domain/analysis/alarms/back-test.ts'
import type { EpochMs, ServiceName } from '../domain/names.ts'
import type { StageDefinition } from '../domain/pipeline/definition.ts'

/** Others are served in between. */
const TICKS_AT_ONCE = 200

export async function triedOnThePast(
  ticksFolder: string,
  service: ServiceName,
  { stage, alarms = [], rollout, bake, watchMs }: StageDefinition,
  now: EpochMs,
): Promise<readonly BackTested[]> {
  if (alarms.length === 0) return []
  const soakMs = rollout.reduce((sum, step) => sum + step.soakMs, 0)
  const test = beginBackTest(alarms, soakMs + (bake?.forMs ?? watchMs))
  for await (const ticks of recordedTicks(ticksFolder, { service, stage }, now - BACK_TEST_MS))
    for (const [at, tick] of ticks.entries()) {
      test.add(tick)
      if (at % TICKS_AT_ONCE === 0) await breath()
    }
  return test.result()
}
