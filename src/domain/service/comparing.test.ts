// What went round the branch and was rejected does not come back in by the branch, also while nobody knows yet whether
// the branch took it (behaviour 1.5, 2.7).
import { expect, test } from 'vitest'
import { offLineNumber } from '../release-number.ts'
import { toCompare } from './comparing.ts'
import { nextUp } from './queue.ts'
import { service, sha, Story } from './testing/story.ts'

const HOTFIX = offLineNumber(1, 1) ?? 0
const FIX = 'c'.repeat(40)

/** A hotfix of a branch was live, and is rejected and taken out; then somebody merges #2. */
function afterABadHotfix(): Story {
  const story = new Story(service()).shipped({})
  story.person(story.hotfix([FIX])).settle()
  story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'it fails', tick: 0 }).settle()
  story.person({ type: 'rollback', stage: 'staging', to: 1, reason: 'it fails', tick: 0 }).settle()
  story.person({ type: 'reject', release: HOTFIX, reason: 'it fails' })
  story.person({ type: 'unpin', stage: 'staging', reason: 'over' })
  return story.merge().settle()
}

function why(story: Story): readonly string[] {
  const { state, now } = story
  const staging = state.definition!.stages[0]!
  return nextUp(state, state.definition!, staging, now)?.why.map(({ code }) => code) ?? []
}

test('the line waits until it was compared with what was rejected', () => {
  const story = afterABadHotfix()
  expect(why(story)).toContain('gate/comparing')
  expect(toCompare(story.state).map(({ release }) => release)).toEqual([HOTFIX])
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 2 }).settle()
  expect(toCompare(story.state)).toEqual([])
  expect(story.live('staging')).toBe(2)
})

test('what was looked through once says nothing of a commit that came later', () => {
  const story = afterABadHotfix().report({ type: 'report-compared', release: HOTFIX, upTo: 2 })
  story.settle().ownServed('staging').merge().settle()
  expect(story.live('staging')).toBe(2)
  expect(why(story)).toContain('gate/comparing')
})

test('a commit that does the same is kept out by the rejection, and one that reverts it goes in', () => {
  const story = afterABadHotfix()
  story.report({ type: 'report-taken-in', release: HOTFIX, takenInBy: sha(2), how: 'patch' })
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 2 }).settle()
  expect(story.live('staging')).toBe(1)
  story.merge({ revertsCommits: [sha(2)] }).report({ type: 'report-compared', release: HOTFIX, upTo: 3 })
  expect(story.settle().live('staging')).toBe(3)
})

test('nothing waits for what is not rejected, nor once a person took the rejection back', () => {
  const story = afterABadHotfix()
  story.person({ type: 'unreject', release: HOTFIX, reason: 'it was not that' }).settle()
  expect(story.live('staging')).toBe(2)
  const before = story.events.length
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 2 })
  expect(story.events.length).toBe(before)
})

test('an answer about commits that nobody has merged, or that is known already, is no news', () => {
  const story = afterABadHotfix()
  const before = story.events.length
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 3 })
  expect(story.events.length).toBe(before)
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 2 })
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 2 })
  expect(story.typesSince(before).filter((type) => type === 'line-compared')).toHaveLength(1)
})
