// A stage that the configuration shall be without (behaviour 4.5).
import { describe, expect, test } from 'vitest'
import { describe as sentence } from './describe.ts'
import { due } from './due.ts'
import { candidates, liveOrLast, nextUp } from './queue.ts'
import { change, PRODUCTION, service, stage, STAGING, Story } from './testing/story.ts'

const CANARY = stage('canary')
const THREE = service([STAGING, CANARY, PRODUCTION])
const TWO = service([STAGING, PRODUCTION])
const retire = { type: 'retire-stage', stage: 'canary', reason: 'staging does it all' } as const
const without = { type: 'configure', definition: TWO } as const

/** #1 is live in all three. */
function shop(): Story {
  const story = new Story(THREE).merge().settle().ownServed('staging').baked('staging').settle()
  story.soaked('canary').soaked('production')
  expect([story.live('canary'), story.live('production')]).toEqual([1, 1])
  return story
}

function lock(story: Story): Story {
  const words = { owner: 'bob', reason: 'an experiment', forMs: 3_600_000, incident: null, suspect: null }
  return story.person({ type: 'lock', stage: 'canary', id: 'l1', ...words })
}

test('a stage that runs something cannot vanish, and the refusal says what it holds and what helps', () => {
  const story = lock(shop())
  const { code, text } = story.refused(without)
  expect(code).toBe('config/stage-in-use')
  expect(text).toContain('still holds #1, a lock')
  expect(text).toContain("renamedFrom: 'canary'")
  expect(text).toContain('sluice stage retire canary')
})

test('a retired stage lets go of what it runs only after the router has, and may then be taken out', () => {
  const story = shop().person(retire)
  expect(story.live('canary')).toBeUndefined()
  expect(story.stage('canary').fleets[1]?.count, 'nothing is stopped before the router let go').toBe(2)
  const first = due(story.state, story.now).filter(({ do: kind }) => kind !== 'wake')
  expect(first.map(({ do: kind }) => kind)).toEqual(['route'])
  expect(story.refused(without).text).toContain('is being stopped')
  story.settle()
  expect(story.stage('canary').fleets).toEqual({})
  expect(story.stage('canary').plan.arms).toEqual([])
  story.person(without)
  expect(Object.keys(story.state.stages)).toEqual(['staging', 'production'])
})

test('releases go past it once the configuration is without it', () => {
  const story = shop().person(retire).merge().settle().ownServed('staging').baked('staging').settle()
  expect(story.live('canary'), 'nothing enters what is going').toBeUndefined()
  const why = nextUp(story.state, THREE, CANARY, story.now)?.why ?? []
  expect(why.map(({ code }) => code)).toEqual(['gate/retired'])
  expect(why[0]?.text).toContain('retired by anna; it is empty: take it out of the configuration')
  expect(story.live('production')).toBe(1)
  const waits = candidates(story.state, liveOrLast(story.stage('canary')))
  expect(waits, 'what it ran waits for nothing').toEqual([2])
  story.person(without).settle().soaked('production')
  expect(story.live('production')).toBe(2)
})

test('a stage of that name that comes later is a new one, and empty', () => {
  const story = shop().person(retire).settle().person(without)
  story.person({ type: 'configure', definition: THREE })
  expect(story.stage('canary').retired).toBeUndefined()
  expect(story.stage('canary').live).toBeNull()
  story.merge().settle().ownServed('staging').baked('staging').settle().soaked('canary')
  expect(story.live('canary')).toBe(2)
})

test('it counts on where the one before it ended: no rollout has a number that another one had', () => {
  const story = shop().person(retire).settle()
  const before = story.stage('canary').rolloutCount
  story.person(without).person({ type: 'configure', definition: THREE })
  expect([before, story.stage('canary').rolloutCount]).toEqual([1, 1])
  story.merge().settle().ownServed('staging').baked('staging').settle().soaked('canary')
  const numbers = story.events.flatMap((event) =>
    event.type === 'rollout-started' && event.stage === 'canary' ? [event.rollout] : [],
  )
  expect(numbers).toEqual([1, 2, 3])
})

test('the sentence says what stops, before anybody says yes', () => {
  const story = shop().person(retire)
  const event = story.events.at(-1)
  expect(event && sentence(event)).toContain('its instances of #1 stop, and whoever comes there is told')
})

describe('it is refused', () => {
  test('while somebody holds it on purpose, and a pin is no such thing', () => {
    const story = lock(shop())
    expect(story.refused(retire).code).toBe('gate/locked')
    story.person({ type: 'unlock', stage: 'canary', incidentClosed: false })
    story.person({ type: 'pin', stage: 'canary', reason: 'a demonstration' }).person(retire)
    expect(story.stage('canary').pin).toBeNull()
  })

  test('while something rolls out in it', () => {
    const steps = stage('canary', { rollout: PRODUCTION.rollout })
    const story = new Story(service([STAGING, steps, PRODUCTION])).shipped().soaked('canary')
    story.merge().settle().ownServed('staging').baked('staging').settle()
    expect(story.stage('canary').rollout?.release).toBe(2)
    expect(story.refused(retire)).toMatchObject({ code: 'stage/busy' })
    expect(story.refused(retire).text).toContain('sluice abort canary')
  })

  test('while something goes round into it, or is checked beside it', () => {
    const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const
    const checked = service([STAGING, { ...CANARY, checks: [check] }, PRODUCTION])
    const story = new Story(checked).merge().settle().ownServed('staging').baked('staging').settle()
    story.soaked('canary').soaked('production')
    story.person(story.hotfix(['c'.repeat(40)]))
    expect(story.refused(retire).text).toContain('is checked beside canary')
    story.person({ type: 'abort', stage: 'production', reason: 'no', tick: 0 }).settle()
    story.person(story.hotfix(['d'.repeat(40)], { stage: 'canary' }))
    expect(story.refused(retire).text).toContain('call it off first')
  })

  test('for the only stage, and for one that is retired', () => {
    const one = new Story(service([PRODUCTION])).merge().settle()
    expect(one.refused({ ...retire, stage: 'production' }).code).toBe('stage/only-one')
    const story = shop().person(retire)
    expect(story.refused(retire).code).toBe('stage/retired')
  })
})

test('nobody sends anything into a retired stage, and its checks are asked no more', () => {
  const check = { check: 'smoke', when: 'entry', limitMs: 1_000, kind: 'command', command: 'true' } as const
  const story = new Story(service([STAGING, { ...CANARY, checks: [check] }, PRODUCTION])).merge().settle()
  story.ownServed('staging').baked('staging').settle().soaked('canary').soaked('production')
  story.person(retire).settle()
  for (const wish of [
    story.hotfix(['c'.repeat(40)], { stage: 'canary' }),
    story.emergency(1, { stage: 'canary' }),
    { type: 'rollback', stage: 'canary', reason: 'x', tick: 0 },
    { type: 'pin', stage: 'canary', reason: 'x' },
    { type: 'set-settings', stage: 'canary', changes: [], reason: '' },
  ] as const)
    expect(story.refused(wish).code).toBe('stage/retired')
  story.person(story.hotfix(['c'.repeat(40)])).settle()
  expect(story.stage('production').live?.release).not.toBe(1)
})

test('rules that lead people to a release there go with it, and what is on its way to a track is waited for', () => {
  const story = shop().person({
    type: 'add-route',
    stage: 'canary',
    when: [{ attribute: { from: 'customer' }, test: { op: 'is', value: 'acme' } }],
    to: { release: 1 },
    percent: 100,
    forMs: 3_600_000,
    reason: 'she sees it',
  })
  story.settle().person(retire).settle()
  expect(story.stage('canary').fleets).toEqual({})
  expect(story.stage('canary').routes.rules).toEqual([])
  story.person(without)
})

test('a stage that a version off the line is on its way to is refused, until that is there and taken away', () => {
  const story = shop()
  story.person({
    type: 'deploy',
    stage: 'canary',
    track: 'beta',
    change: { ...change(90), sha: 'e'.repeat(40) },
    label: 'anna/fix',
    reason: 'a look',
  })
  expect(story.refused(retire).text).toContain('beta of canary may lead people there')
  story.settle().person({ type: 'remove-track', stage: 'canary', track: 'beta', reason: 'seen' })
  story.person(retire)
  expect(story.live('canary')).toBeUndefined()
})
