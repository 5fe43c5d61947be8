// The judge beside its peers: how often each stops a healthy release, and how many requests a bad one is given.
// Parameters were chosen on other seeds than those reported here.
import { atMost, type Bench, type Figure, rounded } from './parts/figure.ts'
import { makeBake, NO_REGRESSION, SECONDS } from './judge/bake.ts'
import { PLAIN } from './judge/families.ts'
import { healthyFigures, inPercent, judgeFamilies, TOLERANCES, type Healthy } from './judge/healthy.ts'
import { measureLatency } from './judge/latency.ts'
import { matchPeers, type Matched } from './judge/matched.ts'
import { judgeOurs } from './judge/ours.ts'
import { PEERS } from './judge/peers/all-peers.ts'
import { findOracle, findOurs, findPeer, type Case, type Found } from './judge/regressions.ts'
import { REPORTED_SEEDS_FROM, SEEDS_EACH } from './judge/seeds.ts'

const FULL = {
  healthy: 5_000,
  peers: 1_000,
  slowPeers: 100,
  bad: 1_000,
  slowBad: 60,
  matching: 400,
  latency: 200,
}
const QUICK = { healthy: 200, peers: 50, slowPeers: 10, bad: 100, slowBad: 10, matching: 30, latency: 20 }

/** How much worse, and the most that may be exposed, as a multiple of what the oracle needs. */
const REGRESSIONS = [
  { times: 2, goal: 2 },
  { times: 10, goal: 4 },
  { times: 100, goal: 3 },
] as const
const OTHERS = [
  { times: 1.5, fromSecond: 0 },
  { times: 5, fromSecond: 0 },
  { times: 2, fromSecond: 1_800 },
  { times: 10, fromSecond: 3_240 },
] as const

export const bench: Bench = async (say, { isQuick }) => {
  const runs = isQuick ? QUICK : FULL
  const healthy = await judgeFamilies(
    { ours: runs.healthy, peers: runs.peers, slowPeers: runs.slowPeers },
    (family) => say(healthyWords(family)),
  )
  say('peers are tuned, on the tuning seeds')
  const matched = matchPeers(runs.matching)
  const bad = REGRESSIONS.map((each) => exposed(each, runs.bad))
  const perTickUs = microsecondsPerTick()
  const latency = measureLatency(runs.latency)
  return {
    figures: [
      ...healthy.flatMap(healthyFigures),
      ...latency.figures,
      ...bad.flat(),
      atMost('time per tick and metric', perTickUs, 1, 'us'),
    ],
    notes: [
      ...(isQuick ? ['Quick: few runs, these figures prove nothing.'] : []),
      `${runs.healthy} healthy bakes a family, an hour each, 100 requests a second (unless named otherwise), errors 0.5 %, one box of ten on trial; alpha 1 %.`,
      'The oracle is told how much worse the release is and when that began, and tolerates what ours tolerates. "Same age": the whole baseline is as old as the candidate, so nothing is allowed for warming up.',
      ...healthy
        .filter(({ family }) => family.isUnbounded === true)
        .map((each) => `Not bounded: ${healthyWords(each)}.`),
      ...peerNotes(healthy, runs),
      ...matched.map((each) => matchedNote(each, runs)),
      ...otherNotes(runs.bad),
      ...latency.notes,
    ],
  }
}

function caseOf(times: number, fromSecond = 0): Case {
  const seedsFrom = REPORTED_SEEDS_FROM + (100 + Math.round(times * 10) + fromSecond) * SEEDS_EACH
  return { family: PLAIN, regression: { times, fromSecond }, seedsFrom: seedsFrom % 4_000_000_000 }
}

function exposed({ times, goal }: (typeof REGRESSIONS)[number], runs: number): readonly Figure[] {
  return TOLERANCES.map((tolerated) => {
    const ours = findOurs(caseOf(times), runs, { tolerated, warmUp: 'same-age' }).exposedP50
    const oracle = findOracle(caseOf(times), runs, tolerated).exposedP50
    return {
      name: `requests exposed, errors x${times}, ${inPercent(tolerated)} tolerated, beside the oracle`,
      ours: rounded(ours),
      rival: rounded(oracle),
      ratio: rounded(ours / oracle),
      goal: `ratio <= ${goal}`,
      holds: ours / oracle <= goal,
    }
  })
}

function healthyWords({ family, runs, ours }: Healthy): string {
  const shares = TOLERANCES.map(
    (tolerated) => `${inPercent(tolerated)}: ${rounded((100 * (ours.get(tolerated) ?? 0)) / runs)} %`,
  )
  return `${family.name}: ${shares.join(', ')} of ${runs} stopped`
}

function peerNotes(healthy: readonly Healthy[], runs: typeof FULL | typeof QUICK): readonly string[] {
  return PEERS.map((peer) => {
    const bounded = healthy.filter(({ family }) => family.isUnbounded !== true)
    const worst = bounded.toSorted(
      (left, right) => (right.peers.get(peer.name) ?? 0) - (left.peers.get(peer.name) ?? 0),
    )[0]
    const plain = bounded[0]?.peers.get(peer.name) ?? 0
    const found = REGRESSIONS.map(({ times }) =>
      foundWords(
        times,
        findPeer(caseOf(times), peer.isSlow === true ? runs.slowBad : Math.min(runs.bad, 300), peer),
      ),
    )
    return (
      `${peer.name}: stops ${inHundred(plain)} of plain healthy bakes, ${inHundred(worst?.peers.get(peer.name) ?? 0)} of "${worst?.family.name ?? ''}"; ` +
      found.join(', ')
    )
  })
}

function matchedNote(
  { kind, scope, tried, best, lowest }: Matched,
  runs: typeof FULL | typeof QUICK,
): string {
  if (best === null)
    return `${kind}, tuned: none of ${tried} settings has at most 1 % false alarms on ${scope} (the best ${inHundred(lowest)})`
  const found = REGRESSIONS.map(({ times }) =>
    foundWords(times, findPeer(caseOf(times), Math.min(runs.bad, 300), best)),
  )
  return `${kind}, tuned to at most 1 % on ${scope}, best of ${tried} settings: ${best.name}; ${found.join(', ')}`
}

function otherNotes(runs: number): readonly string[] {
  const some = Math.min(runs, 300)
  return [
    ...OTHERS.map(({ times, fromSecond }) => {
      const found = findOurs(caseOf(times, fromSecond), some, { tolerated: 1.2, warmUp: 'same-age' })
      return `Ours, +20 % tolerated, from second ${fromSecond}: ${foundWords(times, found)}`
    }),
    ...REGRESSIONS.map(({ times }) => {
      const found = findOurs(caseOf(times), some, { tolerated: 1.2, warmUp: 'guessed' })
      return `Ours, +20 % tolerated, older baseline and warm-up only guessed: ${foundWords(times, found)}`
    }),
  ]
}

function foundWords(times: number, { power, exposedP50, exposedP90 }: Found): string {
  if (power === 0) return `x${times} never found`
  return `x${times} found in ${inHundred(power)} after ${Math.round(exposedP50)} requests (p90 ${Math.round(exposedP90)})`
}

function inHundred(share: number): string {
  return `${rounded(100 * share)} %`
}

/** Of the judge alone, on bakes that are made before. */
function microsecondsPerTick(): number {
  const bakes = Array.from({ length: 20 }, (_, seed) => makeBake(PLAIN, NO_REGRESSION, seed))
  const judgeAll = (): number => {
    const before = process.cpuUsage()
    for (const bake of bakes) judgeOurs(bake, { tolerated: 1.2, warmUp: 'same-age', alpha: 1e-9 })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / (bakes.length * SECONDS)
  }
  judgeAll()
  return Math.min(judgeAll(), judgeAll(), judgeAll())
}
