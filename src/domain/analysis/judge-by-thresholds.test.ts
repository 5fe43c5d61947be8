// Behaviour section 6, "thresholds before the real judge", each at its edge; 2.4 and 2.6 for what is no verdict.
import { describe, expect, test } from 'vitest'
import { judgeByThresholds } from './judge-by-thresholds.ts'
import type { Judgement, Question } from './judgement.ts'
import type { Evidence } from './evidence.ts'
import { arm, seen, seenAfter, tick, took, WELL } from './testing/ticks.ts'

const rollout: Question = { about: 'rollout', release: 2, carriers: [2], baseline: 1, sinceSeq: 0 }
const bake: Question = { ...rollout, about: 'bake' }
const alone: Question = { ...rollout, baseline: null }
const word = (question: Question, evidence: Evidence): Judgement['verdict'] =>
  judgeByThresholds(question, evidence).verdict

describe('errors', () => {
  const failing = (errors: number, requests: number, baselineErrors = 0, baselineRequests = 100) =>
    seen([
      1,
      tick([
        arm(1, 50, { requests: baselineRequests, errors: baselineErrors }),
        arm(2, 50, { requests, errors }),
      ]),
    ])

  test.each([
    ['five failed of many', failing(5, 50), 'against'],
    ['four failed, whatever the rate', failing(4, 4), 'none'],
    ['a rate of just 5 %', failing(5, 100), 'none'],
    ['a rate over 5 %', failing(6, 100), 'against'],
    ['three times the baseline, no more', failing(12, 100, 4), 'none'],
    ['over three times the baseline', failing(13, 100, 4), 'against'],
    ['the same trouble as the baseline', failing(50, 100, 50), 'none'],
  ])('%s: %s', (_name, evidence, verdict) => {
    expect(word(rollout, evidence)).toBe(verdict)
  })

  test('few and slowly count over the whole time, not only over the last ticks', () => {
    const drop = tick([arm(1, 90, { requests: 90 }), arm(2, 10, { requests: 1, errors: 1 })])
    const calm = tick([arm(1, 90, { requests: 90 }), arm(2, 10, { requests: 1 })])
    expect(word(rollout, seen([1, drop], [9, calm], [1, drop], [9, calm], [1, drop], [9, calm]))).toBe('none')
    const five = Array.from({ length: 5 }, () => [[1, drop] as const, [9, calm] as const]).flat()
    expect(word(rollout, seen(...five))).toBe('against')
  })

  test('before the question began do not count', () => {
    const evidence = seenAfter(failing(50, 50), [
      12,
      tick([arm(1, 50, { requests: 9 }), arm(2, 50, { requests: 9 })]),
    ])
    // A new spell begins where the shares change; this one goes on, so it is not the candidate's.
    expect(word({ ...rollout, sinceSeq: 1 }, evidence)).toBe('none')
  })

  test('of a first release are judged by thresholds only', () => {
    expect(word(alone, failing(6, 100, 100, 100))).toBe('against')
  })

  test('of a bake are compared with what the baseline did when it served alone', () => {
    const before = (errors: number) => seen([1, tick([arm(1, 100, { requests: 1_000, errors })])])
    const now = [1, tick([arm(2, 100, { requests: 100, errors: 13 })])] as const
    expect(word(bake, seenAfter(before(10), now))).toBe('against')
    expect(word(bake, seenAfter(before(50), now))).toBe('none')
  })

  test('an outage of the baseline excuses nothing that comes after it', () => {
    const outage = arm(1, 100, { requests: 500, errors: 500, instances: { ...WELL, ready: 0 } })
    const before = seen([1, tick([arm(1, 100, { requests: 1_000, errors: 1 })])], [1, tick([outage])])
    const now = (errors: number) => [1, tick([arm(2, 100, { requests: 100, errors })])] as const
    expect(word(bake, seenAfter(before, now(30)))).toBe('against')
    expect(word(bake, seenAfter(before, now(4)))).toBe('none')
    // Where it was never seen well, what it did is all there is to compare with.
    expect(word(bake, seenAfter(seen([1, tick([outage])]), now(30)))).toBe('none')
  })

  test('of the one on trial count also while none of its instances is well', () => {
    const outage = arm(2, 100, { requests: 100, errors: 100, instances: { ...WELL, ready: 0 } })
    const before = seen([1, tick([arm(1, 100, { requests: 1_000 })])])
    expect(word(bake, seenAfter(before, [1, tick([outage])]))).toBe('against')
  })

  test('of all that carried a change add up, and then nobody is blamed alone', () => {
    const evidence = seen(
      [1, tick([arm(1, 100, { requests: 1_000 })])],
      [1, tick([arm(2, 100, { requests: 40, errors: 4 })])],
      [1, tick([arm(3, 100, { requests: 40, errors: 4 })])],
    )
    expect(word({ ...bake, release: 3, carriers: [3], baseline: 2 }, evidence)).toBe('none')
    const sum = judgeByThresholds({ ...bake, release: 3, carriers: [3, 2], baseline: 1 }, evidence)
    expect(sum).toMatchObject({ verdict: 'against', cause: 'verdict', alone: false })
    expect(sum).toMatchObject({ what: expect.stringContaining('8 of 80 requests to #3 and #2') })
  })
})

describe('latency', () => {
  const slow = (ms: number, requests = 20, usualMs = 100) =>
    tick([
      arm(1, 50, { requests: 50, latency: took(usualMs, 50) }),
      arm(2, 50, { requests, latency: took(ms, requests) }),
    ])
  const usual = slow(100)

  test.each([
    ['over twice the baseline and 100 ms, in three ticks', seen([3, slow(400)]), 'against'],
    ['over it in two ticks of ten', seen([8, usual], [2, slow(9_000, 1)]), 'none'],
    ['just under twice the baseline and 100 ms', seen([10, slow(270)]), 'none'],
    ['of fewer than 50 requests', seen([3, slow(9_000, 16)]), 'none'],
    ['of 50 requests', seen([3, slow(9_000, 17)]), 'against'],
    ['of a slow baseline', seen([10, slow(400, 20, 200)]), 'none'],
  ])('%s: %s', (_name, evidence, verdict) => {
    expect(word(rollout, evidence)).toBe(verdict)
  })

  test('is not judged where there is nothing to compare with', () => {
    expect(word(alone, seen([10, slow(9_000)]))).toBe('none')
  })
})

describe('instances', () => {
  const ill = { ...WELL, unhealthy: 1 }
  const looping = { ...WELL, crashLooping: 1 }
  const both = (first: typeof WELL, second: typeof WELL) =>
    tick([arm(1, 50, { instances: first }), arm(2, 50, { instances: second })])

  test('that crash again and again are against it at once', () => {
    expect(judgeByThresholds(rollout, seen([1, both(WELL, looping)]))).toMatchObject({
      verdict: 'against',
      cause: 'crash',
    })
  })

  test('that are ill in three ticks of ten are against it, in two not', () => {
    expect(word(rollout, seen([2, both(WELL, ill)], [8, both(WELL, WELL)]))).toBe('none')
    expect(judgeByThresholds(rollout, seen([3, both(WELL, ill)], [7, both(WELL, WELL)]))).toMatchObject({
      verdict: 'against',
      cause: 'health',
    })
  })

  test('that die together with the baseline are a hold, and nobody is blamed', () => {
    expect(word(rollout, seen([3, both(ill, looping)]))).toBe('hold')
  })

  test('of the baseline alone are nothing against the candidate', () => {
    expect(word(rollout, seen([10, both(looping, WELL)]))).toBe('none')
  })
})

describe('silence', () => {
  const silent = tick([arm(1, 50), arm(2, 50)], { routerSeen: false })
  const loud = { ...silent, routerSeen: true }

  test.each([
    ['two ticks are not', seen([5, loud], [2, silent]), 'none'],
    ['three in a row are a hold', seen([5, loud], [3, silent]), 'hold'],
    ['over again, it is none', seen([3, silent], [1, loud]), 'none'],
    ['before the question began it is none of its business', seen([3, silent]), 'none'],
  ])('%s', (name, evidence, verdict) => {
    expect(word(name.startsWith('before') ? { ...rollout, sinceSeq: 3 } : rollout, evidence)).toBe(verdict)
  })

  test('zero requests seen by a living router is a fact', () => {
    expect(word(rollout, seen([20, loud]))).toBe('none')
  })
})
