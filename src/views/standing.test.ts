import { expect, test } from 'vitest'
import { Story } from '../domain/service/testing/story.ts'
import { standingOf } from './standing.ts'

const standing = (story: Story, stage: string, release: number): string =>
  standingOf(story.state, story.stage(stage), release)

test('a rejection elsewhere takes nothing back from a stage that the release has passed and whose live one contains it', () => {
  const story = new Story().shipped({}, {})
  story.merge().settle()
  expect(story.live('staging')).toBe(3)
  story.person({ type: 'reject', release: 2, reason: 'it broke production' }).settle()
  expect(standing(story, 'staging', 2)).toBe('warm')
  story.report({ type: 'report-fleet', stage: 'staging', release: 2, count: 0, instances: [] })
  expect(standing(story, 'staging', 2)).toBe('superseded')
})

test('where the stage does not run it, a rejected change stands as rejected', () => {
  const story = new Story().shipped({}, {})
  story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'errors', tick: 0 }).settle()
  story.person({ type: 'reject', release: 2, reason: 'it broke production' }).settle()
  expect(standing(story, 'production', 2)).toBe('rejected')
  expect(standing(story, 'staging', 2)).not.toBe('rejected')
})
