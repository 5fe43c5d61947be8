// What went round the branch and was rejected does not come back in by the branch, also while nobody knows yet whether
// the branch took it (behaviour 1.5, 2.7).
import { expect, test } from 'vitest'
import { offLineNumber } from '../release-number.ts'
import { comparingReason, toCompare } from './comparing.ts'
import { contains } from './contains.ts'
import { blockedBy } from './lifting.ts'
import { notTakenIn } from './off-line.ts'
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

/** A hotfix of a branch is live everywhere; then #2 is merged, of which somebody says that it contains it, and #3. */
function afterAWord(): Story {
  const story = new Story(service()).shipped({})
  story
    .person(story.hotfix([FIX]))
    .settle()
    .merge()
    .merge()
  return story.person({
    type: 'accept',
    stage: 'production',
    release: 2,
    contains: HOTFIX,
    reason: 'it is in there',
    tick: 0,
  })
}

test('what was said to be in a release is rejected in it by the commit that the branch took it back by', () => {
  const story = afterAWord()
  story.report({ type: 'report-taken-in', release: HOTFIX, takenInBy: sha(3), how: 'patch' })
  story.person({ type: 'reject', release: 3, reason: 'it fails' })
  expect(blockedBy(story.state, 2, 'alpha')).toEqual([3])
  story.person({ type: 'unreject', release: 3, reason: 'it was not that' })
  expect(blockedBy(story.state, 2, 'alpha')).toEqual([])
})

test('and by the commit that says it was cherry-picked from it', () => {
  const story = afterAWord().merge({ cherryPickedFrom: [FIX] })
  story.person({ type: 'reject', release: 4, reason: 'it fails' })
  expect(blockedBy(story.state, 2, 'alpha')).toEqual([4])
})

test('a release of which that is not said is not kept out by it, nor one that lifts it', () => {
  const story = afterAWord()
  story.report({ type: 'report-taken-in', release: HOTFIX, takenInBy: sha(3), how: 'patch' })
  story.person({ type: 'reject', release: 3, reason: 'it fails' }).merge({ revertsCommits: [sha(3)] })
  expect(blockedBy(story.state, 1, 'alpha')).toEqual([])
  expect(blockedBy(story.state, 4, 'alpha')).toEqual([])
})

test('the word of a person does not spare the look at the branch', () => {
  const story = afterAWord()
  const open = (): readonly number[] =>
    notTakenIn(story.state, (outer, inner) => contains(story.state, outer, inner)).map((one) => one.release)
  expect(open()).toEqual([HOTFIX])
  story.report({ type: 'report-taken-in', release: HOTFIX, takenInBy: sha(3), how: 'patch' })
  expect(open()).toEqual([])
})

test('what is said to hold a change waits until a rejected commit was compared with that change', () => {
  const story = afterAWord().person({ type: 'reject', release: 3, reason: 'it fails' })
  expect(toCompare(story.state).map(({ release }) => release)).toEqual([HOTFIX])
  expect(comparingReason(story.state, 2).map(({ text }) => text)).toEqual([
    '#3 was rejected; whether it is what this is said to contain is being looked at',
  ])
  expect(comparingReason(story.state, 2, [3])).toEqual([])
  story.report({ type: 'report-compared', release: HOTFIX, upTo: 3 })
  expect([toCompare(story.state), comparingReason(story.state, 2)]).toEqual([[], []])
})
