// Many versions live at once: tracks that people move, rules that lead to them, and what each of them keeps running.
import { describe, expect, test } from 'vitest'
import { due } from './due.ts'
import { evolve } from './evolve.ts'
import type { ServiceEvent } from './event.ts'
import { artifactsToKeep, RELEASES_KEPT } from './forget.ts'
import { initialService } from './state.ts'
import { change, PRODUCTION, service, stage, STAGING, Story } from './testing/story.ts'
import { KEEP_WARM_MS } from './track-state.ts'

const P = { stage: 'production' } as const
const set = (track: string, release: number) =>
  ({ type: 'set-track', ...P, track, release, reason: 'to try it' }) as const
const lock = (allTracks: boolean) =>
  ({
    type: 'lock',
    ...P,
    id: 'l1',
    owner: 'anna',
    reason: 'a launch',
    forMs: 60_000,
    incident: null,
    suspect: null,
    allTracks,
  }) as const

/** #1 and #2 are shipped, #3 waits in staging. */
function three(): Story {
  return new Story().shipped({}, {}).merge().settle()
}

function shares(story: Story, track: string): readonly string[] {
  const known = story.stage('production').plan.tracks?.find((one) => one.track === track)
  return (known?.shares ?? []).map(({ release, weightPercent }) => `#${release} ${weightPercent}%`)
}

const counts = (story: Story) =>
  Object.fromEntries(
    Object.entries(story.stage('production').fleets).map(([release, { count }]) => [release, count]),
  )

describe('a track', () => {
  test('leads to any release that is built, whatever the pipeline says of it', () => {
    const story = three().person(set('experimental', 3)).settle()
    expect(story.live('production')).toBe(2)
    expect(shares(story, 'experimental')).toEqual(['#3 100%'])
    expect(counts(story)[3]).toBe(1)
    const arms = story.stage('production').plan.arms
    expect(arms.find(({ release }) => release === 3)?.weightPercent).toBe(0)
    expect(arms.reduce((sum, { weightPercent }) => sum + weightPercent, 0)).toBe(100)
  })

  test('moves its people only when the new release is there, and not before', () => {
    const story = three().person(set('beta', 2)).settle().person(set('beta', 3))
    const place = story.events.length
    expect(shares(story, 'beta')).toEqual(['#2 100%'])
    story.settle()
    expect(shares(story, 'beta')).toEqual(['#3 100%'])
    expect(story.typesSince(place)).toEqual(['fleet-changed', 'traffic-shifted'])
  })

  test('stays where it is when the new release never gets well, and tells once', () => {
    const story = three().person(set('beta', 2)).settle().person(set('beta', 3))
    const ill = { type: 'report-track-fleet', ...P, release: 3, message: 'it ends by itself' } as const
    story.report(ill).report(ill)
    expect(story.events.filter(({ type }) => type === 'track-troubled')).toHaveLength(1)
    expect(story.stage('production').routes.tracks['beta']?.trouble?.message).toBe('it ends by itself')
    expect(
      due(story.state, story.now).some((intent) => intent.do === 'scale' && intent.fleet.release === 3),
    ).toBe(true)
    expect(shares(story, 'beta')).toEqual(['#2 100%'])
    story.settle()
    expect(story.stage('production').routes.tracks['beta']).toMatchObject({ trouble: null, release: 3 })
  })

  test('is undone at once while what it led to is warm, and later too', () => {
    const story = three().person(set('beta', 1)).settle().person(set('beta', 3)).settle()
    const place = story.events.length
    story.person({ type: 'undo-track', ...P, track: 'beta', reason: 'it flickers' }).settle()
    expect(shares(story, 'beta')).toEqual(['#1 100%'])
    expect(story.typesSince(place)).toEqual(['track-set', 'traffic-shifted'])
    story.now += KEEP_WARM_MS
    story.settle()
    expect(counts(story)[3]).toBeUndefined()
    story.person({ type: 'undo-track', ...P, track: 'beta', reason: 'it was not that' }).settle()
    expect(shares(story, 'beta')).toEqual(['#3 100%'])
    expect(story.stage('production').routes.tracks['beta']?.history.map(({ release }) => release)).toEqual([
      1, 3, 1,
    ])
  })

  test('keeps its release running and its artifact kept, however far the pipeline goes on', () => {
    const story = three().person(set('beta', 1)).settle()
    for (let n = 0; n < RELEASES_KEPT + 5; n += 1) story.shipped({})
    expect(counts(story)[1]).toBeGreaterThan(0)
    expect(story.state.releases[1]?.build.state).toBe('done')
    expect(artifactsToKeep(story.state).has('sha256-1')).toBe(true)
    expect(shares(story, 'beta')).toEqual(['#1 100%'])
    story.person({ type: 'remove-track', ...P, track: 'beta', reason: 'over' }).settle()
    expect(counts(story)[1]).toBeGreaterThan(0)
    story.now += KEEP_WARM_MS
    story.settle()
    expect(counts(story)[1]).toBeUndefined()
    expect(story.shipped({}).state.releases[1]).toBeUndefined()
  })

  test('takes a share of its people first, and the rest on a further word', () => {
    const story = three().person(set('beta', 2)).settle()
    story.person({ ...set('beta', 3), percent: 20 }).settle()
    expect(shares(story, 'beta')).toEqual(['#2 80%', '#3 20%'])
    story.person({ ...set('beta', 3), percent: 60 }).settle()
    expect(shares(story, 'beta')).toEqual(['#2 40%', '#3 60%'])
    story.person(set('beta', 3)).settle()
    expect(shares(story, 'beta')).toEqual(['#3 100%'])
  })

  test('is pushed to while stable ramps, and neither waits for the other', () => {
    const story = three().ownServed('staging').baked('staging').settle()
    expect(story.stage('production').rollout?.phase).toBe('soaking')
    for (const release of [3, 2, 1, 3, 2]) story.person(set('experimental', release)).settle()
    expect(story.stage('production').rollout).toMatchObject({ release: 3, step: 0, phase: 'soaking' })
    expect(shares(story, 'experimental')).toEqual(['#2 100%'])
    expect(story.soaked('production').live('production')).toBe(3)
  })

  test('follows the newest release that passed a stage, forward only, until a person moves it', () => {
    const story = three()
    story.person({ type: 'follow-track', ...P, track: 'next', passed: 'staging' }).settle()
    expect(shares(story, 'next')).toEqual(['#2 100%'])
    story.ownServed('staging').baked('staging').settle()
    expect(shares(story, 'next')).toEqual(['#3 100%'])
    story.person(set('next', 1)).settle()
    expect(story.stage('production').routes.tracks['next']?.follows).toBeNull()
    expect(shares(story, 'next')).toEqual(['#1 100%'])
  })

  test('that follows is not moved to what a person rejected', () => {
    const story = three()
      .person({ type: 'follow-track', ...P, track: 'next', passed: 'staging' })
      .settle()
    story.person({ type: 'reject', release: 3, reason: 'no' }).settle()
    story.ownServed('staging').baked('staging').settle()
    expect(shares(story, 'next')).toEqual(['#2 100%'])
  })

  test('stays open under a lock, unless the lock is for all tracks', () => {
    expect(three().person(lock(false)).tries(set('beta', 3))).toBeUndefined()
    const story = three().person(set('beta', 2)).settle().person(lock(true))
    expect(story.refused(set('beta', 3)).code).toBe('track/locked')
    expect(story.refused({ type: 'undo-track', ...P, track: 'beta', reason: 'x' }).code).toBe(
      'track/no-history',
    )
    expect(story.refused({ type: 'follow-track', ...P, track: 'beta', passed: 'staging' }).code).toBe(
      'track/locked',
    )
  })

  test('never is stable, unbuilt, unknown, or in a stage that replaces what it runs', () => {
    const story = three()
    expect(story.refused(set('stable', 3)).code).toBe('track/stable')
    expect(story.refused(set('beta', 9)).code).toBe('release/unknown')
    expect(story.merge().refused(set('beta', 4)).code).toBe('track/not-built')
    expect(story.refused({ ...set('beta', 3), percent: 20 }).code).toBe('track/nothing-to-share-with')
    const replacing = stage('production', { rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }] })
    const other = new Story(service([STAGING, replacing])).shipped({}).merge().settle()
    expect(other.refused(set('beta', 2)).code).toBe('track/one-at-a-time')
  })

  test('keeps its stage in the configuration', () => {
    const story = new Story(service([STAGING, PRODUCTION, stage('canary')])).merge().settle()
    story.person({ ...set('beta', 1), stage: 'canary' })
    expect(story.refused({ type: 'configure', definition: service([STAGING, PRODUCTION]) }).code).toBe(
      'config/stage-in-use',
    )
  })
})

describe('a rule', () => {
  const acme = { attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } } as const
  const add = {
    type: 'add-route',
    ...P,
    when: [acme],
    percent: 100,
    forMs: 7_200_000,
    reason: 'a bug',
  } as const

  test('is in force with the next acknowledged plan, and ends by itself', () => {
    const story = three().person({ ...add, to: { release: 3 } })
    expect(due(story.state, story.now).some(({ do: kind }) => kind === 'route')).toBe(true)
    story.settle()
    const { plan, routes } = story.stage('production')
    expect(plan.rulesAt).toBe(routes.rulesAt)
    expect(counts(story)[3]).toBe(1)
    story.now += 7_200_000
    story.settle()
    expect(story.stage('production').routes.rules).toEqual([])
    expect(story.stage('production').plan.rulesAt).toBe(story.stage('production').routes.rulesAt)
    story.now += KEEP_WARM_MS
    expect(counts(story.settle())[3]).toBeUndefined()
  })

  test('for one customer must say when it ends', () => {
    expect(three().refused({ ...add, to: { release: 3 }, forMs: null }).code).toBe('route/no-end')
    const plan = { attribute: { from: 'header', name: 'x-plan' }, test: { op: 'is', value: 'free' } } as const
    expect(three().tries({ ...add, when: [plan], to: { release: 3 }, forMs: null })).toBeUndefined()
  })

  test('keeps its place and its salt when it is edited, so that growing it moves nobody out', () => {
    const story = three().person(set('beta', 3)).settle()
    story.person({ ...add, to: { track: 'beta' }, percent: 10 })
    story.person({ ...add, to: { track: 'beta' }, before: 'r1' })
    story.person({ type: 'edit-route', ...P, route: 'r1', percent: 20 })
    const rules = story.stage('production').routes.rules
    expect(rules.map(({ id, salt, percent }) => [id, salt, percent])).toEqual([
      ['r2', 'r2', 100],
      ['r1', 'r1', 20],
    ])
  })

  test('has a number that is never used again', () => {
    const story = three().person({ ...add, to: { release: 2 } })
    story.person({ type: 'remove-route', ...P, route: 'r1', reason: 'wrong' })
    story.person({ ...add, to: { release: 2 } })
    expect(story.stage('production').routes.rules.map(({ id }) => id)).toEqual(['r2'])
    expect(story.refused({ type: 'remove-route', ...P, route: 'r1', reason: 'x' }).code).toBe('route/unknown')
  })

  test('moves nobody under a lock of all tracks', () => {
    const story = three().person(lock(true))
    expect(story.refused({ ...add, to: { track: 'stable' } }).code).toBe('track/locked')
  })
})

test('a stream from before there were tracks folds into a stage without any', () => {
  const story = three()
  const old = story.events.map((event): ServiceEvent => JSON.parse(JSON.stringify(event)))
  const state = old.reduce(evolve, initialService)
  expect(state).toEqual(story.state)
  expect(story.events.every((event) => !('tracks' in event) && !('rulesAt' in event))).toBe(true)
})

describe('a version off the line', () => {
  const deploy = (number: number, track = 'experimental') =>
    ({
      type: 'deploy',
      ...P,
      track,
      change: change(number),
      label: 'anna/fix@3f2a1',
      reason: 'to try it',
    }) as const

  test('is built and goes to its track, never to stable, and the line goes on as before', () => {
    const story = new Story().shipped({}, {}, {}).person(deploy(70)).settle()
    expect(shares(story, 'experimental')).toEqual(['#900000001 100%'])
    expect(story.state.releases[900_000_001]?.origin).toEqual({ kind: 'off-line', label: 'anna/fix@3f2a1' })
    expect(story.shipped({}).live('production')).toBe(4)
    expect(shares(story, 'experimental')).toEqual(['#900000001 100%'])
    expect(story.events.some((event) => event.type === 'rollout-started' && event.release > 10)).toBe(false)
  })

  test('stays in the making while it is built, and whoever is on the track stays where they are', () => {
    const story = three().person(set('experimental', 2)).settle().person(deploy(70))
    expect(story.stage('production').routes.awaited).toMatchObject([{ release: 900_000_001 }])
    story.report({ type: 'report-build-started', release: 900_000_001, attempt: 1 })
    story.report({
      type: 'report-build-failed',
      release: 900_000_001,
      attempt: 1,
      fault: 'code',
      message: 'it does not compile',
    })
    story.settle()
    expect(story.stage('production').routes.awaited).toEqual([])
    expect(story.events.at(-1)).toMatchObject({ type: 'deploy-ended', message: 'it does not compile' })
    expect(shares(story, 'experimental')).toEqual(['#2 100%'])
    expect(story.refused(deploy(70)).code).toBe('deploy/build-failed')
  })

  test('is built once, and a commit of the line is the release it is', () => {
    const story = three().person(deploy(70)).settle().person(deploy(70, 'beta')).settle()
    expect(shares(story, 'beta')).toEqual(['#900000001 100%'])
    story.person(deploy(2, 'old')).settle()
    expect(shares(story, 'old')).toEqual(['#2 100%'])
    expect(story.refused(deploy(2, 'old')).code).toBe('track/already')
    expect(story.refused(deploy(71, 'stable')).code).toBe('track/stable')
  })

  test('keeps its own artifact and none of the old ones of the line', () => {
    const story = three().person(deploy(70)).settle()
    for (let n = 0; n < 30; n += 1) story.shipped({})
    const kept = artifactsToKeep(story.state)
    expect(kept.has('sha256-900000001')).toBe(true)
    expect(kept.has('sha256-1')).toBe(false)
  })
})
