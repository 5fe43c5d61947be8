// The coordinator's own limits, scaled so that a seed costs milliseconds: fewer ticks for the same rules.
import { defaultPaces, type Paces } from '../src/coordinator/ports.ts'

export const TICK_MS = 20_000

export const SIMULATED_PACES: Paces = {
  ...defaultPaces,
  tickMs: TICK_MS,
  calmTickMs: 60_000,
  movedMs: 0,
  snapshotEvery: 40,
  retryMs: 1_000,
  lookMsMin: 4_000,
  lookMsMax: 20_000,
}
