// What people say to a release on its way (behaviour 4.4, 1.6, 4.2).
import { describe, expect, test } from 'vitest'
import type { PersonCommand } from './command.ts'
import { decide } from './decide.ts'
import { concerned, noticeType } from './describe.ts'
import type { Refusal } from './decision.ts'
import { entryReasons } from './gates.ts'
import { PRODUCTION, service, stage, STAGING, STEPS, Story, type Wish } from './testing/story.ts'
import { evolve } from './evolve.ts'

const LEADS = { by: ['anna', 'bob'], n: 1, own: true, byHand: false } as const

/** #1 is live everywhere, #2 is through staging and waits before production. */
function waiting(approve: NonNullable<(typeof PRODUCTION)['approve']>): Story {
  const story = new Story(service([STAGING, PRODUCTION])).shipped({})
  story.person({ type: 'configure', definition: service([STAGING, { ...PRODUCTION, approve }]) })
  return story.merge().settle().ownServed('staging').baked('staging').settle()
}

function says(story: Story, name: string, command: Wish<PersonCommand>): Refusal | undefined {
  const decision = decide(story.state, {
    ...command,
    at: story.now,
    by: { kind: 'person', name },
  } as PersonCommand)
  if ('refusal' in decision) return decision.refusal
  for (const event of decision.events) {
    story.events.push(event)
    story.state = evolve(story.state, event)
  }
  return undefined
}

function codes(story: Story, release: number): readonly string[] {
  const { definition } = story.state
  const production = definition?.stages.find((one) => one.stage === 'production')
  if (!definition || !production) return []
  return entryReasons(story.state, definition, production, release, story.now).map(({ code }) => code)
}

describe('an approval', () => {
  test('is waited for, and lets the release in', () => {
    const story = waiting(LEADS)
    expect(story.live('production')).toBe(1)
    expect(codes(story, 2)).toEqual(['gate/approval'])
    expect(says(story, 'anna', { type: 'approve', stage: 'production', release: 2 })).toBeUndefined()
    story.settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    story.soaked('production')
    expect(story.stage('production').approvals, 'nothing is left of it').toEqual([])
  })

  test('of a later release is one of everything in it', () => {
    const story = waiting(LEADS)
    story.merge().settle().ownServed('staging').baked('staging').settle()
    says(story, 'anna', { type: 'approve', stage: 'production', release: 3 })
    expect(story.events.at(-1)).toMatchObject({ type: 'release-approved', release: 3, changes: [2, 3] })
    expect([codes(story, 2), codes(story, 3)]).toEqual([[], []])
    story.settle()
    expect(story.stage('production').rollout?.release).toBe(2)
  })

  test('by somebody who is not asked, or said it already, is refused', () => {
    const story = waiting({ ...LEADS, n: 2 })
    const approve = { type: 'approve', stage: 'production', release: 2 } as const
    expect(says(story, 'carl', approve)?.code).toBe('approve/not-asked')
    expect(says(story, 'anna', approve)).toBeUndefined()
    expect(says(story, 'anna', approve)?.code).toBe('approve/already')
    expect(codes(story, 2), 'two are wanted').toEqual(['gate/approval'])
    expect(says(story, 'bob', approve)).toBeUndefined()
    expect(codes(story, 2)).toEqual([])
  })

  test('by somebody who left counts no more', () => {
    const story = waiting({ ...LEADS, n: 2 })
    says(story, 'bob', { type: 'approve', stage: 'production', release: 2 })
    const left = { ...PRODUCTION, approve: { ...LEADS, by: ['anna', 'dora'], n: 2 } }
    story.person({ type: 'configure', definition: service([STAGING, left]) })
    says(story, 'anna', { type: 'approve', stage: 'production', release: 2 })
    expect(codes(story, 2)).toEqual(['gate/approval'])
    says(story, 'dora', { type: 'approve', stage: 'production', release: 2 })
    expect(codes(story, 2)).toEqual([])
  })

  test('of one’s own change is refused where the stage forbids it, and does not count', () => {
    const story = waiting({ by: [], n: 1, own: false, byHand: false })
    const approve = { type: 'approve', stage: 'production', release: 2 } as const
    expect(says(story, 'author2', approve)?.code).toBe('approve/own-change')
    expect(says(story, 'anna', approve)).toBeUndefined()
    expect(codes(story, 2)).toEqual([])
  })

  test('is asked for once, after an hour, and then every day', () => {
    const story = waiting(LEADS)
    const asked = () => story.events.filter(({ type }) => type === 'approval-asked')
    expect(asked()).toHaveLength(1)
    const [first] = asked()
    expect(first && [noticeType(first), concerned(story.state, first)]).toEqual([
      'approval.asked',
      ['anna', 'bob'],
    ])
    for (const [hours, times] of [
      [0.9, 1],
      [0.2, 2],
      [23, 2],
      [2, 3],
    ] as const) {
      story.now += hours * 3_600_000
      story.settle()
      expect(asked()).toHaveLength(times)
    }
  })

  test('is asked for a hotfix, too, and for no emergency', () => {
    const story = waiting(LEADS)
    const hotfix = story.hotfix(['c'.repeat(40)])
    story.person(hotfix).settle()
    expect(story.live('production')).toBe(1)
    const release = story.stage('production').wayRound?.release ?? 0
    says(story, 'bob', { type: 'approve', stage: 'production', release })
    story.settle()
    expect(story.live('production')).toBe(release)
    const other = waiting(LEADS)
    other.person(other.emergency(2)).settle()
    expect(other.live('production')).toBe(2)
  })

  test('of what is rejected, live or not there is refused; so is one where nobody is asked', () => {
    const story = waiting(LEADS)
    const approve = (release: number) => ({ type: 'approve', stage: 'production', release }) as const
    expect(says(story, 'anna', approve(1))?.code).toBe('approve/live')
    expect(says(story, 'anna', approve(9))?.code).toBe('release/unknown')
    expect(says(story, 'anna', { ...approve(2), stage: 'staging' })?.code).toBe('approve/nobody-asked')
    story.person({ type: 'reject', release: 2, reason: 'bad' })
    expect(says(story, 'anna', approve(2))?.code).toBe('gate/rejected')
  })
})

describe('by hand', () => {
  test('a release goes on when somebody promotes it, by default the next', () => {
    const story = waiting({ by: [], n: 1, own: true, byHand: true })
    expect(codes(story, 2)).toEqual(['gate/by-hand'])
    expect(says(story, 'carl', { type: 'promote', stage: 'production' })).toBeUndefined()
    story.settle()
    expect(story.stage('production').rollout?.release).toBe(2)
  })
})

describe('sending back', () => {
  test('rejects the change, and the words go to its author', () => {
    const story = waiting(LEADS)
    const words = { type: 'send-back', stage: 'production', release: 2, reason: 'no tests' } as const
    expect(says(story, 'carl', words)?.code).toBe('approve/not-asked')
    expect(says(story, 'bob', words)).toBeUndefined()
    const sent = story.events.find(({ type }) => type === 'change-sent-back')
    expect(sent && concerned(story.state, sent)).toEqual(['author2@shop.example'])
    expect(story.state.releases[2]?.rejected?.reason).toBe('sent back by bob: no tests')
    story
      .merge({ fixes: ['#2'] })
      .settle()
      .ownServed('staging')
      .baked('staging')
      .settle()
    expect(codes(story, 3)).toEqual(['gate/approval'])
  })
})

describe('a rollout under way', () => {
  const story = (rollout = STEPS): Story => {
    const made = new Story(service([STAGING, { ...PRODUCTION, rollout }])).shipped({})
    return made.merge().settle().ownServed('staging').baked('staging').settle()
  }

  test('that is paused stays where it stands, is watched on, and goes on when it is resumed', () => {
    const paused = story()
    paused.person({ type: 'pause', stage: 'production', reason: 'a call' })
    expect(paused.refused({ type: 'pause', stage: 'production', reason: 'x' }).code).toBe('pause/already')
    paused.step('production').settle()
    expect(paused.stage('production').rollout).toMatchObject({ step: 0, phase: 'soaking' })
    paused.person({ type: 'resume', stage: 'production' }).soaked('production')
    expect(paused.live('production')).toBe(2)
    expect(paused.refused({ type: 'resume', stage: 'production' }).code).toBe('pause/not-paused')
    const broken = story()
    broken.person({ type: 'pause', stage: 'production', reason: 'a call' })
    broken.against('production', 'rollout').settle()
    expect(broken.live('production')).toBe(1)
  })

  test('that is paused at its gate takes no step', () => {
    const paused = new Story(service([STAGING, PRODUCTION])).shipped({})
    paused.merge().settle().ownServed('staging').baked('staging')
    while (paused.stage('production').rollout?.phase !== 'gate') paused.turn(0)
    paused.person({ type: 'pause', stage: 'production', reason: 'a call' }).settle()
    expect(paused.stage('production').rollout?.phase).toBe('gate')
  })

  test('asks at a step that wants it, once, and goes on when it is confirmed', () => {
    const steps = STEPS.map((step, index) => (index === 0 ? { ...step, confirm: true as const } : step))
    const asking = story(steps)
    expect(asking.refused({ type: 'confirm', stage: 'staging' }).code).toBe('confirm/not-asked')
    asking.step('production').step('production').settle()
    expect(asking.events.filter(({ type }) => type === 'confirm-asked')).toHaveLength(1)
    expect(asking.stage('production').rollout?.step).toBe(0)
    asking.person({ type: 'confirm', stage: 'production' })
    expect(asking.refused({ type: 'confirm', stage: 'production' }).code).toBe('confirm/already')
    asking.soaked('production')
    expect(asking.live('production')).toBe(2)
  })

  test('asks also at a step that has nothing to soak', () => {
    const asking = story([{ kind: 'all', percent: 100, soakMs: 0, confirm: true }])
    expect(asking.stage('production').rollout?.phase).toBe('soaking')
    expect(asking.events.filter(({ type }) => type === 'confirm-asked')).toHaveLength(1)
    asking.person({ type: 'confirm', stage: 'production' }).settle()
    expect(asking.live('production')).toBe(2)
  })
})

describe('a queue that takes the latest', () => {
  test('lets the newest that is ready go, with all that is older in it', () => {
    const latest = stage('production', { queue: 'latest' })
    const story = new Story(service([stage('staging'), latest])).shipped({})
    story.person({
      type: 'lock',
      stage: 'production',
      id: 'l1',
      owner: 'anna',
      reason: 'x',
      forMs: 3_600_000,
      incident: null,
      suspect: null,
    })
    story.merge({}, {}, {}).settle()
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false })
    expect(story.events.at(-1)).toMatchObject({ type: 'stage-unlocked', goes: [4] })
    const place = story.events.length
    story.settle()
    expect(story.live('production')).toBe(4)
    const entered = story.events
      .slice(place)
      .filter((event) => event.type === 'rollout-started' && event.stage === 'production')
    expect(entered).toHaveLength(1)
  })

  test('can be chosen for one unlock alone', () => {
    const story = new Story(service([stage('staging'), stage('production')])).shipped({})
    const lock = (id: string) =>
      story.person({
        type: 'lock',
        stage: 'production',
        id,
        owner: 'anna',
        reason: 'x',
        forMs: 3_600_000,
        incident: null,
        suspect: null,
      })
    lock('l1').merge({}, {}).settle()
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false, queue: 'latest' })
    const first = story.events.length
    story.settle()
    const entries = (from: number) =>
      story.events
        .slice(from)
        .flatMap((event) =>
          event.type === 'rollout-started' && event.stage === 'production' ? [event.release] : [],
        )
    expect(entries(first)).toEqual([3])
    lock('l2').merge({}, {}).settle()
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false })
    expect(story.events.at(-1)).toMatchObject({ goes: [4, 5] })
    const second = story.events.length
    story.settle()
    expect(entries(second)).toEqual([4, 5])
  })
})
