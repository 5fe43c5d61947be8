// Latency on trial: healthy and slower releases, second by second, for our judge, for bands around the whole
// distribution (Netflix-like) and for a fixed limit on the slowest hundredth (Flagger-like).
import {
  latencyBucket,
  quantileMs,
  addLatency,
  type LatencyCounts,
} from '../../src/domain/analysis/latency-histogram.ts'
import { rateAtLeast } from '../../src/domain/analysis/numbers/beta-tail.ts'
import {
  beginExceedances,
  exceedanceEvidence,
  withLatency,
  type ExceedanceSettings,
} from '../../src/domain/analysis/sequential/exceedance-trial.ts'
import { addTo } from '../../src/domain/analysis/sequential/latency-tails.ts'
import {
  nothingUsual,
  withUsual,
  type LatencyUsual,
} from '../../src/domain/analysis/sequential/latency-usual.ts'
import { METRIC_WEIGHTS } from '../../src/domain/analysis/sequential/metric-weights.ts'
import {
  chanceFrom,
  normal,
  poisson,
  type Chance,
} from '../../src/domain/analysis/sequential/testing/chance.ts'
import { boxMargin, GUESSED_SPREAD } from '../../src/domain/analysis/sequential/spread.ts'
import { NO_WARM_UP } from '../../src/domain/analysis/sequential/warm-up.ts'
import { quantile, rounded, type Figure } from '../parts/figure.ts'
import { ALPHA } from './healthy.ts'
import { REPORTED_SEEDS_FROM, SEEDS_EACH } from './seeds.ts'

const SECONDS = 1_800
const CANDIDATE_PER_SECOND = 10
const BASELINE_PER_SECOND = 90

type LatencyCase = {
  readonly name: string
  readonly isHealthy: boolean
  /** Factor on every request of the candidate. */
  readonly times?: number
  readonly plusMs?: number
  /** Share of the candidate's requests that take `plusMs` more. */
  readonly share?: number
  /** Standard deviation of each box's slow wavering (AR(1) of the logarithm). */
  readonly wavering?: number
}

const CASES: readonly LatencyCase[] = [
  { name: 'plain', isHealthy: true },
  { name: 'boxes waver (AR(1), sd 0.05)', isHealthy: true, wavering: 0.05 },
  { name: 'boxes waver (AR(1), sd 0.1)', isHealthy: true, wavering: 0.1 },
  { name: 'a tenth slower, which is tolerated', isHealthy: true, times: 1.1 },
  { name: 'a fifth faster', isHealthy: true, times: 0.8 },
  { name: 'all x1.25', isHealthy: false, times: 1.25 },
  { name: 'all x1.5', isHealthy: false, times: 1.5 },
  { name: 'all x2', isHealthy: false, times: 2 },
  { name: '+1 s on 1 %', isHealthy: false, plusMs: 1_000, share: 0.01 },
  { name: '+1 s on 0.2 %', isHealthy: false, plusMs: 1_000, share: 0.002 },
]

const SETTINGS: ExceedanceSettings = {
  toleratedBuckets: 2,
  toleratedBucketsAlone: 4,
  warmUp: NO_WARM_UP,
  plannedMs: SECONDS * 1_000,
}

/** What another box may be slower for being another, one beside nine. */
const SLOWNESS = boxMargin(GUESSED_SPREAD, { candidate: 1, baseline: 9 })

type Span = { readonly candidate: LatencyCounts; readonly baseline: LatencyCounts }

export function measureLatency(runs: number): {
  readonly figures: readonly Figure[]
  readonly notes: readonly string[]
} {
  const figures: Figure[] = []
  const notes: string[] = []
  for (const [place, each] of CASES.entries()) {
    const halts = { ours: [] as number[], bands: [] as number[], limit: [] as number[] }
    for (let run = 0; run < runs; run += 1) {
      const chance = chanceFrom(REPORTED_SEEDS_FROM + (60 + place) * SEEDS_EACH + run)
      const usual = knownOf(chance, each)
      const spans = spansOf(chance, each)
      halts.ours.push(ourHalt(spans, usual))
      halts.bands.push(bandsHalt(spans))
      halts.limit.push(limitHalt(spans))
    }
    const stopped = (list: readonly number[]): number => list.filter(Number.isFinite).length
    if (each.isHealthy)
      figures.push({
        name: `false alarms on latency, ${each.name} (%)`,
        ours: rounded((100 * stopped(halts.ours)) / runs),
        rival: null,
        ratio: null,
        goal: '99 % lower bound <= 1',
        holds: rateAtLeast(stopped(halts.ours), runs, 0.99) <= ALPHA,
      })
    const words = (name: string, list: readonly number[]): string =>
      `${name} ${rounded((100 * stopped(list)) / runs)} %` +
      (stopped(list) * 2 > list.length
        ? ` after ${Math.round(CANDIDATE_PER_SECOND * quantile(list, 0.5))} requests`
        : '')
    notes.push(
      `Latency, ${each.name}, ${runs} runs of 30 min: stopped by ours ${words('', halts.ours).trim()}; ` +
        `${words('bands around the distribution', halts.bands)}; ${words('p99 over 500 ms ten minutes', halts.limit)}`,
    )
  }
  return { figures, notes }
}

function spansOf(chance: Chance, each: LatencyCase): readonly Span[] {
  let [mine, theirs] = [0, 0]
  const sd = each.wavering ?? 0
  const next = (state: number, deviation: number): number =>
    0.98 * state + Math.sqrt(1 - 0.98 ** 2) * deviation * normal(chance)
  return Array.from({ length: SECONDS }, () => {
    mine = next(mine, sd)
    theirs = next(theirs, sd / 3)
    return {
      candidate: counts(
        chance,
        poisson(chance, CANDIDATE_PER_SECOND),
        (each.times ?? 1) * Math.exp(mine),
        each,
      ),
      baseline: counts(chance, poisson(chance, BASELINE_PER_SECOND), Math.exp(theirs), {}),
    }
  })
}

/** A log-normal body around 50 ms with a heavy tail for one request in a hundred. */
function counts(
  chance: Chance,
  requests: number,
  times: number,
  { plusMs = 0, share = 0 }: Pick<LatencyCase, 'plusMs' | 'share'>,
): LatencyCounts {
  const pairs = new Map<number, number>()
  for (let each = 0; each < requests; each += 1) {
    const tail = chance() < 0.01 ? (1 - chance()) ** -0.5 : 1
    const ms =
      times * 50 * Math.exp(0.6 * normal(chance)) * tail + (share > 0 && chance() < share ? plusMs : 0)
    const bucket = latencyBucket(ms)
    pairs.set(bucket, (pairs.get(bucket) ?? 0) + 1)
  }
  return [...pairs]
}

/** Ten minutes of the baseline before the release came, in ticks of five seconds. */
function knownOf(chance: Chance, { wavering = 0 }: LatencyCase): LatencyUsual {
  let state = 0
  return Array.from({ length: 120 }).reduce<LatencyUsual>((known) => {
    for (let second = 0; second < 5; second += 1)
      state = 0.98 * state + Math.sqrt(1 - 0.98 ** 2) * (wavering / 3) * normal(chance)
    return withUsual(
      known,
      counts(chance, poisson(chance, 5 * BASELINE_PER_SECOND), Math.exp(state), {}),
      5_000,
    )
  }, nothingUsual)
}

function ourHalt(spans: readonly Span[], before: LatencyUsual): number {
  const { latency, ...others } = METRIC_WEIGHTS
  const rest = Object.values(others).reduce((sum, weight) => sum + weight, 0)
  let known = before
  let trial = beginExceedances(SETTINGS, known)
  for (const [second, { candidate, baseline }] of spans.entries()) {
    trial = withLatency(SETTINGS, trial, { spanMs: 1_000, slowness: SLOWNESS, candidate, baseline, known })
    known = withUsual(known, baseline, 1_000)
    if (latency * exceedanceEvidence(SETTINGS, trial) + rest >= 1 / ALPHA) return second + 1
  }
  return Number.POSITIVE_INFINITY
}

/** Howard and Ramdas' bands that hold at every sample size, one arm each at half of alpha; looked at every ten seconds. */
const BAND_CONSTANT = 9.97
function bandsHalt(spans: readonly Span[]): number {
  let [mine, theirs]: [readonly number[], readonly number[]] = [[], []]
  const half = (n: number): number =>
    0.85 * Math.sqrt((Math.log1p(Math.log(Math.max(n, 1))) + BAND_CONSTANT) / n)
  for (const [second, { candidate, baseline }] of spans.entries()) {
    mine = addTo(mine, candidate)
    theirs = addTo(theirs, baseline)
    if (second % 10 !== 9) continue
    const [n, m] = [total(mine), total(theirs)]
    let [below, others] = [0, 0]
    for (let bucket = 0; bucket < mine.length; bucket += 1) {
      below += mine[bucket] ?? 0
      others += theirs[bucket] ?? 0
      if (others / m - below / n > half(n) + half(m)) return second + 1
    }
  }
  return Number.POSITIVE_INFINITY
}

function limitHalt(spans: readonly Span[]): number {
  let failed = 0
  for (let minute = 0; minute < SECONDS / 60; minute += 1) {
    const seen = spans
      .slice(minute * 60, (minute + 1) * 60)
      .reduce<LatencyCounts>((sum, { candidate }) => addLatency(sum, candidate), [])
    if ((quantileMs(seen, 0.99) ?? 0) > 500) failed += 1
    if (failed >= 10) return (minute + 1) * 60
  }
  return Number.POSITIVE_INFINITY
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
