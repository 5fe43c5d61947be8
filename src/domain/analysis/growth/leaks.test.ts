// A release whose instances take more and more is a word against it; one that warms up as the one before it did is not.
import { describe, expect, test } from 'vitest'
import { noEvidence, withTickCut, type Evidence } from '../evidence.ts'
import { judgeSequentially } from '../judge-sequentially.ts'
import type { Question } from '../judgement.ts'
import { NO_INSTANCES, type ArmTick, type Tick } from '../tick.ts'
import { leakEvidence, logLeakEvidence } from './leaks.ts'

const SPAN_MS = 10_000
const HOUR = 360
const MB = 1_000_000

/** Memory of one instance in megabytes, by its age in hours. */
type Takes = (hours: number) => number
const warming: Takes = (hours) => 300 + 150 * (1 - Math.exp(-hours * 6))
const leaking =
  (perHour: number): Takes =>
  (hours) =>
    warming(hours) + perHour * hours

function noiseFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

type Plan = {
  readonly old?: Takes
  readonly fresh?: Takes
  readonly ticks?: number
  readonly restartAt?: number
  readonly isOldKnown?: boolean
  readonly seed?: number
}

/** #1 comes, serves for an hour and a half, then #2 comes beside it and serves for as long as is said. */
function seen({
  old = warming,
  fresh = warming,
  ticks = HOUR,
  restartAt = -1,
  isOldKnown = true,
  seed = 1,
}: Plan): { evidence: Evidence; question: Question } {
  const noise = noiseFrom(seed)
  const began = 1.5 * HOUR
  let evidence = noEvidence
  for (let seq = 1; seq <= began + ticks; seq += 1) {
    const age = (from: number): number => (seq - from) / HOUR
    // Garbage is collected once in a while: what is taken goes up and down above what is needed.
    const taken = (takes: Takes, from: number): number => (takes(age(from)) + 60 * noise() + 4 * noise()) * MB
    const isThere = seq > 1 || !isOldKnown
    // What served before #1 goes when it comes.
    const arms: ArmTick[] = isThere
      ? [arm(1, seq > began ? 50 : 100, taken(old, 1))]
      : [arm(0, 100, 300 * MB)]
    if (seq > began) arms.push(arm(2, 50, taken(fresh, began), seq === began + restartAt ? 1 : 0))
    const at = seq * SPAN_MS
    const tick: Tick = { seq, at, spanMs: SPAN_MS, generation: 1, routerSeen: true, arms }
    evidence = withTickCut(evidence, tick, new Set([began]), [question(began)])
  }
  return { evidence, question: question(began) }
}

function question(sinceSeq: number): Question {
  return { about: 'rollout', release: 2, carriers: [2], baseline: 1, sinceSeq, plannedMs: 3_600_000 }
}

function arm(release: number, weightPercent: number, memoryBytes: number, restarts = 0): ArmTick {
  const instances = { ...NO_INSTANCES, wanted: 1, ready: 1, restarts, memoryBytes, threads: 12, fds: 40 }
  return { release, weightPercent, requests: 500, errors: 0, latency: [[60, 500]], instances }
}

const bet = (plan: Plan): number => {
  const { evidence, question: asked } = seen(plan)
  return leakEvidence(asked, evidence.growth).evidence
}

describe('memory', () => {
  test('that grows as it did in the release before it at the same age says nothing', () => {
    for (const seed of [1, 2, 3, 4, 5]) expect(bet({ seed })).toBeLessThan(20)
  })

  test('that grows by a hundred megabytes an hour is a word against the release, in words', () => {
    const { evidence, question: asked } = seen({ fresh: leaking(100) })
    const said = judgeSequentially(asked, evidence)
    expect(said).toMatchObject({ verdict: 'against', cause: 'verdict', alone: true })
    expect(said.verdict === 'against' && said.what).toMatch(
      /^an instance of #2 takes (9|10|11)\d\.\d MB more memory an hour than one of #1 did at the same age, over (56|58|60) minutes/,
    )
  })

  test('that grows by as much as the release before it leaked is its leak, not this one’s', () => {
    expect(bet({ old: leaking(100), fresh: leaking(100) })).toBeLessThan(20)
  })

  test('that is higher from the start, or by a step, is no leak', () => {
    expect(bet({ fresh: (hours) => warming(hours) + 200 })).toBeLessThan(20)
    expect(bet({ fresh: (hours) => warming(hours) + (hours > 0.5 ? 200 : 0) })).toBeLessThan(20)
  })

  test('that falls is no leak', () => {
    expect(bet({ old: leaking(100) })).toBeLessThanOrEqual(1)
  })
})

describe('nothing is said', () => {
  test('where the beginning of the release before it was not seen', () => {
    expect(bet({ fresh: leaking(100), isOldKnown: false })).toBe(1)
  })

  test('in the first minutes', () => {
    expect(bet({ fresh: leaking(300), ticks: 60 })).toBe(1)
  })

  test('from where an instance was restarted: it is young again', () => {
    expect(bet({ fresh: leaking(300), restartAt: 40 })).toBe(1)
  })

  test('where there is no release before it, or several carry the change', () => {
    const { evidence, question: asked } = seen({ fresh: leaking(300) })
    expect(leakEvidence({ ...asked, baseline: null }, evidence.growth).evidence).toBe(1)
    expect(leakEvidence({ ...asked, carriers: [2, 1] }, evidence.growth).evidence).toBe(1)
  })
})

test('a release that nobody kept in mind is not young because others are gone', () => {
  const tick = (seq: number, releases: readonly number[]): Tick => ({
    seq,
    at: seq * SPAN_MS,
    spanMs: SPAN_MS,
    generation: 1,
    routerSeen: true,
    arms: releases.map((release) => arm(release, release === 3 ? 100 : 0, 300 * MB)),
  })
  let evidence = withTickCut(noEvidence, tick(1, [1, 2, 3]), new Set())
  for (let seq = 2; seq < 200; seq += 1) evidence = withTickCut(evidence, tick(seq, [1, 2]), new Set())
  // An unwatched tick says nothing of who was there.
  evidence = withTickCut(evidence, { ...tick(200, []), spanMs: 0, routerSeen: false }, new Set())
  for (let seq = 201; seq < 400; seq += 1) evidence = withTickCut(evidence, tick(seq, [1, 2]), new Set())
  expect(evidence.growth.map(({ ready }) => ready.length)).toEqual([0, 0])
})

test('what is remembered is small and bounded', () => {
  const size = (ticks: number): number => JSON.stringify(seen({ ticks }).evidence.growth).length
  expect(size(3 * HOUR)).toBeLessThan(6_000)
  expect(size(3 * HOUR)).toBeLessThan(size(HOUR) * 1.2)
})

test('noise that hangs together is no rise: of a hundred healthy hours hardly one is called a leak', () => {
  const noise = noiseFrom(9)
  const normal = (): number => Math.sqrt(-2 * Math.log(noise() + 1e-12)) * Math.cos(2 * Math.PI * noise())
  let called = 0
  for (let hours = 0; hours < 400; hours += 1) {
    let away = normal()
    const row: number[] = []
    for (let block = 0; block < 30; block += 1) {
      away = 0.8 * away + 0.6 * normal()
      row.push(5 * away)
      if (row.length >= 6 && logLeakEvidence(row, 0.4) >= Math.log(4_000 * 3)) {
        called += 1
        break
      }
    }
  }
  expect(called).toBeLessThanOrEqual(4)
})
