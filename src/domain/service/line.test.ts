// Behaviour section 1: releases and their order.
import { expect, test } from 'vitest'
import { change, PRODUCTION, service, sha, stage, STAGING, Story } from './testing/story.ts'
import { contains, lacking } from './contains.ts'
import { due } from './due.ts'
import { entryReasons } from './gates.ts'
import { blockedBy, isLifted } from './lifting.ts'

test('every commit after the first sight makes one release, in merge order', () => {
  const story = new Story().merge({}).merge({}, {})
  expect(Object.keys(story.state.releases)).toEqual(['1', '2', '3'])
})

test('a late answer about an older head adds nothing', () => {
  const story = new Story().merge({}, {})
  story.report({ type: 'report-changes', after: sha(1), changes: [change(9)] })
  expect(story.state.head).toBe(2)
})

test('the first release goes all the way on health and checks alone', () => {
  const story = new Story().merge().settle()
  expect([story.live('staging'), story.live('production')]).toEqual([1, 1])
})

test('the first release starts one instance, then all', () => {
  const story = new Story().merge().settle()
  const counts = story.events.flatMap((event) =>
    event.type === 'fleet-changed' && event.stage === 'staging' ? [event.count] : [],
  )
  expect(counts).toEqual([1, 2])
})

test('the next one waits in staging for its bake', () => {
  const story = new Story().shipped({}).merge().settle()
  expect([story.live('staging'), story.live('production')]).toEqual([2, 1])
  story.ownServed('staging').baked('staging').soaked('production')
  expect(story.live('production')).toBe(2)
})

test('a failed build is superseded by the next release, which carries its change', () => {
  const story = new Story().shipped({}).merge({}, {})
  story.report({ type: 'report-build-failed', release: 2, attempt: 1, fault: 'code', message: 'no' })
  story.settle()
  expect(story.live('staging')).toBe(3)
})

test('trouble of the builder is tried once more by itself, a fault of the code is not', () => {
  const story = new Story().merge()
  story.report({ type: 'report-build-failed', release: 1, attempt: 1, fault: 'builder', message: 'disk' })
  expect(story.state.releases[1]?.build).toEqual({ state: 'waiting', attempt: 2 })
  story.report({ type: 'report-build-failed', release: 1, attempt: 2, fault: 'builder', message: 'disk' })
  expect(story.state.releases[1]?.build.state).toBe('failed')
  story.person({ type: 'retry', release: 1 })
  expect(story.state.releases[1]?.build).toEqual({ state: 'waiting', attempt: 3 })
})

test('a report of an older build attempt adds nothing', () => {
  const story = new Story().merge()
  story.report({ type: 'report-build-failed', release: 1, attempt: 1, fault: 'code', message: 'no' })
  story.person({ type: 'retry', release: 1 })
  story.report({ type: 'report-build-failed', release: 1, attempt: 1, fault: 'code', message: 'late' })
  expect(story.state.releases[1]?.build).toEqual({ state: 'waiting', attempt: 2 })
})

test('after a rewrite every gate holds until a person accepts both lists', () => {
  const story = new Story().shipped({}, {}).merge()
  story.report({
    type: 'report-rewrite',
    after: sha(3),
    fork: sha(2),
    fresh: [change(8), change(9)],
    carried: [],
  })
  expect(story.state.rewritten).toMatchObject({ fork: 2, lost: [3] })
  story.settle()
  expect(story.live('staging')).toBe(2)
  story.person({ type: 'accept-history', reason: 'we squashed' }).settle()
  expect(story.state.head).toBe(5)
  expect(contains(story.state, 5, 3)).toBe(false)
  expect(contains(story.state, 5, 2)).toBe(true)
  expect(story.live('staging')).toBe(4)
})

test('what came back under another name is contained', () => {
  const story = new Story().shipped({}).merge()
  story.report({
    type: 'report-rewrite',
    after: sha(2),
    fork: sha(1),
    fresh: [change(8), change(9)],
    carried: [{ lost: sha(2), as: sha(9) }],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  expect(contains(story.state, 3, 2)).toBe(false)
  expect(contains(story.state, 4, 2)).toBe(true)
})

test('what was rewritten twice is followed through both names', () => {
  const story = new Story().shipped({}).merge()
  const rewrite = (lost: number, as: number) => {
    story.report({
      type: 'report-rewrite',
      after: sha(lost),
      fork: sha(1),
      fresh: [change(as)],
      carried: [{ lost: sha(lost), as: sha(as) }],
    })
    story.person({ type: 'accept-history', reason: 'rebased' })
  }
  rewrite(2, 8)
  rewrite(8, 9)
  expect(contains(story.state, 4, 2)).toBe(true)
  expect(contains(story.state, 3, 4)).toBe(false)
})

test('a second rewrite from further back loses what the first had kept', () => {
  const story = new Story().shipped({}, {}).merge()
  const rewrite = (lost: number, fork: number, as: number) =>
    story
      .report({ type: 'report-rewrite', after: sha(lost), fork: sha(fork), fresh: [change(as)], carried: [] })
      .person({ type: 'accept-history', reason: 'squashed' })
  rewrite(3, 2, 8)
  expect(contains(story.state, 4, 2)).toBe(true)
  story.report({ type: 'report-rewrite', after: sha(8), fork: sha(1), fresh: [change(9)], carried: [] })
  expect(story.state.rewritten?.lost).toEqual([2, 4])
  story.person({ type: 'accept-history', reason: 'squashed' })
  expect(contains(story.state, 5, 2)).toBe(false)
})

test('what the branch lost enters nowhere: its change goes on under the name it has now', () => {
  const story = new Story().shipped({}).merge().settle()
  story.report({
    type: 'report-rewrite',
    after: sha(2),
    fork: sha(1),
    fresh: [change(8)],
    carried: [{ lost: sha(2), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  const codes = (release: number): readonly string[] =>
    entryReasons(story.state, service(), PRODUCTION, release, story.now).map(({ code }) => code)
  expect(codes(2)).toContain('gate/lost')
  expect(codes(3)).not.toContain('gate/lost')
})

test('what came back under another name enters under that name, and only there', () => {
  const story = new Story().shipped({}).merge()
  story.report({
    type: 'report-rewrite',
    after: sha(2),
    fork: sha(1),
    fresh: [change(8)],
    carried: [{ lost: sha(2), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  const codes = entryReasons(story.state, service(), STAGING, 2, story.now).map(({ code }) => code)
  expect(codes).toContain('gate/lost')
  story.person({ type: 'reject', release: 3, reason: 'no' }).settle()
  expect(story.live('staging'), 'neither name of what is rejected').toBe(1)
})

test('what two rewrites lost, one after the other, is contained in neither line', () => {
  const story = new Story().merge({}, {}, {})
  const rewrite = (after: string, fork: string, fresh: number): Story =>
    story
      .report({ type: 'report-rewrite', after, fork, fresh: [change(fresh)], carried: [] })
      .person({ type: 'accept-history', reason: 'cleaned up' })
  rewrite(sha(3), sha(2), 7)
  rewrite(sha(7), sha(1), 8)
  expect([1, 2, 3, 4, 5].map((release) => contains(story.state, 4, release))).toEqual([
    true,
    true,
    false,
    true,
    false,
  ])
  expect([1, 2, 3, 4, 5].map((release) => contains(story.state, 5, release))).toEqual([
    true,
    false,
    false,
    false,
    true,
  ])
})

test('a revert that names a commit by the name it had before a rewrite reverts it all the same', () => {
  const story = new Story().shipped({}).merge({}, { revertsCommits: [sha(2)] })
  story.report({
    type: 'report-rewrite',
    after: sha(3),
    fork: sha(2),
    fresh: [change(8, { revertsCommits: [sha(2)] })],
    carried: [{ lost: sha(3), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  expect(isLifted(story.state, 2, 4)).toBe(true)
  // The revert is reverted, under its old name.
  story.report({
    type: 'report-changes',
    after: sha(8),
    changes: [change(9, { revertsCommits: [sha(3)] })],
  })
  expect(isLifted(story.state, 2, 5)).toBe(false)
})

test('nothing enters a stage that runs what it does not contain', () => {
  const story = new Story().shipped({}, {})
  story.report({ type: 'report-rewrite', after: sha(2), fork: sha(1), fresh: [change(8)], carried: [] })
  story.person({ type: 'accept-history', reason: 'dropped' }).settle()
  expect(story.live('staging')).toBe(2)
  const reasons = entryReasons(story.state, service(), STAGING, 3, story.now).map(({ code }) => code)
  expect(reasons).toContain('gate/lacks-live')
  story
    .person({
      type: 'accept',
      stage: 'staging',
      release: 3,
      contains: 2,
      reason: 'it is in there by hand',
      tick: 0,
    })
    .settle()
  expect(story.live('staging')).toBe(3)
})

test('a cherry-pick and a Sluice-Contains line count as containing', () => {
  const story = new Story().shipped({}).merge()
  const picked = change(8, { cherryPickedFrom: [sha(2)] })
  story.report({
    type: 'report-rewrite',
    after: sha(2),
    fork: sha(1),
    fresh: [picked, change(9, { contains: ['#1'] })],
    carried: [],
  })
  story.person({ type: 'accept-history', reason: 'picked' })
  expect(contains(story.state, 3, 2)).toBe(true)
})

test('a release enters a stage once by itself', () => {
  const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle()
  expect(story.live('staging')).toBe(1)
  story.merge({ fixes: ['#2'] }).settle()
  expect(story.live('staging'), 'the fix comes in').toBe(3)
  const entries = story.events.filter(
    (event) => event.type === 'rollout-started' && event.direction === 'forward' && event.release === 2,
  )
  expect(entries).toHaveLength(1)
})

test.each(['unreject', 'retry'] as const)('after a person says %s it enters once more', (type) => {
  const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle()
  story.person({ type: 'unreject', release: 2, reason: 'it was the network' })
  if (type === 'retry') story.person({ type, release: 2, stage: 'staging' })
  story.settle()
  expect(story.live('staging')).toBe(2)
  story.against('staging', 'bake').settle()
  expect(story.live('staging'), 'and once is once').toBe(1)
})

test('a stage that holds something cannot vanish; under a new name it comes along', () => {
  const story = new Story().shipped({})
  const gone = service([stage('production', PRODUCTION)])
  expect(story.refused({ type: 'configure', definition: gone }).code).toBe('config/stage-in-use')
  const renamed = service([{ ...STAGING, stage: 'beta', renamedFrom: 'staging' }, PRODUCTION])
  story.person({ type: 'configure', definition: renamed })
  expect(story.live('beta')).toBe(1)
})

test('an inserted stage must be passed', () => {
  const story = new Story().shipped({})
  story
    .person({
      type: 'configure',
      definition: service([
        STAGING,
        stage('gamma', { bake: { forMs: 1_000, requests: 0, ownMs: 0 } }),
        PRODUCTION,
      ]),
    })
    .settle()
  expect(story.live('gamma')).toBe(1)
  story.merge().settle().ownServed('staging').baked('staging').settle()
  expect([story.live('gamma'), story.live('production')]).toEqual([2, 1])
  story.baked('gamma').soaked('production')
  expect(story.live('production')).toBe(2)
})

test('what came back after a rewrite does not stand for what was lost before it', () => {
  const story = new Story(service([STAGING])).merge({}, {}, {}).settle()
  story.ownServed('staging').settle().ownServed('staging').settle()
  expect(story.live('staging')).toBe(3)
  // #2 is dropped, #3 comes back as #4.
  story.report({
    type: 'report-rewrite',
    after: sha(3),
    fork: sha(1),
    fresh: [change(8)],
    carried: [{ lost: sha(3), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'dropped one' }).ownServed('staging').settle()
  expect(story.live('staging')).toBe(3)
  expect(lacking(story.state, 4, 3)).toEqual([2])
  story.person({
    type: 'accept',
    stage: 'staging',
    release: 4,
    contains: 3,
    reason: 'all of it is in there',
    tick: 0,
  })
  expect(lacking(story.state, 4, 3)).toEqual([])
  expect(story.settle().live('staging')).toBe(4)
})

test('what a person said of a commit that was lost is not said of the one that came back', () => {
  const story = new Story().shipped({}).merge({}, {}, {})
  story.report({
    type: 'report-rewrite',
    after: sha(4),
    fork: sha(1),
    fresh: [change(8)],
    carried: [{ lost: sha(3), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'squashed' })
  story.person({
    type: 'accept',
    stage: 'staging',
    release: 3,
    contains: 4,
    reason: 'it is in there',
    tick: 0,
  })
  expect([contains(story.state, 3, 4), contains(story.state, 5, 4), contains(story.state, 5, 2)]).toEqual([
    true,
    false,
    false,
  ])
})

test('what a person said of a commit, and what a message did, is said of it under the name a rewrite gave it', () => {
  const story = new Story().merge({}, {}, {}, { cherryPickedFrom: [sha(3)] })
  const accept = { type: 'accept', stage: 'staging', reason: 'it is in there', tick: 0 } as const
  story.person({ ...accept, release: 1, contains: 2 })
  story.report({
    type: 'report-rewrite',
    after: sha(4),
    fork: sha(1),
    fresh: [change(8), change(9)],
    carried: [
      { lost: sha(2), as: sha(8) },
      { lost: sha(3), as: sha(9) },
    ],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  expect([contains(story.state, 1, 5), contains(story.state, 1, 6)]).toEqual([true, false])
  expect(contains(story.state, 4, 6), 'the cherry-pick').toBe(true)
  story.person({ type: 'reject', release: 5, reason: 'it is bad' })
  expect(blockedBy(story.state, 1, 'production'), 'it carries the rejected change').toEqual([5])
})

test('a rejection under the name a rewrite gave holds what carries the change under its old name', () => {
  const story = new Story().merge({}, {}, {}, { revertsCommits: [sha(2)] })
  story.report({
    type: 'report-rewrite',
    after: sha(4),
    fork: sha(1),
    fresh: [change(8)],
    carried: [{ lost: sha(2), as: sha(8) }],
  })
  story.person({ type: 'accept-history', reason: 'rebased' })
  story.person({ type: 'reject', release: 5, reason: 'it is bad' })
  const blocked = [1, 2, 3, 4].map((release) => blockedBy(story.state, release, 'staging'))
  expect(blocked).toEqual([[], [5], [5], []])
})

test('a rollout that waits for a check goes on when the check is asked for no more', () => {
  const smoke = { check: 'smoke', when: 'entry', limitMs: 1, kind: 'command', command: 'true' } as const
  const story = new Story(service([stage('staging', { checks: [smoke] })])).merge()
  for (;;) {
    const intent = due(story.state, story.now).find(({ do: kind }) => kind !== 'wake')
    if (!intent || intent.do === 'check') break
    story.carryOut(intent)
  }
  expect(story.stage('staging').rollout?.phase).toBe('checking')
  story.person({ type: 'configure', definition: service([stage('staging')]) }).settle()
  expect(story.live('staging')).toBe(1)
})

test('a branch that is set back, with nothing new, is accepted once, and goes on without what was dropped', () => {
  const story = new Story().merge({}, {}, {})
  const setBack = { type: 'report-rewrite', fork: sha(2), fresh: [], carried: [] } as const
  story.report({ ...setBack, after: sha(3) })
  expect(story.state.rewritten).toMatchObject({ fork: 2, lost: [3], fresh: [{ sha: sha(2) }] })
  story.person({ type: 'accept-history', reason: 'looked at it' })
  const head = story.state.releases[story.state.head]
  expect([story.state.head, head?.change.sha]).toEqual([4, sha(2)])
  expect([contains(story.state, 4, 2), contains(story.state, 4, 3)]).toEqual([true, false])
  const place = story.events.length
  story.report({ type: 'report-changes', after: sha(2), changes: [change(9)] })
  expect(story.typesSince(place), 'the branch goes on from there').toEqual(['change-merged'])
  story.settle()
  expect(story.live('staging'), 'what was dropped enters nothing').not.toBe(3)
  story.report({ ...setBack, after: sha(9) })
  expect(story.state.rewritten, 'set back once more').toMatchObject({ fork: 4, lost: [5] })
})

test('what was dropped and is pushed again is the same change, and goes into a stage that still runs it', () => {
  const story = new Story().shipped({}).merge().settle()
  expect(story.live('staging')).toBe(2)
  story.report({ type: 'report-rewrite', after: sha(2), fork: sha(1), fresh: [], carried: [] })
  story.person({ type: 'accept-history', reason: 'set back by mistake' })
  const definition = story.state.definition ?? service()
  const codes = (release: number): readonly string[] =>
    entryReasons(story.state, definition, STAGING, release, story.now).map(({ code }) => code)
  expect(codes(story.state.head)).toContain('gate/lacks-live')
  story.report({ type: 'report-changes', after: sha(1), changes: [change(2), change(9)] })
  expect(contains(story.state, story.state.head, 2), 'known by its own name').toBe(true)
  expect(codes(story.state.head)).not.toContain('gate/lacks-live')
})
