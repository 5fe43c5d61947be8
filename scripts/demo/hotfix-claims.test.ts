// Every claim of the hotfix's story can fail: told in few words it holds, and each way of going wrong breaks a claim.
import { expect, test } from 'vitest'
import type { AuditRow } from '../../src/api/board.ts'
import type { Evidence } from './claim.ts'
import { hotfixClaims } from './hotfix-claims.ts'
import { HOTFIX } from './hotfix-story.ts'
import type { Visit } from './visit-log.ts'

type Row = Pick<AuditRow, 'type'> & Partial<Pick<AuditRow, 'release' | 'stage' | 'by' | 'data'>>
const person = { kind: 'person', name: 'mara' } as const
const production = 'production'

function audit(rows: readonly Row[]): readonly AuditRow[] {
  return rows.map(({ type, release = null, stage = null, by = person, data = {} }, index) => {
    const text = `${type} #${release} ${stage}`
    return { position: index + 1, at: 0, by, service: 'shop', stage, release, type, text, data }
  })
}

const enters = (release: number): Row => ({
  type: 'rollout-started',
  release,
  stage: production,
  data: { direction: 'forward' },
})
const live = (release: number, stage = production): Row => ({ type: 'rollout-completed', release, stage })
const locked: Row = { type: 'stage-locked', stage: production }
const unlocked: Row = { type: 'stage-unlocked', stage: production }
const story: readonly Row[] = [
  live(1),
  locked,
  unlocked,
  enters(7),
  live(7),
  locked,
  { type: 'changes-cleared', stage: 'staging', data: { changes: [8] } },
  { type: 'way-round-opened', release: HOTFIX, stage: production },
  { type: 'lock-passed', release: HOTFIX, stage: production },
  enters(HOTFIX),
  live(HOTFIX),
  { type: 'change-merged', release: 9 },
  { type: 'change-taken-in', release: HOTFIX, data: { takenInBy: 9 } },
  live(9, 'staging'),
  unlocked,
  enters(9),
  live(9),
]
const seen = [1, 7, HOTFIX, 9, 9]

type Told = { readonly rows?: readonly Row[]; readonly pages?: readonly number[]; readonly status?: number }

function broken({ rows = story, pages = seen, status = 200 }: Told = {}): readonly string[] {
  const visits = pages.map(
    (release, index): Visit => ({
      seq: 10 * index + 5,
      after: 10 * index + 4,
      at: 0,
      environment: production,
      visitor: 'one',
      kind: 'page',
      path: '/',
      status,
      release,
      trouble: null,
    }),
  )
  const marks: Readonly<Record<string, number>> = { 'hotfix live': 20, unlock: 30, '9 live': 40 }
  const evidence: Evidence = {
    visits,
    events: audit(rows),
    markOf: (mark) => marks[mark],
    why8: [],
    replays: [],
  }
  return hotfixClaims(evidence).flatMap((one) => (one.broken === undefined ? [] : [one.claim]))
}

const without = (row: Row): readonly Row[] => story.filter((one) => one !== row)

test('the story as it should be holds', () => expect(broken()).toEqual([]))

test.each([
  ['one of the six goes alone', { rows: [enters(4), ...story] }, 'six changes piled up'],
  ['the newest never comes', { rows: without(story[4] ?? locked) }, 'six changes piled up'],
  ['nobody named the lock', { rows: without(story[8] ?? locked) }, 'passed the lock by name'],
  ['the branch did not take it back', { rows: without(story[12] ?? locked) }, 'passed the lock by name'],
  ['#8 goes through the lock', { rows: story.toSpliced(9, 0, enters(8)) }, 'through the lock nothing went'],
  ['a visitor sees #8', { pages: [1, 7, 8, 9, 9] }, '#8 never entered production'],
  ['a request fails', { status: 503 }, 'none failed'],
  ['nobody visits', { pages: [] }, 'of 0 requests'],
  ['a visitor goes back', { pages: [1, 7, HOTFIX, 7, 9] }, 'an older release'],
  ['#9 comes before the unlock', { pages: [1, HOTFIX, 9, 9, 9] }, 'before the lock was lifted'],
  ['somebody never sees the hotfix', { pages: [1, 7, 7, 9, 9] }, 'all visitors of production'],
  ['somebody is left behind', { pages: [1, 7, HOTFIX, 9, HOTFIX] }, 'all visitors of production'],
] satisfies readonly (readonly [string, Told, string])[])('it breaks when %s', (_, told, claim) => {
  expect(broken(told).join('\n')).toContain(claim)
})
