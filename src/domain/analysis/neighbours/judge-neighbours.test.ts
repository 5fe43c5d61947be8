// A service that a stage watches: a rise there while a release comes in is a hold that names both, and never a word
// against the release.
import { describe, expect, test } from 'vitest'
import { noEvidence, withTickCut, type Evidence } from '../evidence.ts'
import { judgeByThresholds } from '../judge-by-thresholds.ts'
import { judgeSequentially } from '../judge-sequentially.ts'
import type { Question } from '../judgement.ts'
import { latencyBucket } from '../latency-histogram.ts'
import { NO_INSTANCES, type Tick } from '../tick.ts'
import { judgeNeighbours } from './judge-neighbours.ts'
import { watchedName, type NeighbourTick } from './neighbour.ts'

const BEGAN = 600
const question: Question = {
  about: 'rollout',
  release: 7,
  carriers: [7],
  baseline: 6,
  sinceSeq: BEGAN,
  watches: ['payments'],
}

type Said = Partial<NeighbourTick>
const well: Said = { requests: 100, errors: 0 }

function payments({ seen = true, requests = 100, errors = 0, latency }: Said = {}): NeighbourTick {
  const quick = [[latencyBucket(20), requests] as const]
  return { name: 'payments', seen, requests, errors, latency: seen ? (latency ?? quick) : [] }
}

/** What was before the release came in, tick by tick, and what is since. */
function seen(before: (tick: number) => Said, since: readonly Said[]): Evidence {
  const ticks = [...Array.from({ length: BEGAN }, (_, tick) => before(tick)), ...since]
  return ticks.reduce<Evidence>((evidence, said, index) => {
    const seq = index + 1
    const tick: Tick = {
      seq,
      at: seq * 1_000,
      spanMs: 1_000,
      generation: 1,
      routerSeen: true,
      arms: (seq > BEGAN ? [6, 7] : [6]).map((release) => ({
        release,
        weightPercent: seq > BEGAN ? 50 : 100,
        requests: 50,
        errors: 0,
        latency: [[latencyBucket(20), 50]],
        instances: { ...NO_INSTANCES, wanted: 1, ready: 1 },
      })),
      neighbours: [payments(said)],
    }
    return withTickCut(evidence, tick, new Set([BEGAN]))
  }, noEvidence)
}

const calm = (): Said => well
const tenTimes = (said: Said): readonly Said[] => Array.from({ length: 10 }, () => said)
const reason = (evidence: Evidence, asked = question): string | undefined => {
  const said = judgeNeighbours(asked, evidence)
  return said?.verdict === 'hold' ? said.reason : said?.verdict
}

describe('a neighbour', () => {
  test('that is as it was says nothing', () => {
    expect(reason(seen(calm, tenTimes(well)))).toBeUndefined()
  })

  test('that fails more often while a release comes in holds, and both are named', () => {
    expect(reason(seen(calm, tenTimes({ requests: 100, errors: 8 })))).toBe(
      '8.0 % of the requests to payments fail while #7 comes in, and 0.0 % before it',
    )
  })

  test('that failed as often before is no news', () => {
    const failing = { requests: 100, errors: 8 }
    expect(reason(seen(() => failing, tenTimes(failing)))).toBeUndefined()
  })

  test('with a few more failures than usual, as chance has it, says nothing', () => {
    const usual = (tick: number): Said => ({ requests: 100, errors: tick % 2 })
    // Five were to be expected, and more than twice as many are no news beyond chance yet.
    expect(reason(seen(usual, tenTimes({ requests: 100, errors: 1 })))).toBeUndefined()
    expect(reason(seen(usual, tenTimes({ requests: 100, errors: 2 })))).toContain('fail while #7')
  })

  test('that becomes slow holds', () => {
    const slow = { requests: 100, latency: [[latencyBucket(400), 100]] as const }
    expect(reason(seen(calm, tenTimes(slow)))).toMatch(
      /^the slowest 5 % of requests to payments take \d+ ms and more while #7 comes in, and \d+ ms before it$/,
    )
  })

  test('without a request says nothing: that is a fact', () => {
    expect(reason(seen(calm, tenTimes({ requests: 0, latency: [] })))).toBeUndefined()
  })

  test('that nobody tells of for three ticks holds, and is never taken for well', () => {
    const silent = { seen: false, requests: 0 }
    expect(reason(seen(calm, [well, silent, silent]))).toBeUndefined()
    expect(reason(seen(calm, [silent, silent, silent]))).toContain('nobody tells how payments is')
  })

  test('that was never seen before is compared with what never fails', () => {
    const none = { seen: false, requests: 0 }
    expect(reason(seen(() => none, tenTimes({ requests: 100, errors: 8 })))).toBe(
      '8.0 % of the requests to payments fail while #7 comes in',
    )
  })

  test('that is well again holds nobody any longer', () => {
    const broke = tenTimes({ requests: 100, errors: 50 })
    expect(reason(seen(calm, [...broke, ...tenTimes(well)]))).toBeUndefined()
  })

  test('is nothing to a release that came long ago', () => {
    const evidence = seen(calm, tenTimes({ requests: 100, errors: 8 }))
    expect(reason(evidence, { ...question, about: 'watch' })).toBeUndefined()
    expect(reason(evidence, { ...question, about: 'bake' })).toContain('payments')
  })
})

test('both judges ask for it, and neither lets it drown a word against the release', () => {
  const evidence = seen(calm, tenTimes({ requests: 100, errors: 8 }))
  for (const judge of [judgeSequentially, judgeByThresholds]) {
    expect(judge(question, evidence)).toMatchObject({ verdict: 'hold' })
    const crashing = evidence.recent.map((tick) => ({
      ...tick,
      arms: tick.arms.map((arm) =>
        arm.release === 7 ? { ...arm, instances: { ...arm.instances, crashLooping: 1 } } : arm,
      ),
    }))
    expect(judge(question, { ...evidence, recent: crashing })).toMatchObject({ verdict: 'against' })
  }
})

test('what is remembered of it is bounded, however long it goes on', () => {
  const size = (ticks: number): number => {
    const evidence = seen(
      calm,
      Array.from({ length: ticks }, () => well),
    )
    return JSON.stringify(evidence.neighbours).length
  }
  expect(size(6_000)).toBeLessThanOrEqual(size(3_000) * 1.1)
})

test('it is called by its service, and by its stage where that is another', () => {
  expect(watchedName({ service: 'payments', stage: 'production' }, 'production')).toBe('payments')
  expect(watchedName({ service: 'payments', stage: 'live' }, 'production')).toBe('payments/live')
})
