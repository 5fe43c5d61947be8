import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noEvidence, withTick } from '../evidence.ts'
import type { Question } from '../judgement.ts'
import { arm, tick } from '../testing/ticks.ts'
import type { AlarmDefinition } from './alarm.ts'
import { judgeAlarm, judgeAlarms } from './judge-alarms.ts'
import { parseMetricName } from './metric-name.ts'
import { POINTS_KEPT } from './told.ts'

const [OLD, NEW] = [1, 2]
const METRIC = 'm'
const value = fc.oneof(
  fc.constant(undefined),
  fc.constant(null),
  fc.double(),
  fc.integer({ min: -5, max: 30 }),
)
const values = fc.array(fc.tuple(value, value), { maxLength: 120 })

const definition = fc
  .record({
    kind: fc.constantFrom('above', 'below', 'rises', 'falls', 'sigma'),
    limit: fc.double({ min: 0.1, max: 20, noNaN: true }),
    ticks: fc.integer({ min: 1, max: 5 }),
    more: fc.integer({ min: 0, max: 20 }),
    slack: fc.option(fc.double({ min: 0, max: 5, noNaN: true })),
  })
  .map(({ kind, limit, ticks, more, slack }): AlarmDefinition => {
    const metric = parseMetricName(METRIC)
    if (metric === null) throw new Error('it is a name')
    const clear = slack === null ? {} : { clear: kind === 'below' ? limit + slack : limit - slack }
    return {
      alarm: 'a',
      of: { from: 'instances', metric, per: 'second' },
      rule: { kind, limit } as const,
      ticks,
      ofTicks: ticks + more,
      ...clear,
    }
  })

function told(row: unknown): readonly (readonly [string, number | null])[] {
  return row === undefined ? [] : [[METRIC, row as number | null]]
}

function judged(alarms: readonly AlarmDefinition[], rows: readonly (readonly [unknown, unknown])[]) {
  const question: Question = {
    about: 'rollout',
    release: NEW,
    carriers: [NEW],
    baseline: OLD,
    sinceSeq: 0,
    alarms,
    plannedMs: 60_000,
  }
  const evidence = rows.reduce(
    (before, [candidate, baseline]) =>
      withTick(
        before,
        tick([arm(OLD, 50, { metrics: told(baseline) }), arm(NEW, 50, { metrics: told(candidate) })], {
          seq: before.lastSeq + 1,
        }),
      ),
    noEvidence,
  )
  return { evidence, question, said: judgeAlarms(question, evidence) }
}

test('whatever is told, what is kept of it is bounded, and the answer is the same when it is asked again', () => {
  fc.assert(
    fc.property(definition, values, (alarm, rows) => {
      const { evidence, said } = judged([alarm], rows)
      for (const { points } of evidence.told) expect(points.length).toBeLessThanOrEqual(POINTS_KEPT)
      expect(judged([alarm], rows).said).toEqual(said)
    }),
  )
})

test('what was never told is never a pass, and never a word against the release', () => {
  fc.assert(
    fc.property(
      definition,
      fc.array(fc.tuple(fc.constant(undefined), value), { minLength: 1, maxLength: 80 }),
      (alarm, rows) => {
        expect(judged([alarm], rows).said?.verdict).toBe('hold')
      },
    ),
  )
})

test('a release that tells what its baseline tells is never turned back', () => {
  fc.assert(
    fc.property(definition, fc.array(value, { maxLength: 120 }), (alarm, rows) => {
      const { said } = judged(
        [alarm],
        rows.map((one) => [one, one] as const),
      )
      expect(said?.verdict).not.toBe('against')
    }),
  )
})

test('more broken ticks never silence an alarm', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 30, maxLength: 59 }),
      fc.nat(58),
      (row, at) => {
        const metric = parseMetricName(METRIC)
        if (metric === null) throw new Error('it is a name')
        const alarm: AlarmDefinition = {
          alarm: 'a',
          of: { from: 'instances', metric, per: 'second' },
          rule: { kind: 'above', limit: 10 },
          ticks: 3,
          ofTicks: 6,
        }
        const before = judged(
          [alarm],
          row.map((one) => [one, 0] as const),
        ).said
        const worse = row.map((one, index) => [index === at ? 99 : one, 0] as const)
        if (before?.verdict === 'against') expect(judged([alarm], worse).said?.verdict).toBe('against')
      },
    ),
  )
})

test('a quick look is calm only where all of the judgement has no word', () => {
  fc.assert(
    fc.property(definition, values, fc.option(fc.integer({ min: 0, max: 60 })), (alarm, rows, since) => {
      const { evidence, question } = judged([alarm], rows)
      const asked = since === null ? question : { ...question, sinceSeq: since }
      expect(judgeAlarms(asked, evidence)).toEqual(judgeAlarm(alarm, asked, evidence))
      const alone = { ...asked, baseline: null }
      expect(judgeAlarms(alone, evidence)).toEqual(judgeAlarm(alarm, alone, evidence))
    }),
    { numRuns: 500 },
  )
})
