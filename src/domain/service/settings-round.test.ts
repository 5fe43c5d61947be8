// A changed setting by the lane of a hotfix or an emergency (behaviour 4.5 and section 3).
import { describe, expect, test } from 'vitest'
import { releaseName } from '../release-number.ts'
import type { SettingsRound } from './command.ts'
import { describe as sentence } from './describe.ts'
import { due } from './due.ts'
import { plainOf, settingsInForce, settingsOf, type Setting } from './settings.ts'
import { PRODUCTION, service, stage, STAGING, STEPS, Story } from './testing/story.ts'

const plain = (value: string): Setting => ({ kind: 'plain', value })
const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const

function set(value: string, round?: Partial<SettingsRound>, name = 'COLOUR') {
  return {
    type: 'set-settings',
    stage: 'production',
    changes: [{ name, setting: plain(value) }],
    reason: 'the shop is grey',
    ...(round ? { round: { lane: 'hotfix' as const, locks: [], tick: 0, ...round } } : {}),
  } as const
}

function given(story: Story): unknown {
  const { live } = story.stage('production')
  return live ? plainOf(settingsOf(story.stage('production'), live.release)) : undefined
}

function lock(story: Story, more: { readonly hard?: boolean; readonly id?: string } = {}): Story {
  const { id = 'l1', hard = false } = more
  const words = { owner: 'bob', reason: 'customers call', forMs: 3_600_000, incident: null, suspect: null }
  return story.person({ type: 'lock', stage: 'production', id, hard, ...words })
}

describe('settings as a hotfix', () => {
  test('are the live release once more, by every step and without soak', () => {
    const story = new Story().shipped().person(set('red', {})).settle()
    const live = story.live('production') ?? 0
    expect(releaseName(live)).toBe('#1+1')
    expect(given(story)).toEqual({ COLOUR: 'red' })
    const started = story.events.findLast(({ type }) => type === 'rollout-started')
    expect(started).toMatchObject({
      lane: 'hotfix',
      steps: STEPS.map(({ kind, percent }) => ({ kind, percent, soakMs: 0 })),
    })
    expect(story.stage('production').wayRound).toBeNull()
    expect(due(story.state, story.now)).toEqual([])
  })

  test('pass a closed window and a pin, which stays', () => {
    const closed = { days: [], fromMinute: 0, toMinute: 720, zone: 'UTC', closedOn: [] }
    const story = new Story().shipped()
    story.person({
      type: 'configure',
      definition: service([STAGING, { ...PRODUCTION, window: closed }]),
    })
    story.person(set('red')).person({ type: 'pin', stage: 'production', reason: 'a demonstration' }).settle()
    expect(given(story), 'as usual they wait').toEqual({})
    story.person(set('blue', {})).settle()
    expect(given(story)).toEqual({ COLOUR: 'blue' })
    expect(story.stage('production').pin).not.toBeNull()
  })

  test('pass a lock by its name, and its owner is told; never a hard one', () => {
    const story = lock(new Story().shipped())
    expect(story.refused(set('red', {})).code).toBe('gate/locked')
    story.person(set('red', { locks: ['l1'] })).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
    expect(story.events.find(({ type }) => type === 'lock-passed')).toMatchObject({ owner: 'bob' })
    const hard = lock(new Story().shipped(), { hard: true })
    expect(hard.refused(set('red', { locks: ['l1'] })).code).toBe('gate/locked-hard')
  })

  test('that are refused change nothing: not even for the next release', () => {
    const story = lock(new Story().shipped())
    story.refused(set('red', {}))
    expect(settingsInForce(story.stage('production').settings).version).toBe(0)
  })

  test('without a reason are refused', () => {
    const story = new Story().shipped()
    expect(story.refused({ ...set('red', {}), reason: ' ' }).code).toBe('round/needs-reason')
  })

  test('ask for the approval that the stage asks for', () => {
    const approve = { by: ['anna'], n: 1, own: true, byHand: false }
    const story = new Story().shipped()
    story.person({ type: 'configure', definition: service([STAGING, { ...PRODUCTION, approve }]) })
    story.person(set('red', {})).settle()
    expect(story.stage('production').rollout).toBeNull()
    const release = story.stage('production').wayRound?.release ?? 0
    story.person({ type: 'approve', stage: 'production', release }).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
  })

  test('are what an approval without a name is of, whatever was set since', () => {
    const approve = { by: ['anna'], n: 1, own: true, byHand: false }
    const story = new Story().shipped()
    story.person({ type: 'configure', definition: service([STAGING, { ...PRODUCTION, approve }]) })
    story
      .person(set('red', {}))
      .person(set('l', undefined, 'SIZE'))
      .settle()
    story.person({ type: 'approve', stage: 'production' }).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
    story.ownServed('production').settle()
    story.person({ type: 'approve', stage: 'production' }).settle().soaked('production')
    expect(given(story)).toEqual({ COLOUR: 'red', SIZE: 'l' })
  })

  test('need no second yes where their version was approved before it took the lane', () => {
    const approve = { by: ['anna'], n: 1, own: true, byHand: false }
    const story = lock(new Story().shipped())
    story.person({ type: 'configure', definition: service([STAGING, { ...PRODUCTION, approve }]) })
    story.person(set('red')).person({ type: 'approve', stage: 'production' }).settle()
    story.person(set('red', { locks: ['l1'] })).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
  })

  test('end the rollout under way first, which comes again; or follow the one that is kept', () => {
    const rolling = (): Story =>
      new Story().shipped().merge().settle().ownServed('staging').baked('staging').settle()
    const story = rolling()
    expect(story.stage('production').rollout?.release).toBe(2)
    story.person(set('red', {})).settle()
    expect(releaseName(story.live('production') ?? 0)).toBe('#1+1')
    expect(story.settle().soaked('production').live('production')).toBe(2)
    expect(given(story)).toEqual({ COLOUR: 'red' })

    const kept = rolling()
    kept
      .person(set('red', { keeps: 2 }))
      .soaked('production')
      .settle()
    expect(releaseName(kept.live('production') ?? 0)).toBe('#2+1')
    expect(given(kept)).toEqual({ COLOUR: 'red' })
  })

  test('take along what was set before and still waits, and say so', () => {
    const story = lock(new Story().shipped()).person(set('l', undefined, 'SIZE'))
    story.person(set('red', { locks: ['l1'] }))
    const opened = story.events.find(({ type }) => type === 'way-round-opened')
    expect(opened && sentence(opened)).toContain('along go SIZE (set before)')
    expect(story.settle().stage('production').live).not.toBeNull()
    expect(given(story)).toEqual({ COLOUR: 'red', SIZE: 'l' })
  })

  test('that were set already, and wait, are sent on; that are given already are refused', () => {
    const story = lock(new Story().shipped()).person(set('red')).settle()
    expect(given(story)).toEqual({})
    story.person(set('red', { locks: ['l1'] })).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
    expect(story.refused(set('red', { locks: ['l1'] })).code).toBe('settings/unchanged')
  })

  test('bring what they were made with, and not what was set while they waited', () => {
    const story = lock(new Story().shipped())
    story.person(set('red', { locks: ['l1'] }))
    lock(story, { id: 'l2' }).settle()
    expect(story.stage('production').rollout, 'a lock that nobody named').toBeNull()
    story.person(set('l', undefined, 'SIZE'))
    story.person({ type: 'unlock', stage: 'production', lock: 'l2', incidentClosed: false }).settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
    story.person({ type: 'unlock', stage: 'production', lock: 'l1', incidentClosed: false })
    story.settle().soaked('production')
    expect(given(story)).toEqual({ COLOUR: 'red', SIZE: 'l' })
  })

  test('judged bad are rolled back and out until they are set again', () => {
    const story = new Story().shipped().person(set('red', {}))
    while (story.stage('production').rollout?.phase !== 'shifting') story.turn(0)
    story.against('production', 'rollout').settle()
    expect(story.live('production')).toBe(1)
    expect(settingsInForce(story.stage('production').settings).version).toBe(0)
    expect(story.stage('production').rollout).toBeNull()
    expect(given(story.person(set('red', {})).settle())).toEqual({ COLOUR: 'red' })
  })

  test('called off on their way are out until they are set again', () => {
    const story = lock(new Story().shipped()).person(set('red', { locks: ['l1'] }))
    lock(story, { id: 'l2' }).settle()
    story.person({ type: 'abort', stage: 'production', reason: 'not that red', tick: 0 })
    expect(story.stage('production').wayRound).toBeNull()
    for (const id of ['l1', 'l2'])
      story.person({ type: 'unlock', stage: 'production', lock: id, incidentClosed: false })
    story.settle()
    expect(given(story)).toEqual({})
  })

  test('pass the checks of their stage, and none of an earlier one: they are not set there', () => {
    const pipeline = service([
      { ...STAGING, checks: [check] },
      { ...PRODUCTION, checks: [check] },
    ])
    const story = new Story(pipeline).shipped()
    const place = story.events.length
    story.person(set('red', {})).settle()
    const checked = story.events.slice(place).filter(({ type }) => type === 'check-passed')
    expect(checked).toMatchObject([{ stage: 'production', check: 'smoke' }])
    expect(story.typesSince(place)).not.toContain('beside-started')
    expect(given(story)).toEqual({ COLOUR: 'red' })
  })

  test('into a stage that runs nothing are refused: they are there for what comes first', () => {
    const story = new Story().merge()
    expect(story.refused(set('red', {})).code).toBe('round/nothing-live')
    expect(story.refused(set('red', { keeps: 9 })).code).toBe('round/nothing-live')
  })

  test('upon a rollout that is not there, or while something goes round already, are refused', () => {
    const story = lock(new Story().shipped({}, {}))
    expect(story.refused(set('red', { keeps: 1, locks: ['l1'] })).code).toBe('round/not-there')
    story.person(set('red', { locks: ['l1'] }))
    lock(story, { id: 'l2' })
    expect(story.refused(set('blue', { locks: ['l1', 'l2'] })).code).toBe('round/under-way')
  })
})

describe('settings as an emergency', () => {
  test('pass a hard lock by name and every check, at once, and a verdict only calls people', () => {
    const story = new Story(service([STAGING, { ...PRODUCTION, checks: [check] }])).shipped()
    lock(story, { hard: true })
    const place = story.events.length
    story.person(set('red', { lane: 'emergency', locks: ['l1'] })).settle()
    expect(story.typesSince(place)).not.toContain('check-passed')
    expect(given(story)).toEqual({ COLOUR: 'red' })
    story.against('production', 'watch').settle()
    expect(given(story)).toEqual({ COLOUR: 'red' })
    expect(story.stage('production').stuck?.reason).toContain('came as an emergency')
  })
})

test('settings by a lane bring no change of the code along: one that breaks where it bakes holds nothing', () => {
  const story = new Story(service([stage('staging', { bake: STAGING.bake }), PRODUCTION])).shipped()
  story.person(set('red', {})).settle()
  story.merge().settle().against('staging', 'bake').settle()
  expect(story.stage('production').stuck).toBeNull()
})
