// One bake, second by second, as counts: what the candidate and the baseline served and how much of it failed.
import {
  binomial,
  chanceFrom,
  normal,
  poisson,
  type Chance,
} from '../../src/domain/analysis/sequential/testing/chance.ts'
import type { BoxCounts } from '../../src/domain/analysis/sequential/spread.ts'
import type { AgedCounts } from '../../src/domain/analysis/sequential/warm-up.ts'

export const SECONDS = 3_600
export const BASELINE_BOXES = 9
const HISTORY_MINUTES = 120

export type Counted = {
  readonly candidate: Int32Array
  readonly candidateErrors: Int32Array
  readonly baseline: Int32Array
  readonly baselineErrors: Int32Array
  /** Seconds in which nobody counted. */
  readonly unseen: (second: number) => boolean
  /** What the baseline's boxes did in each minute of the two hours before. */
  readonly history: readonly (readonly BoxCounts[])[]
  /** What earlier good deploys showed of new boxes; empty where boxes do not warm up. */
  readonly earlier: readonly (readonly AgedCounts[])[]
}

/** How a service behaves; what is left out is plain. */
export type Family = {
  readonly name: string
  /** Requests a second to all boxes. */
  readonly perSecond?: number
  readonly rate?: number
  /** Multiplies the rate of every box alike at a second. */
  readonly commonly?: (second: number, phase: number) => number
  /** Multiplies the traffic at a second. */
  readonly traffic?: (second: number, phase: number) => number
  /** Failures come in clusters of this mean size. */
  readonly clusters?: number
  /** Coefficient of variation of each box's rate from minute to minute. */
  readonly gamma?: number
  /** Standard deviation of the logarithm of each box's own rate. */
  readonly boxes?: number
  /** The candidate's box fails so many times as often while it is new. */
  readonly warming?: { readonly times: number; readonly minutes: number }
  /** Every box of the baseline is as old as the candidate's: then it warms up too. */
  readonly sameAge?: boolean
  /** A neighbour of the candidate's box makes trouble in a tenth of the bakes. */
  readonly neighbour?: boolean
  readonly unseen?: (second: number) => boolean
  /** Named, measured and printed, but with no goal: no judge of one box can tell it from a bad release. */
  readonly isUnbounded?: boolean
}

export type Regression = { readonly times: number; readonly fromSecond: number }

export const NO_REGRESSION: Regression = { times: 1, fromSecond: 0 }

export function makeBake(family: Family, regression: Regression, seed: number): Counted {
  const chance = chanceFrom(Math.imul(seed + 1, 0x9e3779b1))
  const phase = chance()
  const own = Array.from({ length: BASELINE_BOXES + 1 }, () => boxTimes(chance, family.boxes ?? 0))
  const counted = {
    candidate: new Int32Array(SECONDS),
    candidateErrors: new Int32Array(SECONDS),
    baseline: new Int32Array(SECONDS),
    baselineErrors: new Int32Array(SECONDS),
  }
  const isTroubled = family.neighbour === true && chance() < 0.1
  const share = 1 / (BASELINE_BOXES + 1)
  const baselineOwn = mean(own.slice(1))
  const rate = family.rate ?? 0.005
  let [mine, theirs] = [1, 1]
  for (let second = 0; second < SECONDS; second += 1) {
    if (second % 60 === 0 && family.gamma !== undefined) {
      mine = gamma(chance, family.gamma)
      theirs = mean(Array.from({ length: BASELINE_BOXES }, () => gamma(chance, family.gamma ?? 0)))
    }
    const all = (family.perSecond ?? 100) * (family.traffic?.(second, phase) ?? 1)
    const common = rate * (family.commonly?.(second, phase) ?? 1)
    const warming =
      family.warming !== undefined && second < family.warming.minutes * 60 ? family.warming.times : 1
    const worse = second >= regression.fromSecond ? regression.times : 1
    const trouble = isTroubled && second > 600 && second < 1_200 ? 3 : 1
    if (family.unseen?.(second) === true) continue
    const requests = poisson(chance, all * share)
    const others = poisson(chance, all * (1 - share))
    counted.candidate[second] = requests
    counted.baseline[second] = others
    const candidateRate = common * (own[0] ?? 1) * mine * warming * worse * trouble
    const baselineRate = common * baselineOwn * theirs * (family.sameAge === true ? warming : 1)
    counted.candidateErrors[second] = failures(chance, requests, candidateRate, family.clusters)
    counted.baselineErrors[second] = failures(chance, others, baselineRate, family.clusters)
  }
  return {
    ...counted,
    unseen: family.unseen ?? (() => false),
    history: historyOf(chance, family, own, phase),
    earlier: earlierOf(chance, family),
  }
}

function failures(chance: Chance, requests: number, rate: number, clusters: number | undefined): number {
  if (clusters === undefined) return binomial(chance, requests, Math.min(1, rate))
  const count = poisson(chance, (requests * Math.min(1, rate)) / clusters)
  let sum = 0
  for (let each = 0; each < count; each += 1)
    sum += 1 + Math.floor(Math.log(1 - chance()) / Math.log1p(-1 / clusters))
  return Math.min(sum, requests)
}

function historyOf(
  chance: Chance,
  family: Family,
  own: readonly number[],
  phase: number,
): readonly (readonly BoxCounts[])[] {
  const perBox = ((family.perSecond ?? 100) * 60) / (BASELINE_BOXES + 1)
  return Array.from({ length: HISTORY_MINUTES }, (_, minute) => {
    const second = (minute - HISTORY_MINUTES) * 60
    // A minute of a rate that moves within it: the mean of a few of its seconds.
    const common = mean([5, 15, 25, 35, 45, 55].map((at) => family.commonly?.(second + at, phase) ?? 1))
    return Array.from({ length: BASELINE_BOXES }, (_box, box) => {
      const requests = poisson(chance, perBox * (family.traffic?.(second, phase) ?? 1))
      const times = (own[box + 1] ?? 1) * (family.gamma === undefined ? 1 : gamma(chance, family.gamma))
      const rate = (family.rate ?? 0.005) * common * times
      return { id: `${box}`, requests, hits: failures(chance, requests, rate, family.clusters) }
    })
  })
}

const EARLIER_DEPLOYS = 8

function earlierOf(chance: Chance, family: Family): readonly (readonly AgedCounts[])[] {
  const { warming } = family
  if (warming === undefined) return []
  const perBox = ((family.perSecond ?? 100) * 30) / (BASELINE_BOXES + 1)
  return Array.from({ length: EARLIER_DEPLOYS }, () =>
    Array.from({ length: 20 }, (_, step) => {
      const times = step * 30 < warming.minutes * 60 ? warming.times : 1
      const newRequests = poisson(chance, perBox)
      const oldRequests = poisson(chance, perBox * BASELINE_BOXES)
      const rate = family.rate ?? 0.005
      return {
        ageMs: step * 30_000,
        newRequests,
        newHits: binomial(chance, newRequests, Math.min(1, rate * times)),
        oldRequests,
        oldHits: binomial(chance, oldRequests, rate),
      }
    }),
  )
}

function boxTimes(chance: Chance, sigma: number): number {
  return sigma === 0 ? 1 : Math.exp(sigma * normal(chance) - (sigma * sigma) / 2)
}

/** Mean one and the given coefficient of variation (Marsaglia and Tsang). */
function gamma(chance: Chance, variation: number): number {
  const shape = 1 / (variation * variation)
  if (shape < 1) return (gammaOf(chance, shape + 1) * (1 - chance()) ** (1 / shape)) / shape
  return gammaOf(chance, shape) / shape
}

function gammaOf(chance: Chance, shape: number): number {
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(chance)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - chance()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
