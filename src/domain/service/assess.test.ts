// Behaviour 2.2, 2.9: what is on trial in a stage, and as what.
import { describe, expect, test } from 'vitest'
import { questionsOf } from './assess.ts'
import { BAKE, PRODUCTION, service, stage, Story } from './testing/story.ts'

describe('a stage with a bake and a watch', () => {
  const staging = stage('staging', { bake: BAKE, watchMs: 3_600_000 })
  const about = (story: Story): readonly string[] =>
    questionsOf(story.state, staging, story.stage('staging')).map((question) => question.about)

  test('judges the bake while a change is not cleared, though the watch has begun', () => {
    const story = new Story(service([staging, PRODUCTION])).shipped().merge().settle()
    expect(story.live('staging')).toBe(2)
    expect(story.stage('staging').watch?.release).toBe(2)
    expect(about(story)).toEqual(['bake'])
  })

  test('judges the watch once everything is cleared', () => {
    const story = new Story(service([staging, PRODUCTION])).shipped()
    expect(about(story)).toEqual(['watch'])
  })
})
