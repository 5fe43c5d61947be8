// A stage stays at most so many changes before the next.
import { expect, test } from 'vitest'
import { entryReasons } from './gates.ts'
import { PRODUCTION, service, STAGING, Story, type Says } from './testing/story.ts'

const definition = service([{ ...STAGING, ahead: 2 }, PRODUCTION])
const lock = {
  type: 'lock',
  stage: 'production',
  id: 'l',
  owner: 'anna',
  reason: 'a sale',
  forMs: 3_600_000,
  incident: null,
  suspect: null,
} as const

/** Production is locked; staging takes one after the other. */
function pilingUp(...said: readonly Says[]): Story {
  const story = new Story(definition).shipped().person(lock)
  for (const says of said) story.merge(says).settle().ownServed('staging').baked('staging').settle()
  return story
}

function why(story: Story, release: number): readonly string[] {
  const stage = definition.stages[0] ?? STAGING
  return entryReasons(story.state, definition, stage, release, story.now).map(({ code }) => code)
}

test('the third change waits until the next stage takes one, and is told why', () => {
  const story = pilingUp({}, {}, {})
  expect(story.live('staging')).toBe(3)
  expect(why(story, 4)).toEqual(['gate/ahead'])
  story.person({ type: 'unlock', stage: 'production', incidentClosed: false }).settle()
  expect(story.live('staging'), 'a release on its way is not there yet').toBe(3)
  while (story.live('production') === 1) story.step('production').settle()
  expect(story.live('staging')).toBe(4)
})

test('what reverts or fixes something in the stage comes in all the same, past the one that waits', () => {
  const story = pilingUp({}, {}, {}, { fixes: ['#3'] })
  expect(story.live('staging')).toBe(5)
})

test('a change that was rejected is nothing to wait for', () => {
  const story = pilingUp({}, {}, {})
  story.person({ type: 'reject', release: 3, reason: 'loses carts' }).settle()
  expect(story.live('staging')).toBe(4)
})

test('where the next stage runs nothing yet there is nobody to wait for', () => {
  const story = new Story(definition).person(lock)
  for (let count = 0; count < 4; count += 1)
    story.merge().settle().ownServed('staging').baked('staging').settle()
  expect(story.live('production')).toBeUndefined()
  expect(story.live('staging')).toBe(4)
})
