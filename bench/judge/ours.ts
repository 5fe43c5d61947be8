// Our judge on a counted bake: the errors metric with the weight it has in the product, beside metrics that stay calm.
import {
  beginRate,
  blockMsOf,
  rateEvidence,
  rateSetup,
  withRate,
} from '../../src/domain/analysis/sequential/rate-trial.ts'
import { nothingSeen, spreadOf, withBoxes } from '../../src/domain/analysis/sequential/spread.ts'
import {
  GUESSED_WARM_UP,
  learnWarmUp,
  NO_WARM_UP,
  warmUpTimes,
  type WarmUp,
} from '../../src/domain/analysis/sequential/warm-up.ts'
import { combined } from '../../src/domain/analysis/sequential/combine.ts'
import { METRIC_WEIGHTS } from '../../src/domain/analysis/sequential/metric-weights.ts'
import { BASELINE_BOXES, SECONDS, type Counted } from './bake.ts'

export type OursOptions = {
  readonly tolerated: number
  readonly warmUp: 'same-age' | 'learned' | 'guessed'
  readonly alpha: number
}

/** The second after which it was against the release; null for never. */
export function judgeOurs(bake: Counted, { tolerated, warmUp, alpha }: OursOptions): number | null {
  const spread = spreadOf(bake.history.reduce((seen, minute) => withBoxes(seen, minute, 60_000), nothingSeen))
  const setup = rateSetup({
    tolerated,
    toleratedPlusAlone: 0.01,
    spread,
    warmUp: warmUpOf(bake, warmUp),
    plannedMs: SECONDS * 1_000,
    blockMs: blockMsOf(SECONDS * 1_000),
  })
  let trial = beginRate(setup)
  for (let second = 0; second < SECONDS; second += 1) {
    if (bake.unseen(second)) continue
    trial = withRate(setup, trial, {
      spanMs: 1_000,
      candidate: { requests: bake.candidate[second] ?? 0, hits: bake.candidateErrors[second] ?? 0 },
      candidateBoxes: 1,
      warming: warmUpTimes(setup.warmUp, second * 1_000),
      baseline: { requests: bake.baseline[second] ?? 0, hits: bake.baselineErrors[second] ?? 0 },
      baselineBoxes: BASELINE_BOXES,
      usual: null,
    })
    // Without a failure of the candidate the evidence only falls.
    if ((bake.candidateErrors[second] ?? 0) > 0 && isAgainst(rateEvidence(setup, trial), alpha))
      return second + 1
  }
  return null
}

function warmUpOf(bake: Counted, warmUp: OursOptions['warmUp']): WarmUp {
  if (warmUp === 'same-age') return NO_WARM_UP
  return (warmUp === 'learned' ? learnWarmUp(bake.earlier) : null) ?? GUESSED_WARM_UP
}

/** Latency and the other metrics are there and show nothing. */
function isAgainst(errors: number, alpha: number): boolean {
  return (
    combined(
      METRICS.map(([metric, weight]) => ({ metric, weight, evidence: metric === 'errors' ? errors : 1 })),
    ) >=
    1 / alpha
  )
}

const METRICS = Object.entries(METRIC_WEIGHTS)
