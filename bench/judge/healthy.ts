// False alarms on healthy bakes: ours on every run, the peers on the first of them.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { rateAtLeast } from '../../src/domain/analysis/numbers/beta-tail.ts'
import { rounded, type Figure } from '../parts/figure.ts'
import { makeBake, NO_REGRESSION, type Family } from './bake.ts'
import { FAMILIES } from './families.ts'
import { judgeOurs, type OursOptions } from './ours.ts'
import { minutesOf, type NamedPeer } from './peers/minutes.ts'
import { REPORTED_SEEDS_FROM, SEEDS_EACH } from './seeds.ts'

export const ALPHA = 0.01
export const TOLERANCES = [1.2, 1] as const

export type HealthyRuns = { readonly ours: number; readonly peers: number; readonly slowPeers: number }

export type Healthy = {
  readonly family: Family
  readonly runs: number
  /** False alarms by tolerance. */
  readonly ours: ReadonlyMap<number, number>
  /** Share of false alarms by peer. */
  readonly peers: ReadonlyMap<string, number>
}

export function warmUpFor(family: Family): OursOptions['warmUp'] {
  return family.warming !== undefined && family.sameAge !== true ? 'learned' : 'same-age'
}

export function judgeHealthy(family: Family, runs: HealthyRuns, peers: readonly NamedPeer[]): Healthy {
  const ours = new Map<number, number>(TOLERANCES.map((tolerated) => [tolerated, 0]))
  const alarms = new Map(peers.map(({ name }) => [name, 0]))
  const from = REPORTED_SEEDS_FROM + FAMILIES.indexOf(family) * SEEDS_EACH
  for (let run = 0; run < runs.ours; run += 1) {
    const bake = makeBake(family, NO_REGRESSION, from + run)
    for (const tolerated of TOLERANCES)
      if (judgeOurs(bake, { tolerated, warmUp: warmUpFor(family), alpha: ALPHA }) !== null)
        ours.set(tolerated, (ours.get(tolerated) ?? 0) + 1)
    if (run >= runs.peers) continue
    const minutes = minutesOf(bake)
    for (const { name, judge, isSlow } of peers)
      if ((isSlow !== true || run < runs.slowPeers) && judge(bake, minutes) !== null)
        alarms.set(name, (alarms.get(name) ?? 0) + 1)
  }
  return {
    family,
    runs: runs.ours,
    ours,
    peers: new Map(
      peers.map(({ name, isSlow }) => [
        name,
        (alarms.get(name) ?? 0) / Math.min(runs.ours, isSlow === true ? runs.slowPeers : runs.peers),
      ]),
    ),
  }
}

/** Every family, as many at a time as there are processors; in their order. */
export async function judgeFamilies(
  runs: HealthyRuns,
  say: (healthy: Healthy) => void,
): Promise<readonly Healthy[]> {
  const results: Healthy[] = []
  const left = [...FAMILIES.keys()]
  const work = async (): Promise<void> => {
    for (let place = left.shift(); place !== undefined; place = left.shift()) {
      const family = FAMILIES[place]
      if (!family) continue
      const healthy = { family, runs: runs.ours, ...(await inThread(place, runs)) }
      results[place] = healthy
      say(healthy)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return results
}

function inThread(place: number, runs: HealthyRuns): Promise<Pick<Healthy, 'ours' | 'peers'>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./family-worker.ts', import.meta.url), { workerData: { place, runs } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

export function healthyFigures({ family, runs, ours }: Healthy): readonly Figure[] {
  if (family.isUnbounded === true) return []
  return TOLERANCES.map((tolerated) => {
    const alarms = ours.get(tolerated) ?? 0
    return {
      name: `false alarms, ${family.name}, ${inPercent(tolerated)} tolerated (%)`,
      ours: rounded((100 * alarms) / runs),
      rival: null,
      ratio: null,
      goal: '99 % lower bound <= 1',
      holds: rateAtLeast(alarms, runs, 0.99) <= ALPHA,
    }
  })
}

export function inPercent(tolerated: number): string {
  return `+${Math.round((tolerated - 1) * 100)} %`
}
