import { expect, test } from 'vitest'
import { noEvidence } from '../evidence.ts'
import { judgeByThresholds } from '../judge-by-thresholds.ts'
import { judgeSequentially } from '../judge-sequentially.ts'
import type { Question } from '../judgement.ts'
import { arm, seen, seenAfter, tick, WELL } from '../testing/ticks.ts'
import type { Tick } from '../tick.ts'
import type { AlarmDefinition, AlarmRule } from './alarm.ts'
import { judgeAlarms } from './judge-alarms.ts'
import { parseMetricName } from './metric-name.ts'

const QUEUE = 'queue_length'
const [OLD, NEW] = [11, 12]

function alarm(rule: AlarmRule, more: Partial<AlarmDefinition> = {}): AlarmDefinition {
  const metric = parseMetricName(QUEUE)
  if (metric === null) throw new Error('it is a name')
  return {
    alarm: 'queue',
    of: { from: 'instances', metric, per: 'second' },
    rule,
    ticks: 3,
    ofTicks: 5,
    ...more,
  }
}

function asked(definition: AlarmDefinition, more: Partial<Question> = {}): Question {
  return {
    about: 'rollout',
    release: NEW,
    carriers: [NEW],
    baseline: OLD,
    sinceSeq: 0,
    alarms: [definition],
    ...more,
  }
}

/** Undefined: not told. */
function row(candidate: number | null | undefined, baseline?: number | null): Tick {
  const told = (value: number | null | undefined) => (value === undefined ? [] : ([[QUEUE, value]] as const))
  const old = arm(OLD, 50, { requests: 50, metrics: told(baseline) })
  return tick([old, arm(NEW, 50, { requests: 50, metrics: told(candidate) })])
}

const ABOVE = alarm({ kind: 'above', limit: 10 })

test.each<
  [rule: string, definition: AlarmDefinition, ticks: readonly [number, Tick][], verdict: string | undefined]
>([
  ['at the limit nothing fires', ABOVE, [[20, row(10, 1)]], undefined],
  [
    'two ticks of five are too few',
    ABOVE,
    [
      [9, row(1, 1)],
      [2, row(11, 1)],
    ],
    undefined,
  ],
  [
    'three ticks of five are enough',
    ABOVE,
    [
      [9, row(1, 1)],
      [3, row(11, 1)],
    ],
    'against',
  ],
  [
    'broken ticks count though good ones lie between',
    ABOVE,
    [
      [1, row(11, 1)],
      [1, row(1, 1)],
      [1, row(11, 1)],
      [1, row(1, 1)],
      [1, row(11, 1)],
    ],
    'against',
  ],
  [
    'what is broken stays broken until it is clear',
    { ...ABOVE, clear: 5 },
    [
      [1, row(11, 1)],
      [2, row(7, 1)],
    ],
    'against',
  ],
  [
    'without a way back to clear the limit is the way back',
    ABOVE,
    [
      [1, row(11, 1)],
      [2, row(7, 1)],
    ],
    undefined,
  ],
  [
    'what is clear is not broken',
    { ...ABOVE, clear: 5 },
    [
      [1, row(11, 1)],
      [4, row(5, 1)],
    ],
    undefined,
  ],
  ['a floor is broken below it', alarm({ kind: 'below', limit: 10 }), [[3, row(9, 20)]], 'against'],
  ['nothing to measure says nothing', ABOVE, [[20, row(null, null)]], undefined],
  ['what the baseline does, too, is not the fault of the release', ABOVE, [[5, row(11, 12)]], 'hold'],
  [
    'what both had is not held against who has it longer',
    ABOVE,
    [
      [5, row(11, 12)],
      [5, row(11, 1)],
    ],
    'hold',
  ],
  [
    'what the baseline had long ago is no excuse',
    ABOVE,
    [
      [5, row(1, 12)],
      [20, row(1, 1)],
      [3, row(11, 1)],
    ],
    'against',
  ],
  ['a baseline that tells nothing is no excuse', ABOVE, [[3, row(11)]], 'against'],
  ['what is not told holds', ABOVE, [[1, row(undefined, 1)]], 'hold'],
  [
    'what is not told any more holds',
    ABOVE,
    [
      [9, row(1, 1)],
      [3, row(undefined, 1)],
    ],
    'hold',
  ],
  [
    'two ticks without it are no silence',
    ABOVE,
    [
      [9, row(1, 1)],
      [2, row(undefined, 1)],
    ],
    undefined,
  ],
  [
    'what is told again goes on',
    ABOVE,
    [
      [9, row(1, 1)],
      [5, row(undefined, 1)],
      [1, row(1, 1)],
    ],
    undefined,
  ],
])('%s', (_, definition, ticks, verdict) => {
  expect(judgeAlarms(asked(definition), seen(...ticks))?.verdict).toBe(verdict)
})

test('both judges turn back what fires an alarm, and say what was seen and what was to be', () => {
  const evidence = seen([12, row(1, 1)], [3, row(11, 1)])
  for (const judge of [judgeByThresholds, judgeSequentially])
    expect(judge(asked(ABOVE), evidence)).toEqual({
      verdict: 'against',
      what: 'alarm "queue": queue_length of #12 was up to 11, and is to be at most 10 (broken in at least 3 of 5 ticks); usual of #11 is 1',
      cause: 'verdict',
      alone: true,
    })
})

test('an alarm on what nobody tells holds with both judges, and names it', () => {
  for (const judge of [judgeByThresholds, judgeSequentially])
    expect(judge(asked(ABOVE), seen([20, row(undefined, undefined)]))).toEqual({
      verdict: 'hold',
      reason: 'the alarm "queue" has nothing to go by: #12 does not tell queue_length',
      ofItself: true,
    })
})

test('an alarm that was just written holds until its metric was seen', () => {
  const before = seen([20, tick([arm(NEW, 100, { requests: 9 })])])
  expect(judgeAlarms(asked(ABOVE), before)?.verdict).toBe('hold')
  expect(judgeAlarms(asked(ABOVE), seenAfter(before, [1, row(1, 1)]))).toBeUndefined()
})

test('before the first tick of a release nothing is asked of it', () => {
  expect(judgeAlarms(asked(ABOVE), noEvidence)).toBeUndefined()
})

test('one that fires is told before one that holds', () => {
  const other: AlarmDefinition = { ...ABOVE, alarm: 'fds', of: { from: 'sluice', metric: 'fds' } }
  const question = { ...asked(ABOVE), alarms: [other, ABOVE] }
  expect(judgeAlarms(question, seen([3, row(11, 1)]))?.verdict).toBe('against')
})

test('evidence of before a release came is not its own', () => {
  const evidence = seen([9, row(11, 1)])
  expect(judgeAlarms(asked(ABOVE, { sinceSeq: 9 }), evidence)).toBeUndefined()
  expect(judgeAlarms(asked(ABOVE, { sinceSeq: 7 }), evidence)).toBeUndefined()
  expect(judgeAlarms(asked(ABOVE, { sinceSeq: 6 }), evidence)?.verdict).toBe('against')
})

const SIGMA = alarm({ kind: 'sigma', limit: 4 })
const steady = (times: number): readonly [number, Tick][] =>
  Array.from({ length: times }, (_, at) => [1, row(100 + (at % 3), 100 + (at % 3))])

test('sigma fires on what is far from what is usual of the baseline, and not on what is near', () => {
  expect(judgeAlarms(asked(SIGMA), seen(...steady(30), [3, row(119, 101)]))).toBeUndefined()
  expect(judgeAlarms(asked(SIGMA), seen(...steady(30), [3, row(125, 101)]))?.verdict).toBe('against')
})

test('sigma waits until it knows what is usual of a baseline that is there, and never for one that is not', () => {
  expect(judgeAlarms(asked(SIGMA), seen(...steady(9)))).toMatchObject({
    verdict: 'hold',
    reason: 'the alarm "queue" does not know yet what is usual: #11 told queue_length fewer than 10 times',
  })
  expect(judgeAlarms(asked(SIGMA), seen(...steady(10)))).toBeUndefined()
  const alone = tick([arm(NEW, 100, { metrics: [[QUEUE, 5]] })])
  expect(judgeAlarms(asked(SIGMA), seen([9, alone]))).toBeUndefined()
  expect(judgeAlarms(asked(SIGMA, { baseline: null }), seen([9, alone]))).toBeUndefined()
})

test('sigma does not wait for a release before it that tells none of it', () => {
  expect(judgeAlarms(asked(SIGMA), seen([9, row(5)]))?.verdict).toBe('hold')
  expect(judgeAlarms(asked(SIGMA), seen([10, row(5)]))).toBeUndefined()
})

test('in a bake sigma compares with what the release before it told when it served', () => {
  const before = tick([arm(OLD, 100, { metrics: [[QUEUE, 10]] })])
  const after = (value: number) => tick([arm(NEW, 100, { metrics: [[QUEUE, value]] })])
  const bake = asked(SIGMA, { about: 'bake', sinceSeq: 20 })
  expect(judgeAlarms(bake, seen([20, before], [50, after(11)]))).toBeUndefined()
  expect(judgeAlarms(bake, seen([20, before], [3, after(13)]))?.verdict).toBe('against')
})

const RISES = alarm({ kind: 'rises', limit: 30 })
/** Rises by so much a minute from now on. */
const rising = (times: number, candidate: number, baseline: number): readonly [number, Tick][] =>
  Array.from({ length: times }, (_, at) => [1, row((at * candidate) / 60, (at * baseline) / 60)])

test('a rise is told from twenty ticks, of the release beside the other one', () => {
  expect(judgeAlarms(asked(RISES, { plannedMs: 4_000 }), seen(...rising(20, 60, 0)))).toBeUndefined()
  expect(judgeAlarms(asked(RISES, { plannedMs: 4_000 }), seen(...rising(40, 60, 0)))?.verdict).toBe('against')
  expect(judgeAlarms(asked(RISES, { plannedMs: 4_000 }), seen(...rising(40, 20, 0)))).toBeUndefined()
  expect(judgeAlarms(asked(RISES, { plannedMs: 4_000 }), seen(...rising(40, 45, 20)))).toBeUndefined()
  expect(judgeAlarms(asked(RISES, { plannedMs: 4_000 }), seen(...rising(40, 90, 45)))?.verdict).toBe('hold')
})

test('what rises while instances are new is left out', () => {
  const question = asked(RISES, { plannedMs: 3_600_000 })
  expect(judgeAlarms(question, seen(...rising(59, 60, 0)))).toBeUndefined()
  const later = seen([180, row(0, 0)], ...rising(59, 60, 0))
  expect(judgeAlarms(question, later)?.verdict).toBe('against')
})

test('a fall is a rise the other way', () => {
  const falls = asked(alarm({ kind: 'falls', limit: 30 }), { plannedMs: 4_000 })
  expect(judgeAlarms(falls, seen(...rising(40, -60, 0)))?.verdict).toBe('against')
  expect(judgeAlarms(falls, seen(...rising(40, 60, 0)))).toBeUndefined()
})

test('numbers that cannot be are not told', () => {
  const evidence = seen([5, row(Number.NaN, 1)], [5, row(Number.POSITIVE_INFINITY, 1)])
  expect(judgeAlarms(asked(ABOVE), evidence)?.verdict).toBe('hold')
})

test('what waits without a share of the traffic tells nothing', () => {
  const warm = arm(OLD, 0, { metrics: [[QUEUE, 99]], instances: WELL })
  const evidence = seen([9, tick([warm, arm(NEW, 100, { metrics: [[QUEUE, 11]] })])])
  expect(evidence.told.map(({ release }) => release)).toEqual([NEW])
  expect(judgeAlarms(asked(ABOVE), evidence)?.verdict).toBe('against')
})

test('why a metric is not told stands in the hold, where that is known', () => {
  const why = 'nothing is called queue_length; did you mean queue_size?'
  const candidate = arm(NEW, 50, { requests: 50, metrics: [], untold: [[QUEUE, why]] })
  const evidence = seen([5, tick([arm(OLD, 50, { metrics: [[QUEUE, 1]] }), candidate])])
  expect(judgeAlarms(asked(ABOVE), evidence)).toEqual({
    verdict: 'hold',
    reason: `the alarm "queue" has nothing to go by: #12 does not tell queue_length (${why})`,
    ofItself: true,
  })
})
