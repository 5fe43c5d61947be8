// Counters as bad as they come, from two readings to what the judge says: each has an outcome, and none is a pass.
import { expect, test } from 'vitest'
import { noEvidence, withTickCut } from '../domain/analysis/evidence.ts'
import { judgeSequentially } from '../domain/analysis/judge-sequentially.ts'
import type { Judgement, Question } from '../domain/analysis/judgement.ts'
import { emptyStage } from '../domain/service/state.ts'
import type { ArmReading } from '../ports/metric-source.ts'
import { readTick, type Reading } from './read-tick.ts'

const [OLD, NEW] = [1, 2]
const arms = [OLD, NEW].map((release) => ({ release, weightPercent: 50, instances: [] }))
const STAGE = { ...emptyStage('production'), plan: { generation: 7, at: 0, arms } }
const QUESTION: Question = {
  about: 'rollout',
  release: NEW,
  carriers: [NEW],
  baseline: OLD,
  sinceSeq: 0,
  plannedMs: 600_000,
}

function reading(old: Partial<ArmReading>, fresh: Partial<ArmReading>): Reading {
  const whole = (release: number, arm: Partial<ArmReading>): ArmReading => ({
    release,
    requests: 0,
    errors: 0,
    latency: [],
    ...arm,
  })
  return {
    traffic: { seen: true, generation: 7, arms: [whole(OLD, old), whole(NEW, fresh)] },
    fleets: [],
    atMs: 0,
  }
}

function tickOf(before: Reading, after: Reading, seq = 1) {
  return readTick({ seq, at: 1_000 * seq, spanMs: 1_000, stage: STAGE, before, after })
}

/** What is said of readings one after the other. */
function judged(readings: readonly Reading[]): Judgement {
  const evidence = readings.slice(1).reduce((known, after, at) => {
    const before = readings[at]
    if (before === undefined) return known
    return withTickCut(known, tickOf(before, after, at + 1), new Set(), [QUESTION])
  }, noEvidence)
  return judgeSequentially(QUESTION, evidence)
}

function isPass(said: Judgement): boolean {
  return said.verdict === 'none' && said.isShownSafe === true
}

test('a counter that reset counts what came since, and takes nothing from the other arm', () => {
  const before = reading({ requests: 900, errors: 9 }, { requests: 500, errors: 5, latency: [[40, 500]] })
  const after = reading({ requests: 990, errors: 10 }, { requests: 8, errors: 1, latency: [[40, 8]] })
  expect(tickOf(before, after).arms).toMatchObject([
    { requests: 90, errors: 1 },
    { requests: 8, errors: 1, latency: [[40, 8]] },
  ])
})

test('a counter that goes a little backwards is a reset, and never less than nothing', () => {
  const before = reading({}, { requests: 500, errors: 5, latency: [[40, 500]] })
  const after = reading({}, { requests: 499, errors: 5, latency: [[40, 499]] })
  for (const { requests, errors, latency } of tickOf(before, after).arms) {
    expect(requests).toBeGreaterThanOrEqual(0)
    expect(errors).toBeGreaterThanOrEqual(0)
    expect(latency.every(([, count]) => count > 0)).toBe(true)
  }
})

test('a reading that comes twice counts nothing twice', () => {
  const same = reading({ requests: 900, errors: 9 }, { requests: 500, errors: 5, latency: [[40, 500]] })
  expect(tickOf(same, same).arms.map(({ requests, errors, latency }) => [requests, errors, latency])).toEqual(
    [
      [0, 0, []],
      [0, 0, []],
    ],
  )
})

test.each([
  ['not a number', Number.NaN],
  ['infinite', Number.POSITIVE_INFINITY],
  ['gigantic', 1e300],
  ['negative', -5],
])('a count that is %s makes its ticks unwatched, three of them a hold, and never a pass', (_, requests) => {
  const bad = Array.from({ length: 5 }, (_one, at) =>
    reading({ requests: 100 * at }, { requests: at % 2 === 0 ? 0 : requests, errors: 0 }),
  )
  const said = judged(bad)
  expect(isPass(said)).toBe(false)
  expect(said.verdict).not.toBe('against')
  for (let at = 1; at < bad.length; at += 1) {
    const [before, after] = [bad[at - 1], bad[at]]
    if (before === undefined || after === undefined) throw new Error('there are five')
    const known = withTickCut(noEvidence, tickOf(before, after), new Set(), [QUESTION])
    const counted = known.recent[0]?.arms[1]?.requests ?? 0
    expect(counted >= 0 && counted <= 1e9).toBe(true)
  }
})

test('zero traffic on both arms for ten minutes is a fact, and no pass', () => {
  expect(isPass(judged(Array.from({ length: 600 }, () => reading({}, {}))))).toBe(false)
})

test('an arm that is never told of, beside one that is busy, is no pass', () => {
  const only = (requests: number): Reading => ({
    ...reading({ requests }, {}),
    traffic: {
      seen: true,
      generation: 7,
      arms: [{ release: OLD, requests, errors: 0, latency: [[40, requests]] }],
    },
  })
  expect(isPass(judged(Array.from({ length: 300 }, (_, at) => only(100 * at))))).toBe(false)
})

test('a source that is not seen for three ticks is a hold in its own words', () => {
  const unseen: Reading = {
    traffic: { seen: false, generation: 0, arms: [], trouble: 'Prometheus at http://p: answers 503' },
    fleets: [],
    atMs: 0,
  }
  const seen = Array.from({ length: 5 }, (_, at) => reading({ requests: 10 * at }, { requests: 10 * at }))
  expect(judged([...seen, unseen, unseen, unseen])).toEqual({
    verdict: 'hold',
    reason: 'Prometheus at http://p: answers 503',
  })
})
