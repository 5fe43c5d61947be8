import { expect, test } from 'vitest'
import type { Board, StageView } from '../../src/api/board.ts'
import { lock } from '../dev/fixture-parts.ts'
import { boardOf } from '../dev/fixtures.ts'
import { announce } from './announcements.ts'

const at = Date.UTC(2026, 10, 21, 12)

test('numbers that tick are not news', () => {
  const before = boardOf('rollout', at, 1)
  expect(
    announce(
      before,
      withProduction(before, (stage) => ({ ...stage, arms: [] })),
    ),
  ).toEqual([])
})

test('a new lock is told with its owner', () => {
  const before = boardOf('calm', at, 1)
  const after = withProduction(before, (stage) => ({ ...stage, locks: [lock(at)] }))
  expect(announce(before, after)).toEqual(['shop, production: locked by anna.'])
  expect(announce(after, before)).toEqual(['shop, production: unlocked.'])
})

test('a rollout is told when it begins and at each step', () => {
  const calm = boardOf('calm', at, 1)
  const rolling = boardOf('rollout', at, 1)
  expect(announce(calm, rolling)).toContain('shop, production: rolling out #45 over #44.')
  const next = withProduction(rolling, (stage) =>
    stage.rollout === null ? stage : { ...stage, rollout: { ...stage.rollout, step: 3 } },
  )
  expect(announce(rolling, next)).toEqual(['shop, production: step 3 of 4.'])
})

test('going back is told as going back', () => {
  expect(announce(boardOf('calm', at, 1), boardOf('pinned', at, 1))).toContain(
    'shop, production: going back to #44 from #45.',
  )
})

function withProduction(board: Board, change: (stage: StageView) => StageView): Board {
  return {
    ...board,
    services: board.services.map((service) => ({
      ...service,
      stages: service.stages.map((stage) => (stage.stage === 'production' ? change(stage) : stage)),
    })),
  }
}
