// What the outside is owed, and how nothing it may have got unheard of is forgotten.
import { describe, expect, test } from 'vitest'
import { due } from './due.ts'
import { Story } from './testing/story.ts'

describe('going back', () => {
  test('before any traffic was shifted ends by itself: there is no plan to wait for', () => {
    const story = new Story().shipped({}).merge()
    // Built and entering, but its instances never come.
    while (!story.stage('staging').rollout) {
      const [intent] = due(story.state, story.now)
      if (intent?.do === 'decide') story.report(intent.command)
      else
        story.report({
          type: 'report-build-done',
          release: 2,
          attempt: 1,
          artifact: 'sha256-2',
          run: story.state.definition!.run,
          sizeBytes: 1,
        })
    }
    story.person({ type: 'abort', stage: 'staging', reason: 'not now', tick: 0 }).settle()
    expect(story.stage('staging').rollout).toBeNull()
    expect(story.live('staging')).toBe(1)
  })
})
