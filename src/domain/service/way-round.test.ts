// Hotfix and emergency (behaviour section 3), told as stories.
import { describe, expect, test } from 'vitest'
import { offLineNumber } from '../release-number.ts'
import { concerned, describe as sentence } from './describe.ts'
import { nextUp } from './queue.ts'
import type { ServiceState } from './state.ts'
import { PRODUCTION, service, sha, stage, STAGING, Story } from './testing/story.ts'
import { wantedArms } from './wanted.ts'

const HOTFIX = offLineNumber(1, 1) ?? 0
const FIX = 'c'.repeat(40)
const check = { check: 'smoke', when: 'steps', limitMs: 1_000, kind: 'command', command: 'true' } as const

/** #1 is live everywhere. */
function shop(...changed: Parameters<typeof service>): Story {
  return new Story(service(...changed)).shipped({})
}

function lockOf(story: Story, more: { hard?: boolean } = {}): Story {
  return story.person({
    type: 'lock',
    stage: 'production',
    id: 'l1',
    owner: 'bob',
    reason: 'customers call',
    forMs: 3_600_000,
    incident: null,
    suspect: null,
    ...more,
  })
}

function why(story: Story, name = 'production'): readonly string[] {
  const definition = story.state.definition?.stages.find((one) => one.stage === name)
  if (!story.state.definition || !definition) return []
  return nextUp(story.state, story.state.definition, definition, story.now)?.why.map(({ code }) => code) ?? []
}

function typesOf(state: ServiceState, story: Story, place: number): readonly string[] {
  return [...new Set(story.events.slice(place).map(({ type }) => type))]
}

describe('a hotfix', () => {
  test('takes every step without soak, and is live at once', () => {
    const story = shop()
    story.person(story.hotfix([FIX])).settle()
    expect(story.live('production')).toBe(HOTFIX)
    expect(story.live('staging')).toBe(HOTFIX)
    const steps = story.events.filter(
      (event) => event.type === 'step-started' && event.release === HOTFIX && event.stage === 'production',
    )
    expect(steps).toHaveLength(3)
    expect(story.stage('production').marks[HOTFIX]).toMatchObject({ lane: 'hotfix', cleared: 'skipped' })
  })

  test('passes the checks of an earlier stage beside it, on no track, and its own', () => {
    const story = shop([
      { ...STAGING, checks: [check] },
      { ...PRODUCTION, checks: [check] },
    ])
    story.merge().settle()
    story.person(story.hotfix([FIX]))
    while (!story.stage('staging').beside?.passed.length) story.turn(0)
    const { beside } = story.stage('staging')
    expect(beside?.release).toBe(HOTFIX)
    expect(story.stage('production').rollout).toBeNull()
    const arms = wantedArms({ ...STAGING, checks: [check] }, story.stage('staging'))
    expect(arms.find((arm) => arm.release === HOTFIX)).toMatchObject({ weightPercent: 0 })
    expect(story.live('staging')).toBe(2)
    story.settle()
    expect(story.live('production')).toBe(HOTFIX)
    expect(story.stage('staging').beside).toBeNull()
    expect(story.stage('staging').fleets[HOTFIX], 'its instance is stopped').toBeUndefined()
    const checked = story.events.filter(({ type }) => type === 'check-passed')
    expect(checked.filter((event) => 'release' in event && event.release === HOTFIX)).toHaveLength(3)
  })

  test('that fails a check beside an earlier stage goes nowhere, and frees the way', () => {
    const story = shop([{ ...STAGING, checks: [check] }, PRODUCTION])
    story.person(story.hotfix([FIX]))
    while (!story.stage('staging').fleets[HOTFIX]) story.turn(0)
    story.report({
      type: 'report-beside-check',
      stage: 'staging',
      release: HOTFIX,
      check: 'smoke',
      passed: false,
      message: '500',
    })
    story.settle()
    expect(story.stage('production').wayRound).toBeNull()
    expect(story.live('production')).toBe(1)
    expect(story.stage('staging').fleets[HOTFIX]).toBeUndefined()
    story.merge().settle()
    expect(story.live('staging')).toBe(2)
  })

  test('whose instance never gets well beside an earlier stage goes nowhere', () => {
    const story = shop([{ ...STAGING, checks: [check] }, PRODUCTION])
    story.person(story.hotfix([FIX]))
    while (!story.stage('staging').beside) story.turn(0)
    story.report({ type: 'report-beside-failed', stage: 'staging', release: HOTFIX, message: 'it ends' })
    story.settle()
    expect([story.live('production'), story.stage('production').wayRound]).toEqual([1, null])
  })

  test('that also goes round into the earlier stage, and waits there, is checked beside it once', () => {
    const story = shop([{ ...STAGING, checks: [check] }, PRODUCTION])
    story.person(story.hotfix([FIX])).person(story.hotfix([FIX], { stage: 'staging' }))
    story.person({
      type: 'lock',
      stage: 'staging',
      id: 'l1',
      owner: 'bob',
      reason: 'customers call',
      forMs: 3_600_000,
      incident: null,
      suspect: null,
    })
    story.settle()
    const beside = story.events.filter(({ type }) => type === 'beside-started')
    expect(beside).toMatchObject([{ stage: 'staging', target: 'production' }])
    expect([story.live('production'), story.live('staging')]).toEqual([HOTFIX, 1])
  })

  test('passes a lock only by naming it, and its owner is told', () => {
    const story = lockOf(shop())
    const refusal = story.refused(story.hotfix([FIX]))
    expect(refusal.code).toBe('gate/locked')
    expect(refusal.text).toContain('--pass l1')
    story.person(story.hotfix([FIX], { locks: ['l1'] })).settle()
    expect(story.live('production')).toBe(HOTFIX)
    expect(story.stage('production').locks, 'the lock stands').toHaveLength(1)
    const passed = story.events.find(({ type }) => type === 'lock-passed')
    expect(passed && concerned(story.state, passed)).toEqual(['bob'])
  })

  test('never passes a hard lock, nor one that was set after it was called', () => {
    const hard = lockOf(shop(), { hard: true })
    expect(hard.refused(hard.hotfix([FIX], { locks: ['l1'] })).code).toBe('gate/locked-hard')
    const late = shop()
    late.person(late.hotfix([FIX]))
    lockOf(late).settle()
    expect(late.live('production')).toBe(1)
    late.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
    expect(late.live('production')).toBe(HOTFIX)
  })

  test('a lock set in the middle of its rollout holds its next step', () => {
    const story = shop()
    story.person(story.hotfix([FIX]))
    while (story.stage('production').rollout?.phase !== 'gate') story.turn(0)
    lockOf(story).settle()
    expect(story.stage('production').rollout?.phase).toBe('gate')
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
    expect(story.live('production')).toBe(HOTFIX)
  })

  test('passes a pin, which stays on it, and a closed window', () => {
    const closed = { days: [], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: [] }
    const story = shop([STAGING, { ...PRODUCTION, window: closed }])
    story.person({ type: 'pin', stage: 'production', reason: 'a demonstration' })
    story.person(story.hotfix([FIX])).settle()
    expect(story.live('production')).toBe(HOTFIX)
    expect(story.stage('production').pin?.reason).toBe('a demonstration')
  })

  test('rolls back the rollout under way first: what the stage runs is the baseline', () => {
    const story = shop()
    story.merge().settle().ownServed('staging').baked('staging').settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    const place = story.events.length
    story.person(story.hotfix([FIX])).settle()
    expect(story.live('production')).toBe(HOTFIX)
    const failed = story.events.slice(place).find(({ type }) => type === 'rollout-failed')
    expect(failed).toMatchObject({ release: 2, cause: 'way-round', blames: false })
    expect(story.stage('production').marks[2]?.again, '#2 may come again').toBe(true)
  })

  test('upon what is rolling out keeps that rollout, and follows it', () => {
    const story = shop()
    story.merge().settle().ownServed('staging').baked('staging').settle()
    story.person(story.hotfix([FIX], { keeps: 2 })).settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    story.soaked('production').settle()
    expect(story.live('production')).toBe(offLineNumber(2, 1))
  })

  test('a verdict against it rolls it back and rejects what was taken', () => {
    const story = shop()
    story.merge().settle()
    story.person(story.hotfix([2]))
    while (story.stage('production').rollout?.phase !== 'soaking') story.turn(0)
    story.against('production', 'rollout').settle()
    expect(story.live('production')).toBe(1)
    expect(story.state.releases[2]?.rejected?.reason).toContain('it fails')
  })

  test('beside a rollout that is kept is refused when that holds all of it: it would go back', () => {
    const story = shop([stage('staging'), { ...PRODUCTION, queue: 'latest' }])
    lockOf(story).merge({}, {}).settle()
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false, queue: 'latest' }).settle()
    expect(story.stage('production').rollout?.release).toBe(3)
    const wish = { ...story.hotfix([], { keeps: 3 }), what: { release: 2 } } as const
    expect(story.refused(wish).code).toBe('round/already-live')
  })

  test('of a rejected change is refused, and so is one of what is live already', () => {
    const story = shop()
    story.merge().settle().person({ type: 'reject', release: 2, reason: 'bad' })
    expect(story.refused(story.hotfix([2])).code).toBe('gate/rejected')
    const live = shop()
    expect(live.refused(live.hotfix([1])).code).toBe('round/already-live')
    live.person(live.hotfix([FIX])).settle()
    expect(live.refused({ ...live.hotfix([FIX]), what: { release: HOTFIX } }).code).toBe('round/already-live')
  })

  test('of a release of the line lists what goes along', () => {
    const story = shop()
    story.merge({}, {}, {}).settle()
    const wish = story.hotfix([], {})
    story.person({ ...wish, what: { release: 4 } })
    const opened = story.events.find(({ type }) => type === 'way-round-opened')
    expect(opened).toMatchObject({
      along: [
        { release: 2, is: 'unbaked' },
        { release: 3, is: 'unbaked' },
      ],
    })
    story.settle()
    expect(story.live('production')).toBe(4)
  })

  test('says whose checks it goes without: nothing can stand beside what replaces itself', () => {
    const replacing = stage('staging', {
      bake: STAGING.bake,
      checks: [check],
      rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }],
    })
    const story = new Story(service([replacing, PRODUCTION])).shipped({})
    story.person(story.hotfix([FIX])).settle()
    const opened = story.events.find(({ type }) => type === 'way-round-opened')
    expect(opened).toMatchObject({ toCheck: [], notChecked: ['staging'] })
    expect(opened && sentence(opened)).toContain('without the checks of staging')
    expect(story.live('production')).toBe(HOTFIX)
  })

  test('built upon what the stage runs no longer is refused', () => {
    const story = shop()
    const old = story.hotfix([FIX])
    story.shipped({})
    expect(story.refused(old).code).toBe('round/base-moved')
  })

  test('whose build fails closes its way, and the queue goes on', () => {
    const story = shop()
    story.person(story.hotfix([FIX]))
    story.report({
      type: 'report-build-failed',
      release: HOTFIX,
      attempt: 1,
      fault: 'code',
      message: 'no',
    })
    story.settle()
    expect(story.stage('production').wayRound).toBeNull()
    story.shipped({})
    expect(story.live('production')).toBe(2)
  })

  test('is called off by abort while it is on its way, and by a rollback for good', () => {
    const story = shop()
    story.person(story.hotfix([FIX])).person({ type: 'abort', stage: 'production', reason: 'no', tick: 0 })
    expect([story.stage('production').wayRound, story.stage('production').pin]).toEqual([null, null])
    story.shipped({})
    story.person(story.hotfix(['d'.repeat(40)]))
    story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'no', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
    expect(story.stage('production').wayRound).toBeNull()
  })
})

describe('after a hotfix', () => {
  test('nothing that lacks it enters, and says so, until the branch takes it back', () => {
    const story = shop([STAGING, PRODUCTION])
    story.merge().settle()
    story.person(story.hotfix([FIX])).settle()
    story.ownServed('staging').baked('staging').settle()
    expect(story.live('staging'), 'staging runs something newer: nothing is filled in').toBe(2)
    expect(story.live('production')).toBe(HOTFIX)
    expect(nextUp(story.state, service(), PRODUCTION, story.now)).toBeUndefined()
    story
      .merge({ cherryPickedFrom: [FIX] })
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
    expect(story.stage('production').rollout?.release).toBe(3)
    story.soaked('production')
    expect(story.live('production')).toBe(3)
  })

  test('it is brought to an earlier stage that runs something older, and bakes there as usual', () => {
    const story = shop()
    const place = story.events.length
    story.person(story.hotfix([FIX])).settle()
    expect(story.live('staging')).toBe(HOTFIX)
    const entry = story.events
      .slice(place)
      .find((event) => event.type === 'rollout-started' && event.stage === 'staging')
    expect(entry).toMatchObject({ release: HOTFIX, direction: 'forward' })
    expect(story.stage('staging').marks[HOTFIX]?.lane).toBe('normal')
    expect(story.stage('staging').marks[HOTFIX]?.cleared).toBeNull()
  })

  test('a lock of the earlier stage keeps the back-fill waiting', () => {
    const story = shop()
    story.person({
      type: 'lock',
      stage: 'staging',
      id: 'l2',
      owner: 'bob',
      reason: 'a test runs',
      forMs: 3_600_000,
      incident: null,
      suspect: null,
    })
    story.person(story.hotfix([FIX])).settle()
    expect(story.live('staging')).toBe(1)
    expect(why(story, 'staging')).toEqual(['gate/locked'])
  })

  test('a change that went along and breaks where it bakes holds production, and takes nothing back', () => {
    const story = shop()
    story.merge({}, {}).settle()
    story.person({ ...story.hotfix([]), what: { release: 3 } }).settle()
    expect(story.live('production')).toBe(3)
    expect(story.live('staging')).toBe(2)
    story.against('staging', 'bake').settle()
    expect(story.state.releases[2]?.rejected).not.toBeNull()
    expect(story.live('production')).toBe(3)
    expect(story.stage('production').stuck?.reason).toContain('#2 went along into production')
  })
})

describe('an emergency', () => {
  test('takes the newest code through everything that is named, well and nothing else', () => {
    const story = shop([
      { ...STAGING, checks: [check] },
      { ...PRODUCTION, checks: [check] },
    ])
    story.merge({}, {}).settle()
    story.person({ type: 'reject', release: 2, reason: 'bad' })
    lockOf(story, { hard: true })
    expect(story.refused(story.emergency(3)).code).toBe('gate/locked')
    const refusal = story.refused(story.emergency(3, { locks: ['l1'] }))
    expect([refusal.code, refusal.text]).toEqual([
      'gate/rejected',
      "#3 contains #2 (bad), rejected; name each to pass it: --pass '#2'",
    ])
    const place = story.events.length
    story.person(story.emergency(3, { locks: ['l1'], rejected: [2] })).settle()
    expect(story.live('production')).toBe(3)
    expect(typesOf(story.state, story, place)).not.toContain('check-passed')
    expect(story.stage('production').marks[3]).toMatchObject({ lane: 'emergency', cleared: 'unproven' })
  })

  test('a verdict against it calls people, and takes nothing back', () => {
    const story = shop()
    story.merge().settle()
    story.person(story.emergency(2))
    while (story.stage('production').rollout?.phase !== 'shifting') story.turn(0)
    story.against('production', 'rollout').settle()
    expect(story.live('production')).toBe(2)
    expect(story.stage('production').marks[2]?.against).toBe('it fails')
    const watched = shop([STAGING, { ...PRODUCTION, watchMs: 60_000 }])
    watched.merge().settle()
    watched.person(watched.emergency(2)).settle()
    watched.against('production', 'watch').settle()
    expect(watched.live('production')).toBe(2)
    expect(watched.stage('production').stuck?.reason).toContain('came as an emergency')
  })

  test('a crash takes it back', () => {
    const story = shop()
    story.merge().settle()
    story.person(story.emergency(2))
    while (!story.stage('production').rollout) story.turn(0)
    const { rollout } = story.stage('production')
    story.report({
      type: 'report-fleet-failed',
      stage: 'production',
      release: 2,
      rollout: rollout?.rollout ?? 0,
      step: 0,
      cause: 'crash',
      message: 'it ends',
      tick: 0,
    })
    story.settle()
    expect(story.live('production')).toBe(1)
  })

  test('goes on through a hold; a hotfix waits for its end', () => {
    for (const [lane, live] of [
      ['emergency', 2],
      ['hotfix', 1],
    ] as const) {
      const story = shop()
      story.merge().settle()
      story.person({ ...story[lane]([]), what: { release: 2 } })
      while (!story.stage('production').rollout) story.turn(0)
      story.found('production', { found: 'hold', reason: 'no router tells what it sees' }).settle()
      expect(story.live('production'), lane).toBe(live)
    }
  })

  test('of what lacks a hotfix that is live is refused: it would undo it', () => {
    const story = shop()
    story.merge().settle()
    story.person(story.hotfix([sha(77)])).settle()
    expect(story.refused(story.emergency(2)).code).toBe('gate/lacks-live')
  })

  test('one at a time', () => {
    const story = shop()
    story.merge().settle()
    story.person(story.hotfix([sha(77)]))
    expect(story.refused(story.emergency(2)).code).toBe('round/under-way')
  })
})
