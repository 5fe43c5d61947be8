// Every claim of the demo can fail: a story told in few words holds, and each way of going wrong breaks the claim that is
// about it.
import { describe, expect, test } from 'vitest'
import type { AuditRow } from '../../src/api/board.ts'
import type { Evidence } from './claim.ts'
import { claimsOf } from './claims.ts'
import type { Visit } from './visit-log.ts'

type Row = Pick<AuditRow, 'type'> & Partial<Pick<AuditRow, 'release' | 'stage' | 'by' | 'data'>>

const person = { kind: 'person', name: 'mara' } as const
const machine = { kind: 'machine', rule: 'rollout' } as const

function audit(rows: readonly Row[]): readonly AuditRow[] {
  return rows.map(({ type, release = null, stage = null, by = machine, data = {} }, index) => ({
    position: index + 1,
    at: 0,
    by,
    service: 'shop',
    stage,
    release,
    type,
    text: `${type} #${release} ${stage}`,
    data,
  }))
}

const forward = (release: number, stage: string): Row[] => [
  { type: 'rollout-started', release, stage, data: { direction: 'forward' } },
  { type: 'step-started', release, stage, data: { step: 0 } },
]
const shares = (stage: string, ...arms: readonly (readonly [number, number])[]): Row => ({
  type: 'traffic-shifted',
  stage,
  data: { arms: arms.map(([release, weightPercent]) => ({ release, weightPercent })) },
})
const staged = (release: number): Row[] => [
  { type: 'change-merged', release },
  { type: 'build-succeeded', release },
  ...forward(release, 'staging'),
  { type: 'rollout-completed', release, stage: 'staging' },
]
const cleared = (release: number): Row => ({
  type: 'changes-cleared',
  stage: 'staging',
  data: { changes: [release], how: 'proven' },
})
const live = (release: number): Row[] => [
  ...forward(release, 'production'),
  shares('production', [release, 100]),
  { type: 'rollout-completed', release, stage: 'production' },
]
const back = (release: number, stage: string, by: AuditRow['by'] = machine): Row[] => [
  { type: 'rollout-started', release, stage, by, data: { direction: 'back' } },
  shares(stage, [release, 100]),
]
const stopped = (release: number, stage: string, during: string): Row[] => [
  { type: 'verdict-against', release, stage, data: { during } },
  { type: 'change-rejected', release },
]

const story: readonly Row[] = [
  ...[1, 2, 3].flatMap((release) => [...staged(release), cleared(release), ...live(release)]),
  ...[...staged(4), ...stopped(4, 'staging', 'bake'), ...back(3, 'staging')],
  { type: 'rollout-completed', release: 3, stage: 'staging' },
  ...[...staged(5), cleared(5), ...live(5)],
  ...[...staged(6), cleared(6), ...forward(6, 'production'), shares('production', [5, 90], [6, 10])],
  ...[...stopped(6, 'production', 'rollout'), ...back(5, 'production')],
  { type: 'rollout-completed', release: 5, stage: 'production' },
  ...[...staged(7), cleared(7), ...live(7)],
  { type: 'stage-locked', stage: 'production', by: person },
  ...[...staged(8), cleared(8)],
  { type: 'stage-unlocked', stage: 'production', by: person },
  ...live(8),
  ...back(7, 'production', person),
  { type: 'stage-pinned', stage: 'production', by: person },
  { type: 'rollout-completed', release: 7, stage: 'production' },
  { type: 'stage-unpinned', stage: 'production', by: person },
  shares('production', [7, 100]),
]

/** The two bad ones, said and said again. */
function judgedAgain(isSame: boolean): Evidence['replays'] {
  const said = { verdict: 'against', what: 'it fails' } as const
  return [4, 6].map((release) => ({
    release,
    replay: [{ stage: 'staging', tick: 9, at: 0, recorded: said, replayed: said, isSame, evidence: [] }],
  }))
}

type Seen = readonly [visitor: string, release: number, status?: number]

/** Two customers, one of whom is first at every step, and one of the team; marks stand where they were made. */
const seen: readonly (Seen | string)[] = [
  ...[1, 2, 3, 4, 3, 5, 6, 7, 8].map((release): Seen => ['staging-1', release, release === 4 ? 500 : 200]),
  ...[1, 2, 3, 5].flatMap((release): Seen[] => [
    ['production-1', release],
    ['production-2', release === 1 ? 1 : release === 5 ? 3 : release - 1],
    ['production-2', release],
  ]),
  ...[['production-1', 6, 500] satisfies Seen],
  ...Array.from({ length: 40 }, (): Seen => ['production-2', 5]),
  ...[['production-1', 6] satisfies Seen, ['production-1', 5] satisfies Seen],
  ...[
    ['production-1', 7],
    ['production-2', 5],
    ['production-2', 7],
  ].map(([who, release]): Seen => [String(who), Number(release)]),
  'unlock',
  ...[
    ['production-1', 8],
    ['production-2', 7],
    ['production-2', 8],
  ].map(([who, release]): Seen => [String(who), Number(release)]),
  ...[
    ['production-1', 7],
    ['production-2', 7],
  ].map(([who, release]): Seen => [String(who), Number(release)]),
  'rolled back',
  ['production-1', 7],
  'unpinned',
  ['production-1', 7],
  ['production-2', 7],
]

function evidence(change: {
  readonly rows?: readonly Row[]
  readonly seen?: readonly (Seen | string)[]
  readonly why8?: readonly string[]
  readonly replays?: Evidence['replays']
}): Evidence {
  const visits: Visit[] = []
  const marks = new Map<string, number>()
  for (const [index, entry] of (change.seen ?? seen).entries()) {
    if (typeof entry === 'string') {
      marks.set(entry, index + 1)
      continue
    }
    const [visitor, release, status = 200] = entry
    visits.push({
      seq: index + 1,
      after: index,
      at: 0,
      environment: visitor.split('-')[0] ?? '',
      visitor,
      kind: 'page',
      path: '/',
      status,
      release: status === 0 ? null : release,
      trouble: null,
    })
  }
  return {
    visits,
    events: audit(change.rows ?? story),
    markOf: (mark) => marks.get(mark),
    replays: change.replays ?? judgedAgain(true),
    why8: change.why8 ?? ["a person took it out; or: sluice retry '#8' --stage production"],
  }
}

function brokenClaims(told: Evidence): readonly string[] {
  return claimsOf(told).flatMap(({ claim, broken }) => (broken === undefined ? [] : [`${claim}: ${broken}`]))
}

const without = (type: string, release: number | null, stage: string | null): readonly Row[] =>
  story.filter(
    (row) => !(row.type === type && (row.release ?? null) === release && (row.stage ?? null) === stage),
  )
const before = (mark: string, ...more: readonly (Seen | string)[]): readonly (Seen | string)[] =>
  seen.toSpliced(seen.indexOf(mark), 0, ...more)

test('a story in which everything happened breaks no claim', () => {
  expect(brokenClaims(evidence({}))).toEqual([])
})

test('where nothing happened no claim that needs something holds', () => {
  const told = claimsOf(evidence({ rows: [], seen: [], why8: [], replays: [] }))
  const holds = told.filter(({ broken }) => broken === undefined).map(({ claim }) => claim)
  expect(holds).toEqual([
    'no visitor of production ever saw #4',
    'no visitor was answered by an older release than before, but at the rollbacks of this story',
    'every visitor kept their side of every split',
  ])
})

describe('each way of going wrong breaks the claim that is about it', () => {
  const ways: readonly [what: string, claim: RegExp, told: Parameters<typeof evidence>[0]][] = [
    [
      '#2 never got to production',
      /^#2 went all the way/,
      { rows: without('rollout-completed', 2, 'production') },
    ],
    ['no verdict on #4', /^#4 was stopped/, { rows: without('verdict-against', 4, 'staging') }],
    ['#4 was not rejected', /^#4 was stopped/, { rows: without('change-rejected', 4, null) }],
    [
      'a customer saw #4',
      /no visitor of production ever saw #4/,
      { seen: before('unlock', ['production-1', 4]) },
    ],
    [
      '#4 entered production',
      /no visitor of production ever saw #4/,
      { rows: [...forward(4, 'production'), ...story] },
    ],
    [
      '#6 was judged in staging',
      /^#6 passed its bake/,
      { rows: without('verdict-against', 6, 'production') },
    ],
    [
      '#8 did not wait',
      /^#8 baked in staging behind the lock/,
      { rows: without('stage-unlocked', null, 'production') },
    ],
    [
      'the rollback pinned nothing',
      /^a person rolled/,
      { rows: without('stage-pinned', null, 'production') },
    ],
    [
      'a request had no answer',
      /none failed but by the bugs/,
      { seen: before('unlock', ['production-1', 7, 0]) },
    ],
    [
      'the router answered 502',
      /none failed but by the bugs/,
      { seen: before('unlock', ['production-1', 7, 502]) },
    ],
    [
      'an asset was gone',
      /none failed but by the bugs/,
      { seen: before('unlock', ['production-1', 7, 404]) },
    ],
    ['#5 failed', /none failed but by the bugs/, { seen: before('unlock', ['production-1', 7, 500]) }],
    [
      'an older release answered',
      /answered by an older release/,
      { seen: before('unlock', ['production-1', 5]) },
    ],
    [
      'somebody changed sides twice',
      /kept their side/,
      { seen: before('unlock', ['production-1', 5], ['production-1', 7]) },
    ],
    [
      '#6 got half of the plan',
      /no more than one box/,
      { rows: [shares('production', [5, 50], [6, 50]), ...story] },
    ],
    [
      '#6 answered half of the pages',
      /no more than one box/,
      { seen: before('unlock', ...Array.from({ length: 40 }, (): Seen => ['production-1', 6])) },
    ],
    [
      'somebody stayed on #6',
      /who had seen #6 came back to #5/,
      { seen: before('unlock', ['production-3', 6, 500]) },
    ],
    ['staging saw the bug of #6', /showed only under the load/, { seen: [['staging-2', 6, 500], ...seen] }],
    [
      '#8 came before the unlock',
      /before the lock was lifted/,
      { seen: before('unlock', ['production-1', 8]) },
    ],
    ['#8 came back', /everybody in production gets #7/, { seen: [...seen, ['production-1', 8]] }],
    [
      'nobody came after the unpin',
      /everybody in production gets #7/,
      { seen: seen.slice(0, seen.indexOf('unpinned') + 1) },
    ],
    ['something moved', /after the unpin nothing moves/, { rows: [...story, ...forward(8, 'production')] }],
    [
      'traffic moved',
      /after the unpin nothing moves/,
      { rows: [...story, shares('production', [8, 10], [7, 90])] },
    ],
    ['why says nothing', /says what would bring it/, { why8: ['it waits'] }],
    ['the judge says something else now', /same to the bit/, { replays: judgedAgain(false) }],
    ['nothing was said against #6', /same to the bit/, { replays: judgedAgain(true).slice(0, 1) }],
    [
      '#3 came at a stroke',
      /served side by side/,
      {
        seen: seen.map((entry) =>
          entry[0] === 'production-2' && entry[1] === 2 ? ['production-2', 3] : entry,
        ),
      },
    ],
  ]
  test.each(ways)('%s', (_what, claim, told) => {
    expect(brokenClaims(evidence(told)).join('\n')).toMatch(new RegExp(claim.source, 'm'))
  })
})
