import { describe, expect, test } from 'vitest'
import { describe as sentence } from './describe.ts'
import { service, stage, Story } from './testing/story.ts'
import { warmReleases, wantedFleets } from './wanted.ts'
import { warmExcess, warmMemoryText, type WarmUse } from './warm-memory.ts'

const LIVE = stage('production', { watchMs: 60_000 })

/** `#1` to `#3` went live one after the other; `#3` is watched, `#2` is what a rollback goes to, `#1` is warm too. */
function watched(): Story {
  return new Story(service([LIVE])).merge().settle().merge().settle().merge().settle()
}

function short(story: Story, release: number): Story {
  return story.report({
    type: 'report-warm-memory',
    stage: 'production',
    release,
    usedBytes: 6_100_000_000,
    limitBytes: 6_000_000_000,
  })
}

function fleets(story: Story): readonly number[] {
  return Object.keys(story.stage('production').fleets).map(Number)
}

describe('warm releases that hold too much memory', () => {
  test('the one that no rollback would go to is let go of, and its instances leave the plan before they stop', () => {
    const story = watched()
    expect(warmReleases(story.stage('production'))).toEqual([2, 1])
    short(story, 1)
    expect(story.events.at(-1)?.type).toBe('warm-cut')
    expect(warmReleases(story.stage('production'))).toEqual([2])
    expect(wantedFleets(LIVE, story.stage('production')).map(({ release }) => release)).toEqual([3, 2])
    const place = story.events.length
    story.settle()
    expect(story.typesSince(place)).toEqual(['traffic-shifted', 'fleet-changed'])
    expect(fleets(story)).toEqual([2, 3])
  })

  test('what a rollback would go to stays; people are told once', () => {
    const story = short(watched(), 2)
    expect(story.events.at(-1)?.type).toBe('warm-over-limit')
    expect(warmReleases(story.stage('production'))).toEqual([2, 1])
    const place = story.events.length
    short(story, 2)
    expect(story.typesSince(place)).toEqual([])
  })

  test('it is cut once, and what serves or is not warm any more is never cut', () => {
    const story = short(watched(), 1)
    const place = story.events.length
    for (const release of [1, 3, 9]) short(story, release)
    expect(story.typesSince(place)).toEqual([])
  })

  test('memory that is no longer short when the report arrives cuts nothing', () => {
    const story = watched()
    const place = story.events.length
    story.report({
      type: 'report-warm-memory',
      stage: 'production',
      release: 1,
      usedBytes: 5,
      limitBytes: 5,
    })
    expect(story.typesSince(place)).toEqual([])
  })

  test('a rollback to a release that was cut starts it anew, and from there on it is kept warm like any other', () => {
    const story = short(watched(), 1).settle()
    story.person({ type: 'rollback', stage: 'production', to: 1, reason: 'the old prices', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
    story.person({ type: 'unpin', stage: 'production', reason: 'done' })
    expect(story.stage('production').warmCut).toEqual({})
    story.merge().settle()
    expect(story.live('production')).toBe(4)
    expect(warmReleases(story.stage('production'))).toEqual([1])
  })

  test('a release that was cut becomes warm again where it is what a rollback would go to', () => {
    const story = short(watched(), 1)
    story.against('production', 'watch').settle()
    expect(story.live('production')).toBe(2)
    expect(warmReleases(story.stage('production'))).toEqual([1])
  })

  test('history and the release say how much was held, and how much may be', () => {
    const story = watched()
    short(story, 1)
    const text = sentence(story.events.at(-1)!)
    expect(text).toContain('#1 is not kept warm in production any more')
    expect(text).toContain('6.1 GB of memory where 6.0 GB are allowed')
    expect(warmMemoryText(story.stage('production'), 1)).toContain('a rollback to it starts it anew')
    expect(warmMemoryText(story.stage('production'), 2)).toBeUndefined()
    short(story, 2)
    expect(sentence(story.events.at(-1)!)).toContain('#2 stays warm in production')
    expect(warmMemoryText(story.stage('production'), 2)).toContain('a rollback would go to it')
  })
})

describe('which goes next', () => {
  const use = (release: number, more: Partial<WarmUse> = {}): WarmUse => ({
    service: 'shop',
    stage: 'production',
    release,
    isTarget: false,
    mergedAt: release,
    bytes: 100,
    ...more,
  })
  const quarter = { kind: 'part', percent: 25 } as const

  test('none while together they hold no more than is allowed', () => {
    expect(warmExcess([use(1), use(2)], quarter, 800)).toBeUndefined()
    expect(warmExcess([use(1), use(2)], { kind: 'bytes', bytes: 200 }, 1)).toBeUndefined()
    expect(warmExcess([], quarter, 0)).toBeUndefined()
  })

  test('the oldest change of all services that no rollback would go to', () => {
    const uses = [
      use(7, { isTarget: true, mergedAt: 1, bytes: 500 }),
      use(9, { mergedAt: 5 }),
      use(3, { service: 'cart', mergedAt: 4 }),
      use(2, { service: 'news', mergedAt: 2, bytes: 0 }),
    ]
    expect(warmExcess(uses, quarter, 1_000)).toEqual({ use: uses[2], usedBytes: 700, limitBytes: 250 })
  })

  test('where only targets are left, the largest is told of', () => {
    const uses = [use(7, { isTarget: true }), use(9, { isTarget: true, bytes: 300 })]
    expect(warmExcess(uses, quarter, 1_000)?.use).toBe(uses[1])
  })
})
