// What people do by mistake to a pipeline (issue "Everything a team does to a pipeline", section 7), as the rules see it:
// each is defined, says what to do, and harms nothing else.
import { describe, expect, test } from 'vitest'
import type { StageDefinition, WindowDefinition } from '../pipeline/definition.ts'
import { closedGate, entryReasons } from './gates.ts'
import { PRODUCTION, service, stage, STAGING, Story } from './testing/story.ts'

const HOUR_MS = 3_600_000
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const NEW_YORK: WindowDefinition = {
  days: EVERY_DAY,
  fromMinute: 0,
  toMinute: 240,
  zone: 'America/New_York',
  closedOn: [],
}

/** Three hours and a half of soak, in a window of four hours. */
function slow(window: WindowDefinition): StageDefinition {
  const soakMs = 3.5 * HOUR_MS
  const steps = [
    { kind: 'one-box', percent: 10, soakMs },
    { kind: 'all', percent: 100, soakMs: 0 },
  ] as const
  return { ...PRODUCTION, window, rollout: steps }
}

function entryAt(definition: StageDefinition, at: string) {
  const story = new Story(service([STAGING, definition]), Date.parse(at)).shipped({})
  return closedGate(story.state, definition, story.now, 'entry')
}

describe('a stage renamed without renamedFrom', () => {
  test('is refused while it runs something: it would be a new one, and the old one would vanish', () => {
    const story = new Story().shipped()
    const live = { ...PRODUCTION, stage: 'live' }
    const refusal = story.refused({ type: 'configure', definition: service([STAGING, live]) })
    expect(refusal.code).toBe('config/stage-in-use')
    expect(refusal.text).toContain("give its new name renamedFrom: 'production'")
    story.person({
      type: 'configure',
      definition: service([STAGING, { ...live, renamedFrom: 'production' }]),
    })
    expect(story.live('live'), 'with it, what it runs goes along').toBe(1)
    expect(story.settle().stage('live').rollout).toBeNull()
  })

  test('that runs nothing is simply another stage', () => {
    const story = new Story()
    story.person({ type: 'configure', definition: service([STAGING, stage('live')]) })
    expect(Object.keys(story.state.stages)).toEqual(['staging', 'live'])
  })
})

describe('a window that never opens', () => {
  test('waits in words, without a time, and a hotfix still passes it', () => {
    const never = { ...PRODUCTION, window: { ...NEW_YORK, days: [] } }
    const story = new Story(service([STAGING, PRODUCTION])).shipped({})
    story.person({ type: 'configure', definition: service([STAGING, never]) })
    story.merge().settle().ownServed('staging').baked('staging').settle()
    expect(entryReasons(story.state, service([STAGING, never]), never, 2, story.now)).toEqual([
      {
        code: 'gate/window',
        text: 'the window of production is closed and opens never, by its definition',
        until: null,
      },
    ])
    story.person({ ...story.hotfix([]), what: { release: 2 } }).settle()
    expect(story.live('production')).toBe(2)
  })

  test('for as long as its rollout takes says so, and what helps', () => {
    const short = slow({ ...NEW_YORK, toMinute: 180 })
    const [reason] = entryAt(short, '2026-07-01T00:30:00-04:00')
    expect(reason).toMatchObject({ code: 'gate/window-short', until: null })
    expect(reason?.text).toContain('no window to come is long enough: shorten its soaks, or widen the window')
  })
})

describe('a night in which the clocks change', () => {
  test('forward: a rollout that fits every other night waits for the next one', () => {
    expect(entryAt(slow(NEW_YORK), '2026-03-07T00:00:00-05:00')).toEqual([])
    const [reason] = entryAt(slow(NEW_YORK), '2026-03-08T00:00:00-05:00')
    expect(reason).toMatchObject({
      code: 'gate/window-short',
      until: Date.parse('2026-03-09T00:00:00-04:00'),
    })
  })

  test('back: a rollout that fits no other night is let in, and the hour counts', () => {
    const longer = slow({ ...NEW_YORK, toMinute: 180 })
    expect(entryAt(longer, '2026-11-01T00:00:00-04:00')).toEqual([])
    const [reason] = entryAt(longer, '2026-11-02T00:00:00-05:00')
    expect(reason?.code).toBe('gate/window-short')
  })
})

test('an emergency of a rejected change is refused until it is named, and says how', () => {
  const story = new Story().shipped().merge().settle()
  story.person({ type: 'reject', release: 2, reason: 'it loses orders' })
  const refusal = story.refused(story.emergency(2))
  expect(refusal.code).toBe('gate/rejected')
  expect(refusal.text).toBe("#2 was rejected (it loses orders); name each to pass it: --pass '#2'")
  expect(story.refused(story.emergency(1, { rejected: [2] })).code).toBe('round/already-live')
  story.person(story.emergency(2, { rejected: [2] })).settle()
  expect(story.live('production')).toBe(2)
})
