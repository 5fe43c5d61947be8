import { expect, test } from 'vitest'
import { arm, tick, WELL } from '../testing/ticks.ts'
import type { ArmTick, Tick } from '../tick.ts'
import type { AlarmDefinition, AlarmSubject } from './alarm.ts'
import { backTestInWords, beginBackTest, type BackTested } from './back-test.ts'
import { parseMetricName } from './metric-name.ts'

const TRIAL_MS = 60_000

function alarmOn(of: AlarmSubject, limit: number): AlarmDefinition {
  return { alarm: 'a', of, rule: { kind: 'above', limit }, ticks: 3, ofTicks: 5 }
}

const MEMORY = alarmOn({ from: 'sluice', metric: 'memoryBytes' }, 100)

function serving(
  release: number,
  memoryBytes: number,
  weightPercent = 100,
  more: Partial<ArmTick> = {},
): ArmTick {
  return arm(release, weightPercent, { instances: { ...WELL, memoryBytes }, ...more })
}

/** Spans of so many seconds, one after the other. */
function tested(
  alarms: readonly AlarmDefinition[],
  rows: readonly (readonly [number, readonly ArmTick[]])[],
) {
  const test = beginBackTest(alarms, TRIAL_MS)
  let seq = 0
  for (const [times, arms] of rows)
    for (let each = 0; each < times; each += 1) {
      seq += 1
      test.add(tick(arms, { seq, at: seq * 1_000 } satisfies Partial<Tick>))
    }
  return test.result()[0]
}

test('a release that breaks the limit while it is on trial would have been stopped, once', () => {
  expect(
    tested(
      [MEMORY],
      [
        [20, [serving(1, 50)]],
        [30, [serving(1, 50, 50), serving(2, 150, 50)]],
        [10, [serving(1, 50)]],
        [30, [serving(1, 50, 50), serving(3, 60, 50)]],
      ],
    ),
  ).toEqual({ alarm: 'a', fired: [{ release: 2, at: 23_000 }], tried: 2 })
})

test('what the release before it does as well is nobody to blame', () => {
  expect(
    tested(
      [MEMORY],
      [
        [20, [serving(1, 150)]],
        [30, [serving(1, 150, 50), serving(2, 150, 50)]],
      ],
    )?.fired,
  ).toEqual([])
})

test('after its trial a release is nobody to blame any more', () => {
  expect(
    tested(
      [MEMORY],
      [
        [20, [serving(1, 50)]],
        [61, [serving(2, 60)]],
        [60, [serving(2, 200)]],
      ],
    )?.fired,
  ).toEqual([])
})

test('the first release that is recorded was there before, and is not on trial', () => {
  expect(tested([MEMORY], [[60, [serving(1, 500)]]])).toEqual({ alarm: 'a', fired: [], tried: 0 })
})

test('a release that comes again is on trial again', () => {
  expect(
    tested(
      [MEMORY],
      [
        [20, [serving(1, 50)]],
        [80, [serving(2, 60)]],
        [20, [serving(1, 50)]],
        [20, [serving(2, 160)]],
      ],
    )?.fired,
  ).toEqual([{ release: 2, at: 123_000 }])
})

test('what was never told cannot be tried', () => {
  const metric = parseMetricName('queue')
  if (metric === null) throw new Error('it is a name')
  const queue = alarmOn({ from: 'instances', metric, per: 'second' }, 10)
  const told = (value: number) => ({ metrics: [['queue', value]] as const })
  const rows = (more: Partial<ArmTick>) =>
    [
      [20, [serving(1, 0)]],
      [20, [serving(1, 0, 50), serving(2, 0, 50, more)]],
    ] as const
  expect(tested([queue], rows({}))).toEqual({ alarm: 'a', fired: [], tried: 0 })
  expect(tested([queue], rows(told(30)))?.fired).toHaveLength(1)
})

test('ticks whose numbers cannot be fire nothing', () => {
  const broken = { requests: Number.NaN, errors: 5 }
  const errors = alarmOn({ from: 'sluice', metric: 'errorPercent' }, 1)
  expect(
    tested(
      [errors],
      [
        [20, [serving(1, 0)]],
        [20, [serving(1, 0, 50), serving(2, 0, 50, broken)]],
      ],
    )?.fired,
  ).toEqual([])
})

test.each<[BackTested['fired'], number, string]>([
  [
    [],
    0,
    'cannot be tried on the past: no release that was on trial in the last 14 days told what it is set on',
  ],
  [[], 1, 'would not have fired in the last 14 days, in which 1 release was on trial'],
  [[{ release: 3, at: 0 }], 4, 'would have fired once in the last 14 days, on #3; 4 releases were on trial'],
  [
    [
      { release: 3, at: 0 },
      { release: 5, at: 0 },
    ],
    9,
    'would have fired twice in the last 14 days, on #3 and #5; 9 releases were on trial',
  ],
])('%j of %i is told', (fired, tried, words) => {
  expect(backTestInWords({ alarm: 'a', fired, tried })).toBe(words)
})
