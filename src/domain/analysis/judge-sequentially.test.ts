// The judge as the product asks it: ticks in, a word out, with bad input and restarts in between.
import { describe, expect, test } from 'vitest'
import { noEvidence, requestsOf, watchedMs, withTickCut, type Evidence } from './evidence.ts'
import { judgeSequentially } from './judge-sequentially.ts'
import type { Judgement, Question } from './judgement.ts'
import { latencyBucket } from './latency-histogram.ts'
import { binomial, chanceFrom, normal, poisson, type Chance } from './sequential/testing/chance.ts'
import { arm, tick, WELL } from './testing/ticks.ts'
import type { ArmTick, Tick } from './tick.ts'

const FROM = 120
const rollout: Question = {
  about: 'rollout',
  release: 2,
  carriers: [2],
  baseline: 1,
  sinceSeq: FROM,
  plannedMs: 600_000,
}
const bake: Question = { ...rollout, about: 'bake' }

type Service = { readonly requests: number; readonly rate: number; readonly ms: number }
const usual: Service = { requests: 100, rate: 0.005, ms: 50 }

function armOf(chance: Chance, release: number, percent: number, { requests, rate, ms }: Service): ArmTick {
  const served = poisson(chance, (requests * percent) / 100)
  const latency = new Map<number, number>()
  for (let each = 0; each < served; each += 1) {
    const bucket = latencyBucket(ms * Math.exp(0.5 * normal(chance)))
    latency.set(bucket, (latency.get(bucket) ?? 0) + 1)
  }
  return arm(release, percent, {
    requests: served,
    errors: binomial(chance, served, rate),
    latency: [...latency].toSorted((a, b) => a[0] - b[0]),
    instances: { ...WELL, ready: percent >= 50 ? 9 : 1 },
  })
}

type Scene = {
  readonly question: Question
  readonly candidate: Service
  readonly baseline?: Service
  /** The candidate's share after it began. */
  readonly percent: number
  readonly seconds: number
  readonly seed?: number
  readonly spoil?: (tick: Tick) => Tick
}

function ticksOf({ candidate, baseline = usual, percent, seconds, seed = 1, spoil }: Scene): readonly Tick[] {
  const chance = chanceFrom(seed)
  return Array.from({ length: FROM + seconds }, (_, at): Tick => {
    const seq = at + 1
    const arms =
      seq <= FROM
        ? [armOf(chance, 1, 100, baseline)]
        : [
            ...(percent < 100 ? [armOf(chance, 1, 100 - percent, baseline)] : []),
            armOf(chance, 2, percent, candidate),
          ]
    const made = tick(arms, { seq, at: seq * 1_000 })
    return spoil && seq > FROM ? spoil(made) : made
  })
}

function folded(ticks: readonly Tick[], question: Question): Evidence {
  return ticks.reduce(
    (evidence, each) => withTickCut(evidence, each, new Set([question.sinceSeq]), [question]),
    noEvidence,
  )
}

/** What it said last, and after how many seconds it was first against the release. */
function judged(scene: Scene): {
  readonly last: Judgement
  readonly against: number
  readonly evidence: Evidence
} {
  let evidence = noEvidence
  let last: Judgement = { verdict: 'none' }
  let against = Number.POSITIVE_INFINITY
  for (const each of ticksOf(scene)) {
    evidence = withTickCut(evidence, each, new Set([scene.question.sinceSeq]), [scene.question])
    if (each.seq <= FROM) continue
    last = judgeSequentially(scene.question, evidence)
    if (last.verdict === 'against') {
      against = each.seq - FROM
      break
    }
  }
  return { last, against, evidence }
}

const good: Scene = { question: rollout, candidate: usual, percent: 10, seconds: 400 }

describe('a rollout, one box beside nine', () => {
  test('a healthy release is not stopped, and is shown to be safe in the end', () => {
    const runs = [1, 2, 3, 4, 5].map((seed) => judged({ ...good, seed }))
    expect(runs.map(({ against }) => against)).toEqual(runs.map(() => Number.POSITIVE_INFINITY))
    expect(runs.map(({ last }) => last)).toContainEqual({ verdict: 'none', isShownSafe: true })
  })

  test.each<[string, Partial<Service>, number]>([
    ['every request fails', { rate: 1 }, 12],
    ['a fifth fails', { rate: 0.2 }, 60],
    ['ten times as slow', { ms: 500 }, 60],
  ])('%s: it is stopped in time', (_name, worse, withinSeconds) => {
    const { against, last } = judged({ ...good, candidate: { ...usual, ...worse } })
    expect(against).toBeLessThanOrEqual(withinSeconds)
    expect(last).toMatchObject({ verdict: 'against', cause: 'verdict', alone: true })
  })

  test('it says what was seen, what was expected, and what is plausible', () => {
    const { last } = judged({ ...good, candidate: { ...usual, rate: 0.2 } })
    expect(last.verdict === 'against' && last.what).toMatch(
      /^\d+ of \d+ requests to #2 failed \(.* %\), against .* by the rate of #1 and .* with what is tolerated; plausible are .* times .*\(.* likelier if it is worse\)/,
    )
  })

  test('an outage that both share stops nobody', () => {
    const outage = { ...usual, rate: 0.6 }
    const { against } = judged({ ...good, candidate: outage, baseline: outage, seconds: 120 })
    expect(against).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a bake after everybody got it', () => {
  const all: Scene = { ...good, question: bake, percent: 100 }

  test('a healthy release is not stopped', () => {
    expect([1, 2, 3].map((seed) => judged({ ...all, seed }).against)).toEqual([Infinity, Infinity, Infinity])
  })

  test.each<[string, Partial<Service>, number]>([
    ['a fifth fails', { rate: 0.2 }, 60],
    ['ten times as slow', { ms: 500 }, 60],
    ['four times as slow', { ms: 200 }, 150],
  ])('%s, against what was usual before: it is stopped', (_name, worse, withinSeconds) => {
    const { against } = judged({ ...all, candidate: { ...usual, ...worse } })
    expect(against).toBeLessThanOrEqual(withinSeconds)
  })

  test('a quick service on a machine that became ten times as slow is not stopped', () => {
    const quick: Service = { ...usual, ms: 2 }
    const busy: Service = { ...quick, ms: 20 }
    const runs = [1, 2, 3].map((seed) => judged({ ...all, baseline: quick, candidate: busy, seed }).against)
    expect(runs).toEqual([Infinity, Infinity, Infinity])
  })
})

describe('what was read again is what was watched', () => {
  test('to the bit, and through JSON', () => {
    const ticks = ticksOf({ ...good, candidate: { ...usual, rate: 0.02 }, seconds: 90 })
    const live = folded(ticks, rollout)
    const half = JSON.parse(JSON.stringify(folded(ticks.slice(0, 150), rollout))) as Evidence
    const resumed = ticks
      .slice(150)
      .reduce((evidence, each) => withTickCut(evidence, each, new Set([FROM]), [rollout]), half)
    expect(resumed.trials).toEqual(live.trials)
    expect(judgeSequentially(rollout, resumed)).toEqual(judgeSequentially(rollout, live))
  })

  test('a trial stays below 16 KiB, however long it goes on', () => {
    const { evidence } = judged({ ...good, seconds: 500 })
    expect(evidence.trials).toHaveLength(1)
    expect(JSON.stringify(evidence.trials[0]).length).toBeLessThan(16 * 1_024)
  })
})

describe('bad input', () => {
  const spoilt = (change: (candidate: ArmTick) => Partial<ArmTick>): Scene => ({
    ...good,
    seconds: 30,
    spoil: (each) => ({
      ...each,
      arms: each.arms.map((one) => (one.release === 2 ? { ...one, ...change(one) } : one)),
    }),
  })

  test.each<[string, (candidate: ArmTick) => Partial<ArmTick>]>([
    ['not a number', () => ({ errors: Number.NaN })],
    ['negative', () => ({ requests: -5 })],
    ['gigantic', () => ({ requests: 1e300, errors: 1e300 })],
    ['infinite latency counts', () => ({ latency: [[3, Number.POSITIVE_INFINITY]] })],
    ['a bucket that is none', () => ({ latency: [[Number.NaN, 1]] })],
  ])('%s: it is held, and never passed', (_name, change) => {
    const { last, against, evidence } = judged(spoilt(change))
    expect(against).toBe(Number.POSITIVE_INFINITY)
    expect(last).toEqual({ verdict: 'hold', reason: 'the numbers that were counted cannot be' })
    expect(watchedMs(evidence.spells.filter((spell) => spell.fromSeq > FROM))).toBe(0)
    expect(requestsOf(evidence.spells)).toBeLessThan(1e6)
  })

  test('one impossible tick among good ones says nothing and harms nothing', () => {
    const once: Scene = {
      ...good,
      spoil: (each) =>
        each.seq === FROM + 20
          ? { ...each, arms: each.arms.map((one) => ({ ...one, errors: Number.POSITIVE_INFINITY })) }
          : each,
    }
    const { evidence, against } = judged(once)
    expect(against).toBe(Number.POSITIVE_INFINITY)
    expect(JSON.parse(JSON.stringify(evidence.trials))).toEqual(evidence.trials)
  })

  test('failures that are counted before their requests do no harm', () => {
    expect(judged(spoilt(({ errors }) => ({ errors, requests: 0 }))).last.verdict).not.toBe('hold')
  })

  test('zero traffic is a fact that shows nothing', () => {
    const { last } = judged({
      ...good,
      candidate: { ...usual, requests: 0 },
      baseline: { ...usual, requests: 0 },
    })
    expect(last).toEqual({ verdict: 'none', isShownSafe: false })
  })

  test('an arm without instances and without requests shows nothing', () => {
    const none = spoilt(() => ({
      requests: 0,
      errors: 0,
      latency: [],
      instances: { ...WELL, ready: 0, wanted: 0 },
    }))
    expect(judged(none).last).toEqual({ verdict: 'none', isShownSafe: false })
  })

  test('no router that tells what it sees is a hold', () => {
    const { last } = judged({ ...good, seconds: 10, spoil: (each) => ({ ...each, routerSeen: false }) })
    expect(last.verdict).toBe('hold')
  })

  test('what is seen on hold proves nothing', () => {
    const held: Scene = { ...good, spoil: (each) => ({ ...each, held: true }) }
    expect(judged({ ...held, candidate: { ...usual, rate: 1 } }).last).not.toMatchObject({
      isShownSafe: true,
    })
    expect(judged(held).evidence.trials[0]?.running).toBeNull()
  })

  test('shares that change within a tick are taken as what really came', () => {
    const chance = chanceFrom(12)
    const moving: Scene = {
      ...good,
      seconds: 200,
      spoil: (each) => ({
        ...each,
        arms: each.arms.map((one) =>
          armOf(chance, one.release, one.release === 2 ? (each.seq % 9) * 10 + 5 : 50, usual),
        ),
      }),
    }
    expect(judged(moving).against).toBe(Number.POSITIVE_INFINITY)
  })
})

test('without a baseline the plain limits speak', () => {
  const first: Scene = { ...good, question: { ...rollout, baseline: null }, percent: 100, seconds: 20 }
  expect(judged({ ...first, candidate: { ...usual, rate: 0.3 } }).against).toBeLessThanOrEqual(10)
  expect(judged(first).against).toBe(Number.POSITIVE_INFINITY)
})

test('a question without a trial is judged by thresholds', () => {
  const ticks = ticksOf({ ...good, candidate: { ...usual, rate: 0.9 }, seconds: 10 })
  const evidence = ticks.reduce((all, each) => withTickCut(all, each, new Set([FROM])), noEvidence)
  expect(judgeSequentially(rollout, evidence)).toMatchObject({ verdict: 'against' })
})
