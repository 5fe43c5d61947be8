// An alarm that has nothing to go by keeps its release where it is, and stands in the way of none that tells more.
import { expect, test } from 'vitest'
import type { AlarmDefinition } from '../analysis/alarms/alarm.ts'
import { judgeByThresholds } from '../analysis/judge-by-thresholds.ts'
import { arm, seen, tick } from '../analysis/testing/ticks.ts'
import type { Tick } from '../analysis/tick.ts'
import { assess } from './assess.ts'
import type { Finding } from './finding.ts'
import { BAKE, PRODUCTION, service, stage, Story } from './testing/story.ts'

const ALARM: AlarmDefinition = {
  alarm: 'files',
  of: { from: 'sluice', metric: 'fds' },
  rule: { kind: 'above', limit: 10 },
  ticks: 3,
  ofTicks: 3,
}
const STAGING = stage('staging', { bake: BAKE, alarms: [ALARM] })
const FDS = 'sluice.fds'

/** Release 2 bakes in staging over 1. */
const baking = (): Story => new Story(service([STAGING, PRODUCTION])).shipped({}).merge().settle()

function found(story: Story, ...ticks: readonly (readonly [number, Tick])[]): readonly Finding[] {
  return assess(story.state, STAGING, seen(...ticks), judgeByThresholds)
}

const alone = (release: number, fds?: number) =>
  tick([arm(release, 100, { requests: 5, metrics: fds === undefined ? [] : [[FDS, fds]] })])

test('a bake whose alarm has nothing to go by is on hold, however long it takes', () => {
  expect(found(baking(), [4_000, alone(2)])).toEqual([
    { found: 'hold', reason: 'the alarm "files" has nothing to go by: #2 does not tell fds' },
  ])
})

test('a bake whose alarm is well goes on as if there were none', () => {
  const kinds = found(baking(), [4_000, alone(2, 5)]).map((finding) => finding.found)
  expect(kinds).not.toContain('hold')
  expect(kinds).toContain('own-served')
})

test('a bake whose alarm fires is a word against the release', () => {
  expect(found(baking(), [9, alone(2, 5)], [3, alone(2, 11)])).toMatchObject([
    { found: 'against', release: 2, during: 'bake' },
  ])
})

test('what the live release does not tell holds nothing that rolls out over it, and clears nothing', () => {
  const story = baking()
  story.ownServed('staging').merge()
  for (let step = 0; step < 20 && !story.stage('staging').rollout; step += 1) story.turn(0)
  expect(story.stage('staging').rollout?.release).toBe(3)
  const both = (fds: readonly (readonly [string, number])[]) =>
    tick([arm(2, 50, { requests: 5, metrics: [] }), arm(3, 50, { requests: 5, metrics: fds })])
  const told = found(story, [4_000, alone(2)], [60, both([[FDS, 5]])]).map((finding) => finding.found)
  expect(told.filter((one) => one !== 'step-soaked')).toEqual([])
  expect(found(story, [4_000, alone(2)], [60, both([])])).toMatchObject([
    { found: 'hold', reason: 'the alarm "files" has nothing to go by: #3 does not tell fds' },
  ])
})
