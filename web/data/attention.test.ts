import { expect, test } from 'vitest'
import { boardOf, states } from '../dev/fixtures.ts'
import { arm, lock, release, stage } from '../dev/fixture-parts.ts'
import { headlineOfStage, summarize } from './attention.ts'

const at = Date.UTC(2026, 10, 21, 12)
const live = release(at, 44)

test('a board where all is well draws no attention', () => {
  expect(summarize(boardOf('calm', at, 1))).toEqual({ text: 'All calm', remarks: [] })
})

test('what moves is not called wrong', () => {
  expect(summarize(boardOf('rollout', at, 1)).text).toBe('All well, 2 moving')
})

test('what is wrong is told before what waits, and that before what moves', () => {
  const tones = summarize(boardOf('hold', at, 1)).remarks.map((remark) => remark.tone)
  expect(tones).toEqual(['wrong', 'held', 'held', 'moving'])
})

test('a lock does not hide that the stage is going back', () => {
  const going = boardOf('pinned', at, 1).services[0]?.stages[1]
  if (going === undefined) throw new Error('the fixture has no production')
  expect(headlineOfStage({ ...going, locks: [lock(at)] }).word).toBe('Going back')
})

test('a live release whose router is silent is wrong, an empty stage without one is not', () => {
  expect(headlineOfStage(stage('production', live, { routerSeen: false })).tone).toBe('wrong')
  expect(headlineOfStage(stage('production', null, { routerSeen: false })).tone).toBe('quiet')
})

test('a closed window alone is calm: nothing fails because it waits', () => {
  const closed = { open: false, changesAt: at, zone: 'UTC', text: 'mon-fri' }
  expect(headlineOfStage(stage('production', live, { window: closed, arms: [arm(44)] })).tone).toBe('quiet')
})

test('every state of the fixtures has a sentence', () => {
  for (const state of Object.keys(states) as (keyof typeof states)[])
    expect(summarize(boardOf(state, at, 1)).text).not.toBe('')
})
