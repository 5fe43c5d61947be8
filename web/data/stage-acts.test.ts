import { expect, test } from 'vitest'
import { boardOf } from '../dev/fixtures.ts'
import { actsOfStage } from './stage-acts.ts'

const at = Date.UTC(2026, 10, 21, 12)

function stageOf(state: Parameters<typeof boardOf>[0], name: string) {
  const stage = boardOf(state, at, 1).services[0]?.stages.find((each) => each.stage === name)
  if (stage === undefined) throw new Error(`the fixture has no ${name}`)
  return stage
}

test('a calm stage shows no button but the lock', () => {
  expect(actsOfStage(stageOf('calm', 'production')).now).toEqual([])
})

test('a rollout going forward can be ended, one going back is left alone', () => {
  expect(actsOfStage(stageOf('rollout', 'production')).now).toContain('abort')
  expect(actsOfStage(stageOf('pinned', 'production')).now).not.toContain('abort')
})

test('a stage that asks offers the answer', () => {
  expect(actsOfStage(stageOf('hold', 'staging')).now).toContain('accept')
})

test('no act is offered twice', () => {
  for (const state of ['calm', 'rollout', 'baking', 'locked', 'hold', 'pinned'] as const)
    for (const name of ['staging', 'production']) {
      const { now, more } = actsOfStage(stageOf(state, name))
      expect(new Set([...now, ...more]).size).toBe(now.length + more.length)
    }
})
