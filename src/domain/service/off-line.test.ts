// What releases off the line contain, and who contains them (behaviour 1.3, 1.5).
import { expect, test } from 'vitest'
import { machine } from '../names.ts'
import { offLineNumber, releaseName } from '../release-number.ts'
import { changesBetween, contains, covers, lacking } from './contains.ts'
import { due } from './due.ts'
import { evolve } from './evolve.ts'
import { blockedBy, isLifted } from './lifting.ts'
import { nextOffLine, notTakenIn } from './off-line.ts'
import { candidates } from './queue.ts'
import type { Origin, ServiceState } from './state.ts'
import { change, sha, Story, type Says } from './testing/story.ts'

const HOTFIX = offLineNumber(2, 1) ?? 0

function made(state: ServiceState, origin: Exclude<Origin, { kind: 'line' }>, says: Says = {}): ServiceState {
  const base = origin.kind === 'cherry-pick' ? origin.onto : 0
  const release = nextOffLine(state, base) ?? 0
  return evolve(state, {
    type: 'release-made',
    release,
    change: change(800 + state.version, says),
    origin,
    reason: 'it burns',
    at: 1,
    by: machine('test'),
  })
}

/** Four changes on the line, and one of them taken onto #2. */
const line = new Story().merge({}, {}, {}, {}).state
const ofTheLine = made(line, { kind: 'cherry-pick', onto: 2, picked: [{ sha: sha(4), release: 4 }] })
/** A commit of a branch taken onto #2. */
const ofABranch = made(line, { kind: 'cherry-pick', onto: 2, picked: [{ sha: sha(77), release: null }] })

test('numbers are counted by base, and never used again', () => {
  expect(releaseName(HOTFIX)).toBe('#2+1')
  expect(releaseName(nextOffLine(ofTheLine, 2) ?? 0)).toBe('#2+2')
  expect(releaseName(nextOffLine(ofTheLine, HOTFIX) ?? 0)).toBe('#2+2')
  expect(releaseName(nextOffLine(ofTheLine, 3) ?? 0)).toBe('#3+1')
  const forgotten = { ...ofTheLine, releases: line.releases }
  expect(releaseName(nextOffLine(forgotten, 2) ?? 0)).toBe('#2+2')
})

test('it contains what it was built upon and what was taken, and nothing between', () => {
  expect([1, 2, 3, 4].filter((one) => contains(ofTheLine, HOTFIX, one))).toEqual([1, 2, 4])
  expect([1, 2, 3, 4].filter((one) => contains(ofABranch, HOTFIX, one))).toEqual([1, 2])
})

test.each<[string, Says]>([
  ['was itself taken from a commit', { cherryPickedFrom: [sha(2)] }],
  ['says that it contains a release', { contains: ['#2'] }],
])('a commit that %s is that also where it is taken to', (_name, says) => {
  const known = new Story().merge({}, {}, says, {}).state
  const state = made(known, { kind: 'cherry-pick', onto: 1, picked: [{ sha: sha(3), release: 3 }] })
  const hotfix = offLineNumber(1, 1) ?? 0
  expect([1, 2, 3, 4].filter((one) => contains(state, hotfix, one))).toEqual([1, 2, 3])
  const at = { at: 1, by: machine('test') }
  const rejected = evolve(state, { type: 'change-rejected', release: 2, reason: 'it fails', ...at })
  expect(blockedBy(rejected, hotfix, 'staging')).toEqual([2])
})

test('what a person said of a release was not said of the commit that is taken from it', () => {
  const at = { at: 1, by: machine('test') }
  const word = evolve(line, { type: 'containment-accepted', release: 4, contains: 3, reason: 'r', ...at })
  const state = made(word, { kind: 'cherry-pick', onto: 1, picked: [{ sha: sha(4), release: 4 }] })
  expect(contains(state, offLineNumber(1, 1) ?? 0, 3)).toBe(false)
})

test('a change of the line stays one change; a commit of a branch is one of its own', () => {
  expect(changesBetween(ofTheLine, 2, HOTFIX)).toEqual([4])
  expect(changesBetween(ofABranch, 2, HOTFIX)).toEqual([HOTFIX])
})

test('the release whose change was taken still has something to bring', () => {
  expect(covers(ofTheLine, HOTFIX, 4)).toBe(false)
  expect(candidates(ofTheLine, HOTFIX)).toEqual([3, 4])
  expect(lacking(ofTheLine, 3, HOTFIX)).toEqual([4])
  expect(lacking(ofTheLine, 4, HOTFIX)).toEqual([])
  expect(contains(ofTheLine, 4, HOTFIX)).toBe(true)
})

test('what the branch lacks, no release of the line contains, until one takes it back', () => {
  expect(lacking(ofABranch, 4, HOTFIX)).toEqual([HOTFIX])
  expect(notTakenIn(ofABranch, (outer, inner) => contains(ofABranch, outer, inner))).toHaveLength(1)
  const takenIn = evolve(ofABranch, {
    type: 'change-taken-in',
    release: HOTFIX,
    takenInBy: 4,
    how: 'patch',
    at: 2,
    by: machine('test'),
  })
  expect(lacking(takenIn, 4, HOTFIX)).toEqual([])
  expect(lacking(takenIn, 3, HOTFIX)).toEqual([HOTFIX])
  expect(notTakenIn(takenIn, (outer, inner) => contains(takenIn, outer, inner))).toEqual([])
})

test.each<[string, Says]>([
  ['git’s words for the commit that was taken', { cherryPickedFrom: [sha(77)] }],
  ['git’s words for the commit that was made', { cherryPickedFrom: [change(800 + line.version).sha] }],
  ['the trailer', { contains: ['#2+1'] }],
])('%s take it back', (_, says) => {
  const story = new Story()
  story.merge({}, {}, {}, {})
  story.state = made(story.state, { kind: 'cherry-pick', onto: 2, picked: [{ sha: sha(77), release: null }] })
  story.merge(says)
  expect(contains(story.state, 5, HOTFIX)).toBe(true)
  expect(contains(story.state, 4, HOTFIX)).toBe(false)
})

test('a hotfix upon a hotfix contains both', () => {
  const twice = made(ofABranch, {
    kind: 'cherry-pick',
    onto: HOTFIX,
    picked: [{ sha: sha(4), release: 4 }],
  })
  const second = offLineNumber(2, 2) ?? 0
  expect(changesBetween(twice, 2, second)).toEqual([HOTFIX, 4])
  expect(contains(twice, second, HOTFIX)).toBe(true)
  expect(contains(twice, HOTFIX, second)).toBe(false)
})

test('a commit off the line that reverts something frees of it, and can be reverted by the line', () => {
  const reverting = made(
    line,
    { kind: 'cherry-pick', onto: 2, picked: [{ sha: sha(77), release: null }] },
    { revertsCommits: [sha(1)] },
  )
  expect(isLifted(reverting, 1, HOTFIX)).toBe(true)
  expect(isLifted(reverting, 2, HOTFIX)).toBe(false)
  const story = new Story()
  story.merge({}, {}, {}, {})
  story.state = made(story.state, { kind: 'cherry-pick', onto: 2, picked: [{ sha: sha(77), release: null }] })
  const { change: hotfix } = story.state.releases[HOTFIX] ?? {}
  story.merge({ cherryPickedFrom: [sha(77)] }, { revertsCommits: [hotfix?.sha ?? ''] })
  expect(isLifted(story.state, HOTFIX, 6)).toBe(true)
  expect(isLifted(story.state, HOTFIX, 5)).toBe(false)
})

test('it is built beside the line, neither waiting for it nor holding it up', () => {
  const builds = due(ofTheLine, 1).flatMap((intent) => (intent.do === 'build' ? [intent.release] : []))
  expect(builds).toEqual([HOTFIX, 1])
})

test('any other version is contained in nothing, and contains nothing of the line', () => {
  const deployed = made(line, { kind: 'off-line', label: 'anna/fix@3f2a1' })
  const release = offLineNumber(0, 1) ?? 0
  expect(
    [1, 2, 3, 4].some((one) => contains(deployed, release, one) || contains(deployed, one, release)),
  ).toBe(false)
  expect(candidates(deployed, null)).toEqual([1, 2, 3, 4])
})

test('a rejection of what the branch took back holds it under both its numbers', () => {
  const by = { kind: 'machine', rule: 'test' } as const
  const takenIn = evolve(ofABranch, {
    type: 'change-taken-in',
    release: HOTFIX,
    takenInBy: 4,
    how: 'patch',
    at: 1,
    by,
  })
  const rejected = (release: number): ServiceState =>
    evolve(takenIn, { type: 'change-rejected', release, reason: 'it is bad', at: 1, by })
  expect(blockedBy(rejected(HOTFIX), 4, 'staging')).toEqual([HOTFIX])
  expect(blockedBy(rejected(HOTFIX), 3, 'staging')).toEqual([])
  expect(blockedBy(rejected(4), HOTFIX, 'staging')).toEqual([4])
  // Taken onto #1 from the line, it is the same change without what the first hotfix stood on.
  const again = made(rejected(HOTFIX), {
    kind: 'cherry-pick',
    onto: 1,
    picked: [{ sha: sha(4), release: 4 }],
  })
  expect(blockedBy(again, offLineNumber(1, 1) ?? 0, 'staging')).toEqual([HOTFIX])
})

test('words that go in a circle end, and what holds without them still holds', () => {
  const at = { at: 1, by: machine('test') }
  // Whoever says that the base contains what was built upon it says that each contains the other.
  const word = evolve(ofABranch, {
    type: 'containment-accepted',
    release: 2,
    contains: HOTFIX,
    reason: 'r',
    ...at,
  })
  expect([1, 2, 3, 4].filter((one) => contains(word, HOTFIX, one))).toEqual([1, 2])
  expect([1, 2, 3, 4].filter((one) => contains(word, 2, one))).toEqual([1, 2])
  expect([contains(word, 2, HOTFIX), contains(word, 1, HOTFIX)]).toEqual([true, false])
})
