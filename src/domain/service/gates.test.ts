// Behaviour section 4, and the rows normal and skip-bake of the gate table in section 3.
import { describe, expect, test } from 'vitest'
import { concerned, noticeType } from './describe.ts'
import { entryReasons } from './gates.ts'
import { lockEndsAt, nextWarning } from './lock-times.ts'
import { due } from './due.ts'
import { closedGate } from './gates.ts'
import type { StageDefinition } from '../pipeline/definition.ts'
import { PRODUCTION, service, stage, STAGING, STEPS, Story } from './testing/story.ts'
import type { Lock } from './state.ts'

const HOUR = 3_600_000
const lock = {
  type: 'lock',
  stage: 'production',
  id: 'l1',
  owner: 'anna',
  reason: 'incident',
  forMs: 4 * HOUR,
  incident: null,
  suspect: null,
} as const
const ready2 = (story = new Story()): Story =>
  story.shipped({}).merge().settle().ownServed('staging').baked('staging')

describe('a lock', () => {
  test('keeps a release waiting; staging goes on receiving; unlock lets it go', () => {
    const story = new Story().shipped({}).person(lock)
    story.merge().settle().ownServed('staging').baked('staging').settle().merge().settle()
    expect([story.live('staging'), story.live('production')]).toEqual([3, 1])
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).soaked('production')
    expect(story.live('production')).toBe(2)
  })

  test('that was acknowledged stops an entry decided on an older state', () => {
    const story = ready2().person(lock)
    const before = story.events.length
    story.report({ type: 'enter', stage: 'production', release: 2, tick: 0 })
    expect(story.events.length).toBe(before)
  })

  test('holds the next step of a rollout under way, and nothing is lost', () => {
    const story = ready2().settle()
    expect(story.stage('production').rollout).toMatchObject({ step: 0, phase: 'soaking' })
    story.person(lock).step('production').settle()
    expect(story.stage('production').rollout).toMatchObject({ step: 1, phase: 'gate' })
    expect(story.stage('production').plan.arms.find((arm) => arm.release === 2)?.weightPercent).toBe(10)
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).soaked('production')
    expect(story.live('production')).toBe(2)
  })

  test('suspects the newest there when nothing else is said, and leaves a rejection when it ends', () => {
    const story = new Story().shipped({}, {}).person({ ...lock, suspect: undefined })
    expect(story.stage('production').locks[0]?.suspect).toBe(2)
    story.person({ type: 'unlock', stage: 'production', incidentClosed: false })
    expect(story.state.releases[2]?.rejected).not.toBeNull()
  })

  test('several may stand; unlocking asks which', () => {
    const story = new Story()
      .shipped({})
      .person(lock)
      .person({ ...lock, id: 'l2' })
    expect(story.refused({ type: 'unlock', stage: 'production', incidentClosed: false }).code).toBe(
      'lock/several',
    )
    story.person({ type: 'unlock', stage: 'production', lock: 'l1', incidentClosed: false })
    expect(story.stage('production').locks.map(({ id }) => id)).toEqual(['l2'])
  })

  test('expires by itself after both warnings, in working hours', () => {
    const monday10 = Date.UTC(2026, 10, 23, 10)
    const story = new Story(service(), monday10).shipped({}).person(lock)
    for (const minutes of [31, 30, 5, 0]) {
      story.now = monday10 + 4 * HOUR - minutes * 60_000
      story.settle()
    }
    expect(story.events.filter(({ type }) => type === 'lock-warned')).toHaveLength(2)
    expect(story.stage('production').locks).toEqual([])
  })

  test('whose warnings came late, because nobody was there, opens half an hour after them', () => {
    const monday10 = Date.UTC(2026, 10, 23, 10)
    const story = new Story(service(), monday10).shipped({}).person(lock)
    story.now = monday10 + 5 * HOUR
    story.settle()
    expect(story.events.filter(({ type }) => type === 'lock-warned')).toHaveLength(2)
    story.now += HOUR / 2 - 1
    expect(story.settle().stage('production').locks).toHaveLength(1)
    story.now += 1
    expect(story.settle().stage('production').locks).toEqual([])
  })

  test('never expires while its incident is open', () => {
    const story = new Story().shipped({}).person({ ...lock, incident: 'https://incidents.shop.example/7' })
    story.now += 40 * HOUR
    story.settle()
    expect(story.stage('production').locks).toHaveLength(1)
    story.person({ type: 'unlock', stage: 'production', incidentClosed: true })
    expect(story.stage('production').locks[0]?.incident).toBeNull()
  })
})

describe('a lock that is forgotten', () => {
  const warnings = (story: Story) => story.events.filter(({ type }) => type === 'lock-overstayed')
  const incident = { ...lock, incident: 'https://incidents.shop.example/7' }
  const after = (story: Story, hours: number): Story => {
    story.now += hours * HOUR
    return story.settle()
  }

  test('is warned of after twelve hours in which only it held the oldest waiting change, once', () => {
    const story = ready2().person(incident).settle()
    expect(due(story.state, story.now)).toContainEqual({ do: 'wake', at: story.now + 12 * HOUR })
    expect(warnings(after(story, 11.9))).toEqual([])
    expect(warnings(after(story, 0.1))).toHaveLength(1)
    expect(warnings(after(story, 12))).toHaveLength(1)
    const [warning] = warnings(story)
    expect(warning && concerned(story.state, warning)).toEqual(['anna'])
    expect(warning && noticeType(warning)).toBe('lock.forgotten')
    const codes = entryReasons(story.state, service(), PRODUCTION, 2, story.now).map(({ code }) => code)
    expect(codes).toEqual(['gate/locked', 'gate/locked-long'])
  })

  test('is warned of when it holds a rollout half way, too', () => {
    const story = ready2().settle().person(incident).step('production').settle()
    expect(warnings(after(story, 12))).toHaveLength(1)
  })

  test('is not warned of while nothing waits, or while something else holds it too', () => {
    expect(warnings(after(new Story().shipped({}).person(incident).settle(), 30))).toEqual([])
    const pinned = ready2().person(incident).person({ type: 'pin', stage: 'production', reason: 'demo' })
    expect(warnings(after(pinned.settle(), 30))).toEqual([])
    pinned.person({ type: 'unpin', stage: 'production', reason: 'over' }).settle()
    expect(warnings(after(pinned, 11)), 'the hours begin when it alone holds').toEqual([])
  })

  test('counts only hours in which its window was open', () => {
    const window = { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: [] }
    const friday15 = Date.UTC(2026, 10, 20, 15)
    const windowed = service([STAGING, { ...PRODUCTION, window }])
    const story = ready2(new Story(windowed, friday15)).person(incident).settle()
    // Three hours on Friday, nine on Monday.
    expect(warnings(after(story, 74))).toEqual([])
    expect(warnings(after(story, 1))).toHaveLength(1)
  })

  test('that opens ends it', () => {
    const story = ready2().person(incident).settle()
    after(story, 12)
      .person({ type: 'unlock', stage: 'production', incidentClosed: false })
      .soaked('production')
    expect([story.live('production'), story.stage('production').lockAlone]).toEqual([2, null])
  })
})

describe('when a lock opens', () => {
  const monday = Date.UTC(2026, 10, 23)
  const made = (more: Partial<Lock>): Lock => ({
    id: 'l',
    owner: 'anna',
    reason: 'r',
    since: monday,
    expiresAt: monday + 12 * HOUR,
    incident: null,
    suspect: null,
    warned30: null,
    warned5: null,
    ...more,
  })
  const both = { warned30: monday + 11.5 * HOUR, warned5: monday + 12 * HOUR - 300_000 }
  const noon = monday + 12 * HOUR

  test.each([
    ['on time, in working hours', made(both), noon - 1, noon],
    ['not while a warning is owed', made({ warned30: both.warned30 }), noon, null],
    [
      'half an hour after warnings that came late',
      made({ warned30: noon + HOUR, warned5: noon + HOUR }),
      noon + HOUR,
      noon + 1.5 * HOUR,
    ],
    [
      'not at night: at nine the next morning',
      made({
        ...both,
        expiresAt: monday + 20 * HOUR,
        warned30: monday + 19.5 * HOUR,
        warned5: monday + 20 * HOUR - 300_000,
      }),
      monday + 20 * HOUR,
      monday + 33 * HOUR,
    ],
    ['not while its incident is open', made({ ...both, incident: 'x' }), noon, null],
  ])('%s', (_name, lock, now, expected) => {
    expect(lockEndsAt(lock, PRODUCTION, 'UTC', now)).toBe(expected)
  })

  test('a lock for ten minutes warns only of the last five', () => {
    expect(nextWarning(made({ expiresAt: monday + 600_000 }))).toEqual({ minutes: 5, at: monday + 300_000 })
  })
})

describe('what is promised of a lock', () => {
  const saturday = Date.UTC(2026, 10, 21, 10)

  test('is the time at which it will open: warnings and working hours are counted in', () => {
    const story = new Story(undefined, saturday).shipped({}).person(lock).merge().settle()
    const waiting = (): number | null =>
      closedGate(story.state, PRODUCTION, story.now, 'entry').find(({ code }) => code === 'gate/locked')
        ?.until ?? null
    const promised = waiting()
    expect(promised).toBe(Date.UTC(2026, 10, 23, 9))
    for (const hours of [3.5, 3.95, 4, 24, 46.9]) {
      story.now = saturday + hours * HOUR
      story.settle()
      expect(waiting()).toBe(promised)
    }
    story.now = promised!
    story.settle()
    expect(story.stage('production').locks).toEqual([])
  })
})

describe('a window', () => {
  const saturday = Date.UTC(2026, 10, 21, 12)
  const window = { days: [1, 2, 3, 4, 5], fromMinute: 9 * 60, toMinute: 18 * 60, zone: 'UTC', closedOn: [] }
  const windowed = service([STAGING, { ...PRODUCTION, window }])

  test('that is closed lets a release wait, says until when, and lets it go then', () => {
    const story = ready2(new Story(windowed, saturday)).settle()
    expect(story.live('production')).toBe(1)
    const wake = due(story.state, story.now).find((intent) => intent.do === 'wake')
    expect(wake).toEqual({ do: 'wake', at: Date.UTC(2026, 10, 23, 9) })
    story.now = Date.UTC(2026, 10, 23, 9)
    story.soaked('production')
    expect(story.live('production')).toBe(2)
  })

  test('does not stop the first release of an empty stage', () => {
    expect(new Story(windowed, saturday).merge().settle().live('production')).toBe(1)
  })

  test('that closes on a rollout takes it back, blaming nobody, and lets it enter again', () => {
    const story = ready2(new Story(windowed, saturday))
    story.now = Date.UTC(2026, 10, 23, 9)
    story.settle()
    expect(story.stage('production').rollout?.release).toBe(2)
    story.now = Date.UTC(2026, 10, 23, 18)
    story.settle()
    expect([story.live('production'), story.state.releases[2]?.rejected]).toEqual([1, null])
    story.now = Date.UTC(2026, 10, 24, 9)
    story.soaked('production')
    expect(story.live('production')).toBe(2)
  })

  test('too short for the rollout lets it wait for the next', () => {
    const long = service([
      STAGING,
      stage('production', {
        window,
        rollout: [
          { kind: 'one-box', percent: 10, soakMs: HOUR },
          { kind: 'all', percent: 100, soakMs: 0 },
        ],
      }),
    ])
    const story = ready2(new Story(long, saturday))
    story.now = Date.UTC(2026, 10, 23, 17, 30)
    story.settle()
    expect(story.stage('production').rollout).toBeNull()
  })

  test('promises only an opening that is long enough', () => {
    const steps = (hours: number): StageDefinition['rollout'] => [
      { kind: 'one-box', percent: 10, soakMs: hours * HOUR },
      ...STEPS.slice(2),
    ]
    // The clocks go forward in the night to Sunday: that window is an hour shorter than the one on Monday.
    const nights = { days: [1, 7], fromMinute: 0, toMinute: 600, zone: 'America/New_York', closedOn: [] }
    const promised = (hours: number) => {
      const production = { ...PRODUCTION, window: nights, rollout: steps(hours) }
      const pipeline = service([STAGING, production])
      const story = ready2(new Story(pipeline, Date.UTC(2026, 2, 6, 12))).settle()
      return entryReasons(story.state, pipeline, production, 2, story.now)[0]?.until
    }
    expect(promised(8.5)).toBe(Date.UTC(2026, 2, 8, 5))
    expect(promised(9.5)).toBe(Date.UTC(2026, 2, 9, 4))
    expect(promised(30)).toBeNull()
  })

  test('never stops a rollback by a person', () => {
    const story = ready2(new Story(windowed, Date.UTC(2026, 10, 23, 9))).soaked('production')
    story.now = saturday + 7 * 24 * HOUR
    story.person({ type: 'rollback', stage: 'production', reason: 'bad', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
  })
})

describe('skip-bake', () => {
  test('sends a release on at once, with those it contains', () => {
    const story = new Story().shipped({}).merge().settle().ownServed('staging').merge().settle()
    story.person({ type: 'skip-bake', stage: 'staging', release: 3, reason: 'urgent' }).soaked('production')
    expect(story.live('production')).toBe(3)
  })

  test('still waits for a lock', () => {
    const story = new Story().shipped({}).person(lock).merge().settle()
    story.person({ type: 'skip-bake', stage: 'staging', reason: 'urgent' }).settle()
    expect(story.live('production')).toBe(1)
  })

  test('is refused against a verdict, where nothing bakes, and after the bake', () => {
    const story = new Story().shipped({}).merge().settle().against('staging', 'bake').settle()
    expect(story.refused({ type: 'skip-bake', stage: 'staging', release: 2, reason: 'r' }).code).toBe(
      'skip/verdict',
    )
    expect(story.refused({ type: 'skip-bake', stage: 'production', reason: 'r' }).code).toBe('skip/no-bake')
    expect(story.refused({ type: 'skip-bake', stage: 'staging', reason: 'r' }).code).toBe('skip/over')
  })
})

describe('own time (2.3)', () => {
  test('a stage lets a release serve its own before the next one comes in', () => {
    const story = new Story().shipped({}).merge().settle().merge().settle()
    expect(story.live('staging')).toBe(2)
    story.ownServed('staging').settle()
    expect(story.live('staging')).toBe(3)
  })

  test('one that fixes what is being served comes in at once', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .merge({ fixes: ['#2'] })
      .settle()
    expect(story.live('staging')).toBe(3)
  })

  test('a change whose release did not serve its own goes on inside the next', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .merge({ fixes: ['#2'] })
      .settle()
    story.ownServed('staging').baked('staging').soaked('production')
    expect(story.live('production')).toBe(3)
    const entered = story.events.flatMap((event) =>
      event.type === 'rollout-started' && event.stage === 'production' ? [event.release] : [],
    )
    expect(entered).toEqual([1, 3])
  })

  test('an inconclusive bake promotes marked unproven outside production, or asks', () => {
    const story = new Story()
      .shipped({})
      .merge()
      .settle()
      .ownServed('staging')
      .baked('staging', 'inconclusive')
      .soaked('production')
    expect(story.stage('staging').marks[2]?.cleared).toBe('unproven')
    expect(story.live('production')).toBe(2)
    const asking = new Story(service([{ ...STAGING, inconclusive: 'ask' }, PRODUCTION])).shipped({})
    asking.merge().settle().ownServed('staging').baked('staging', 'inconclusive').settle()
    expect([asking.stage('staging').asked?.release, asking.live('production')]).toEqual([2, 1])
    asking
      .person({ type: 'accept', stage: 'staging', release: 2, reason: 'seen', tick: 0 })
      .soaked('production')
    expect(asking.live('production')).toBe(2)
  })
})

describe('refusals', () => {
  test.each([
    ['stage/unknown', { type: 'pin', stage: 'prod', reason: 'r' }],
    ['pin/none', { type: 'unpin', stage: 'production', reason: 'r' }],
    ['lock/none', { type: 'unlock', stage: 'production', incidentClosed: false }],
    ['lock/unknown', { type: 'unlock', stage: 'production', lock: 'x', incidentClosed: false }],
    ['release/unknown', { type: 'reject', release: 99, reason: 'r' }],
    ['release/not-rejected', { type: 'unreject', release: 1, reason: 'r' }],
    ['build/not-failed', { type: 'retry', release: 1 }],
    ['retry/live', { type: 'retry', release: 1, stage: 'production' }],
    ['history/not-rewritten', { type: 'accept-history', reason: 'r' }],
    ['accept/not-live', { type: 'accept', stage: 'production', release: 2, reason: 'r', tick: 0 }],
    ['rollback/nothing-there', { type: 'rollback', stage: 'production', reason: 'r', tick: 0 }],
  ] as const)('%s', (code, command) => {
    expect(new Story().shipped({}).merge().refused(command).code).toBe(code)
  })
})
