// Bad releases: how many requests they were given before the halt.
import { quantile } from '../parts/figure.ts'
import { makeBake, SECONDS, type Counted, type Family, type Regression } from './bake.ts'
import { ALPHA } from './healthy.ts'
import { judgeByOracle } from './oracle.ts'
import { judgeOurs, type OursOptions } from './ours.ts'
import { minutesOf, type NamedPeer } from './peers/minutes.ts'

export type Found = {
  /** Share of the runs in which it was found at all. */
  readonly power: number
  /** Candidate's requests from the first bad one to the halt; the whole bake where it was never found. */
  readonly exposedP50: number
  readonly exposedP90: number
}

export type Case = { readonly family: Family; readonly regression: Regression; readonly seedsFrom: number }

export function findOurs(each: Case, runs: number, options: Omit<OursOptions, 'alpha'>): Found {
  return find(each, runs, (bake) => judgeOurs(bake, { ...options, alpha: ALPHA }))
}

export function findOracle(each: Case, runs: number, tolerated: number): Found {
  return find(each, runs, (bake) => judgeByOracle(bake, each.regression, tolerated, ALPHA))
}

export function findPeer(each: Case, runs: number, { judge }: NamedPeer): Found {
  return find(each, runs, (bake) => judge(bake, minutesOf(bake)))
}

function find(
  { family, regression, seedsFrom }: Case,
  runs: number,
  judge: (bake: Counted) => number | null,
): Found {
  const exposed: number[] = []
  let found = 0
  for (let run = 0; run < runs; run += 1) {
    const bake = makeBake(family, regression, seedsFrom + run)
    const at = judge(bake)
    // Stopped before there was anything wrong: a false alarm, no find.
    const isFind = at !== null && at > regression.fromSecond
    if (isFind) found += 1
    exposed.push(requestsBetween(bake, regression.fromSecond, isFind ? at : SECONDS))
  }
  return { power: found / runs, exposedP50: quantile(exposed, 0.5), exposedP90: quantile(exposed, 0.9) }
}

function requestsBetween(bake: Counted, from: number, to: number): number {
  let sum = 0
  for (let second = from; second < to; second += 1) sum += bake.candidate[second] ?? 0
  return sum
}
