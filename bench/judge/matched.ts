// Peers tuned as well as their knobs allow: of each kind the setting that finds doubled errors soonest among those with
// at most one false alarm in a hundred on its worst family, chosen on the tuning seeds.
import { makeBake, NO_REGRESSION, type Family } from './bake.ts'
import { FAMILIES, PLAIN } from './families.ts'
import { ALPHA } from './healthy.ts'
import { GRIDS } from './peers/all-peers.ts'
import { minutesOf, type NamedPeer } from './peers/minutes.ts'
import { findPeer } from './regressions.ts'
import { SEEDS_EACH, TUNING_SEEDS_FROM } from './seeds.ts'

export type Matched = {
  readonly kind: string
  /** Where it was to keep to one false alarm in a hundred. */
  readonly scope: string
  readonly tried: number
  /** Null when no setting has so few false alarms there. */
  readonly best: NamedPeer | null
  /** The lowest share of false alarms on the worst family of the scope that any setting has. */
  readonly lowest: number
}

/** The plain family alone is what a peer can be tuned to at best; a service one knows nothing of may be any. */
const SCOPES: Readonly<Record<string, (family: Family) => boolean>> = {
  'every family': ({ isUnbounded }) => isUnbounded !== true,
  'the plain family alone': ({ name }) => name === PLAIN.name,
}

export function matchPeers(runs: number): readonly Matched[] {
  const all = Object.values(GRIDS).flat()
  const alarms = FAMILIES.map((family, place) => ({ family, shares: sharesOf(all, family, place, runs) }))
  const speeds = new Map(all.map((peer) => [peer.name, speedOf(peer, runs)]))
  return Object.entries(SCOPES).flatMap(([scope, isIn]) => {
    const seen = alarms.filter(({ family }) => isIn(family))
    const worst = ({ name }: NamedPeer): number =>
      Math.max(...seen.map(({ shares }) => shares.get(name) ?? 1))
    return Object.entries(GRIDS).map(([kind, grid]) => {
      const [best] = grid
        .filter((peer) => worst(peer) <= ALPHA)
        .toSorted((left, right) => (speeds.get(left.name) ?? 0) - (speeds.get(right.name) ?? 0))
      return { kind, scope, tried: grid.length, best: best ?? null, lowest: Math.min(...grid.map(worst)) }
    })
  })
}

function sharesOf(
  peers: readonly NamedPeer[],
  family: Family,
  place: number,
  runs: number,
): ReadonlyMap<string, number> {
  const alarms = new Map(peers.map(({ name }) => [name, 0]))
  for (let run = 0; run < runs; run += 1) {
    const bake = makeBake(family, NO_REGRESSION, TUNING_SEEDS_FROM + place * SEEDS_EACH + run)
    const minutes = minutesOf(bake)
    for (const { name, judge } of peers)
      if (judge(bake, minutes) !== null) alarms.set(name, (alarms.get(name) ?? 0) + 1)
  }
  return new Map([...alarms].map(([name, count]) => [name, count / runs]))
}

/** Requests exposed at doubled errors, and a little of those at tenfold to choose between equals. */
function speedOf(peer: NamedPeer, runs: number): number {
  const median = (times: number): number => {
    const seedsFrom = TUNING_SEEDS_FROM + (40 + times) * SEEDS_EACH
    return findPeer(
      { family: PLAIN, regression: { times, fromSecond: 0 }, seedsFrom },
      Math.min(runs, 40),
      peer,
    ).exposedP50
  }
  return median(2) + median(10) / 100
}
