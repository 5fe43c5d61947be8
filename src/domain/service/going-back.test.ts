// Behaviour 2.5 to 2.8: going back, who it was, rejection, and a person's rollback.
import { describe, expect, test } from 'vitest'
import { blockedBy } from './lifting.ts'
import { sha, Story, stage, STAGING, PRODUCTION, service, BAKE } from './testing/story.ts'

describe('a bake that breaks', () => {
  test('with one uncleared change: back to the newest good release, and that change is rejected', () => {
    const story = new Story().shipped({}, {}).merge().settle().against('staging', 'bake').settle()
    expect(story.live('staging')).toBe(2)
    expect(story.state.releases[3]?.rejected).not.toBeNull()
    expect(story.live('production')).toBe(2)
  })

  test('a rejected change keeps its successors out until a revert is merged', () => {
    const story = new Story()
      .shipped({}, {})
      .merge()
      .settle()
      .against('staging', 'bake')
      .settle()
      .merge()
      .settle()
    expect(story.live('staging')).toBe(2)
    expect(blockedBy(story.state, 4, 'staging')).toEqual([3])
    story.merge({ revertsCommits: [sha(3)] }).settle()
    expect(story.live('staging')).toBe(5)
  })

  test('with two uncleared changes, the one before well by itself and the last alone to blame: only that is rejected', () => {
    const story = new Story().shipped({}).merge().settle().ownServed('staging').merge().settle()
    expect(story.live('staging')).toBe(3)
    story.against('staging', 'bake', { alone: true }).settle()
    expect(story.live('staging')).toBe(2)
    expect(story.state.releases[3]?.rejected).not.toBeNull()
    expect(story.state.releases[2]?.rejected).toBeNull()
    expect(story.stage('staging').suspects).toEqual([])
  })

  test('what cannot be told apart stays a list of suspects and holds the gate until a person names one', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .ownServed('staging')
      .merge()
      .settle()
      .against('staging', 'bake')
      .settle()
    expect(story.live('staging')).toBe(2)
    expect(story.stage('staging').suspects).toEqual([2, 3])
    story.merge().settle()
    expect(story.live('staging')).toBe(2)
    story.person({ type: 'reject', release: 3, reason: 'it was this one' })
    expect(story.stage('staging').suspects).toEqual([])
    story.merge({ fixes: ['#3'] }).settle()
    expect(story.live('staging')).toBe(5)
  })

  test('a release that reverts or fixes all suspects passes the held gate', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .ownServed('staging')
      .merge()
      .settle()
      .against('staging', 'bake')
      .settle()
    story.merge({ revertsCommits: [sha(3)] }).settle()
    expect(story.live('staging'), 'one of two is not enough').toBe(2)
    story.merge({ fixes: ['#2'] }).settle()
    expect(story.live('staging')).toBe(5)
  })

  test('steps on, one release at a time, for as long as the one before breaks too', () => {
    const story = new Story().shipped({})
    for (let count = 0; count < 3; count += 1) story.merge().settle().ownServed('staging')
    expect(story.live('staging')).toBe(4)
    story.against('staging', 'bake').settle()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([3, [2, 3, 4]])
    story.against('staging', 'bake').settle()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([2, [2, 3]])
    story.against('staging', 'bake').settle()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([1, []])
    expect(story.state.releases[2]?.rejected).not.toBeNull()
    expect([story.state.releases[3]?.rejected, story.state.releases[4]?.rejected]).toEqual([null, null])
    story.merge({ fixes: ['#2'] }).settle()
    expect(story.live('staging')).toBe(5)
  })

  test('stops stepping where one is well: the list stays for a person', () => {
    const story = new Story().shipped({})
    for (let count = 0; count < 3; count += 1) story.merge().settle().ownServed('staging')
    story.against('staging', 'bake').settle().against('staging', 'bake').settle()
    story.baked('staging').settle()
    expect([story.live('staging'), story.stage('staging').suspects]).toEqual([2, [2, 3]])
    story.person({ type: 'reject', release: 3, reason: 'it was this one' })
    expect(story.stage('staging').suspects).toEqual([])
  })

  test('the machine brings nothing back that was rejected', () => {
    const story = new Story().shipped({}, {}).merge().settle().ownServed('staging').baked('staging')
    story.person({ type: 'reject', release: 3, reason: 'wrong price' })
    story.merge({ revertsCommits: [sha(3)] }).settle()
    expect(story.live('staging')).toBe(4)
    story.against('staging', 'bake').settle()
    expect(story.live('staging'), '#3 was good here, but a person said no').toBe(2)
  })

  test('with nothing to go back to it stays, the gate holds, and people are told', () => {
    const story = new Story().merge().settle()
    story.against('staging', 'bake').settle()
    expect(story.live('staging')).toBe(1)
    expect(story.stage('staging').stuck).not.toBeNull()
  })

  test('the machine stops at a pin', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .person({ type: 'pin', stage: 'staging', reason: 'demo' })
    story.against('staging', 'bake').settle()
    expect(story.live('staging')).toBe(2)
    expect(story.stage('staging').stuck?.reason).toContain('pinned')
  })

  test('the machine stops at a release that a person accepted', () => {
    const story = new Story().shipped({}).merge().settle()
    story.person({ type: 'accept', stage: 'staging', release: 2, reason: 'fine', tick: 0 })
    story.against('staging', 'bake').settle()
    expect(story.live('staging')).toBe(2)
  })
})

describe('a rollout that fails', () => {
  test('goes back to what the stage served before, and rejects its only change', () => {
    const story = new Story().shipped({}).merge().settle().ownServed('staging').baked('staging').settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    story.against('production', 'rollout').settle()
    expect(story.live('production')).toBe(1)
    expect(story.stage('production').rollout).toBeNull()
    expect(story.state.releases[2]?.rejected).not.toBeNull()
    expect(
      story
        .stage('production')
        .plan.arms.filter((arm) => arm.weightPercent > 0)
        .map((arm) => arm.release),
    ).toEqual([1])
  })

  test('closes production but not staging, which runs the change already', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
      .against('production', 'rollout')
      .settle()
    story.merge({ fixes: ['#2'] }).settle()
    expect(story.live('staging')).toBe(3)
    story.ownServed('staging').baked('staging').soaked('production')
    expect(story.live('production')).toBe(3)
  })

  test('a verdict about a rollout that is over adds nothing', () => {
    const story = new Story().shipped({}).merge().settle().ownServed('staging').baked('staging').settle()
    const late = story.stage('production').rollout?.rollout ?? 0
    story.against('production', 'rollout').settle()
    const before = story.events.length
    story.found('production', {
      found: 'against',
      release: 2,
      during: 'rollout',
      rollout: late,
      what: 'late',
      cause: 'verdict',
      alone: true,
    })
    expect(story.events.length).toBe(before)
  })

  test('of a failing check counts against the release', () => {
    const check = { check: 'smoke', kind: 'command', command: 'true', when: 'entry', limitMs: 1 } as const
    const story = new Story(service([stage('staging', { bake: BAKE, checks: [check] })])).merge().settle()
    expect(story.live('staging')).toBe(1)
    story.merge().report({
      type: 'report-build-done',
      release: 2,
      attempt: 1,
      artifact: 'sha256-2',
      run: service().run,
      sizeBytes: 1,
    })
    story.ownServed('staging')
    story.report({ type: 'enter', stage: 'staging', release: 2, tick: 0 })
    story.report({
      type: 'report-fleet',
      stage: 'staging',
      release: 2,
      count: 2,
      instances: [
        { id: 'a', host: 'h', port: 1 },
        { id: 'b', host: 'h', port: 2 },
      ],
      askedAt: story.state.version,
    })
    expect(story.stage('staging').rollout?.phase).toBe('checking')
    story
      .report({
        type: 'report-check',
        stage: 'staging',
        release: 2,
        rollout: 2,
        step: 0,
        check: 'smoke',
        passed: false,
        message: 'no',
        tick: 0,
      })
      .settle()
    expect(story.live('staging')).toBe(1)
    expect(story.state.releases[2]?.rejected).not.toBeNull()
  })

  test('of instances that never get well counts against the release; the first release leaves the stage empty', () => {
    const story = new Story().merge().report({
      type: 'report-build-done',
      release: 1,
      attempt: 1,
      artifact: 'sha256-1',
      run: service().run,
      sizeBytes: 1,
    })
    story.report({ type: 'enter', stage: 'staging', release: 1, tick: 0 })
    story
      .report({
        type: 'report-fleet-failed',
        stage: 'staging',
        release: 1,
        rollout: 1,
        step: 0,
        cause: 'health',
        message: 'never',
        tick: 0,
      })
      .settle()
    expect(story.live('staging')).toBeUndefined()
    expect(story.state.releases[1]?.rejected).not.toBeNull()
    expect(story.stage('staging').plan.arms).toEqual([])
    // The routers were told of the place, so that they answer for it.
    expect(story.stage('staging').plan.generation).toBeGreaterThan(0)
  })
})

describe('revert chains (2.7)', () => {
  test('a revert that was reverted is no longer in force; reverted in turn, it is again', () => {
    const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle()
    story.merge({ revertsCommits: [sha(2)] }, { revertsCommits: [sha(3)] }, { revertsCommits: [sha(4)] })
    expect(blockedBy(story.state, 3, 'staging')).toEqual([])
    expect(blockedBy(story.state, 4, 'staging')).toEqual([2])
    expect(blockedBy(story.state, 5, 'staging')).toEqual([])
  })

  test('a revert through a pull request counts, a bare "fixes" elsewhere does not', () => {
    const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle()
    story.merge({}, { revertsPullRequests: [102] })
    expect(blockedBy(story.state, 3, 'staging')).toEqual([2])
    expect(blockedBy(story.state, 4, 'staging')).toEqual([])
  })

  test('a person takes a rejection back, and all is free', () => {
    const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle().merge()
    story.person({ type: 'unreject', release: 2, reason: 'flaky network' }).settle()
    expect(story.live('staging'), 'in order').toBe(2)
    story.ownServed('staging').settle()
    expect(story.live('staging')).toBe(3)
  })
})

describe('a rejection during a rollout', () => {
  const rolling2 = (): Story =>
    new Story().shipped({}).merge().settle().ownServed('staging').baked('staging').settle()

  test('by a person takes it back, and blames nothing else', () => {
    const story = rolling2().person({ type: 'reject', release: 2, reason: 'wrong price' }).settle()
    expect([story.live('production'), story.stage('production').rollout]).toEqual([1, null])
    expect(story.stage('production').marks[2]?.against).toBeNull()
  })

  test('that a lock leaves behind takes its suspect back', () => {
    const story = rolling2().person({
      type: 'lock',
      stage: 'production',
      id: 'l',
      owner: 'anna',
      reason: 'r',
      forMs: 1e7,
      incident: null,
      suspect: undefined,
    })
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
    expect([story.live('production'), story.stage('production').rollout]).toEqual([1, null])
    expect(story.state.releases[2]?.rejected?.reason).toContain('anna')
  })

  test('goes back through a lock that still stands', () => {
    const story = rolling2()
    const lock = { owner: 'anna', reason: 'r', forMs: 1e7, incident: null, suspect: null }
    story.person({ type: 'lock', stage: 'production', id: 'l', ...lock })
    story.person({ type: 'reject', release: 2, reason: 'wrong price' }).settle()
    expect(story.stage('production').rollout).toBeNull()
  })
})

describe('a rollback by a person', () => {
  const live8 = (): Story => new Story().shipped({}, {}, {})

  test('goes back at once, through a lock, and pins', () => {
    const story = live8()
    story.person({
      type: 'lock',
      stage: 'production',
      id: 'l',
      owner: 'anna',
      reason: 'r',
      forMs: 1e7,
      incident: null,
      suspect: null,
    })
    story.person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').pin).not.toBeNull()
  })

  test('nothing enters a pinned stage; unpin alone brings nothing back', () => {
    const story = live8().person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    story.person({ type: 'unpin', stage: 'production', reason: 'over' }).settle()
    expect(story.live('production')).toBe(2)
  })

  test('the next new release carries what was taken out, and it counts as uncleared again', () => {
    const story = live8().person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    expect(story.stage('production').marks[3]).toMatchObject({ cleared: null, takenOut: 'person' })
    story.person({ type: 'unpin', stage: 'production', reason: 'over' })
    story.merge().settle().ownServed('staging').baked('staging').soaked('production')
    expect(story.live('production')).toBe(4)
  })

  test('a person may retry what was taken out', () => {
    const story = live8().person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    story.person({ type: 'unpin', stage: 'production', reason: 'over' })
    story.person({ type: 'retry', release: 3, stage: 'production' }).soaked('production')
    expect(story.live('production')).toBe(3)
  })

  test('goes to any release that was served and is kept, and refuses others with the list', () => {
    const story = live8().merge().settle()
    const notKept = story.refused({ type: 'rollback', stage: 'production', to: 4, reason: 'r', tick: 0 })
    expect(notKept.code).toBe('rollback/not-kept')
    expect(notKept.text).toContain('#2 or #1')
    expect(story.refused({ type: 'rollback', stage: 'production', to: 9, reason: 'r', tick: 0 }).code).toBe(
      'release/unknown',
    )
    expect(story.refused({ type: 'rollback', stage: 'production', to: 3, reason: 'r', tick: 0 }).code).toBe(
      'rollback/live',
    )
    story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'r', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
  })

  test('abort ends the rollout under way, goes back and pins', () => {
    const story = live8().merge().settle().ownServed('staging').baked('staging').settle()
    expect(story.stage('production').rollout?.release).toBe(4)
    story.person({ type: 'abort', stage: 'production', reason: 'looks bad', tick: 0 }).settle()
    expect([story.live('production'), story.stage('production').rollout]).toEqual([3, null])
    expect(story.stage('production').pin).not.toBeNull()
    expect(story.state.releases[4]?.rejected).toBeNull()
  })

  test('abort without a rollout is refused', () => {
    expect(live8().refused({ type: 'abort', stage: 'production', reason: 'r', tick: 0 }).code).toBe(
      'abort/nothing-under-way',
    )
  })

  test('unpin with a culprit rejects it', () => {
    const story = live8().person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    story.person({ type: 'unpin', stage: 'production', culprit: 3, reason: 'it was this' })
    expect(story.state.releases[3]?.rejected).not.toBeNull()
    story.merge().settle().ownServed('staging').baked('staging').settle()
    expect(story.live('production')).toBe(2)
  })
})

describe('a watch after 100 % (2.9)', () => {
  const watched = service([STAGING, { ...PRODUCTION, watchMs: 60_000 }])

  test('a verdict goes back to the release before and rejects the change', () => {
    const story = new Story(watched).shipped({}, {}).against('production', 'watch').settle()
    expect(story.live('production')).toBe(1)
    expect(story.state.releases[2]?.rejected).not.toBeNull()
  })

  test('a verdict aborts the rollout under way first', () => {
    const story = new Story(watched)
      .shipped({}, {})
      .merge()
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
    expect(story.stage('production').rollout?.release).toBe(3)
    story.against('production', 'watch').settle()
    expect([story.live('production'), story.stage('production').rollout]).toEqual([1, null])
  })

  test('the machine never goes back twice in production', () => {
    const story = new Story(watched).shipped({}, {}, {}).against('production', 'watch').settle()
    expect(story.live('production')).toBe(2)
    story
      .found('production', {
        found: 'against',
        release: 2,
        during: 'watch',
        rollout: null,
        what: 'still',
        cause: 'verdict',
        alone: true,
      })
      .settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').stuck).not.toBeNull()
  })

  test('the release a rollback goes to stays warm', () => {
    const story = new Story(watched).shipped({}, {})
    expect(story.stage('production').fleets[1]?.count).toBe(2)
    expect(story.stage('production').plan.arms.map((arm) => [arm.release, arm.weightPercent])).toEqual([
      [1, 0],
      [2, 100],
    ])
  })

  test('what a person took out is not kept warm: nothing would go back to it by itself', () => {
    const story = new Story(watched).shipped({}, {}, {})
    story.person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').plan.arms.map(({ release }) => release)).toEqual([1, 2])
  })
})

test('a milestone found just before a rollback clears nothing after it', () => {
  const story = new Story().shipped({}).merge().settle()
  story.person({ type: 'rollback', stage: 'staging', reason: 'customers call', tick: 3 })
  expect([story.live('staging'), story.stage('staging').rollout?.direction]).toEqual([2, 'back'])
  const place = story.events.length
  story.ownServed('staging').baked('staging')
  expect(story.typesSince(place)).toEqual([])
})

test('what a person took out stays out, though it was once allowed in again', () => {
  const story = new Story(service([STAGING])).shipped({}, {}).merge().settle()
  story
    .person({ type: 'reject', release: 2, reason: 'it looks bad' })
    .person({ type: 'unreject', release: 2, reason: 'it was the network' })
    .against('staging', 'bake')
    .settle()
  expect(story.live('staging')).toBe(2)
  story
    .person({ type: 'rollback', stage: 'staging', reason: 'customers call', tick: 1 })
    .settle()
    .person({ type: 'unpin', stage: 'staging', reason: 'over' })
    .settle()
  expect(story.live('staging')).toBe(1)
})
