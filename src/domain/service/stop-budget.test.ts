// How often a healthy release may be stopped in a stage, worked out from how many were tried, and what it came to.
import { expect, test } from 'vitest'
import { ALPHA_MAX, FORTNIGHT_MS } from '../analysis/sequential/error-budget.ts'
import { questionsOf } from './assess.ts'
import { budgetTold } from './stop-budget.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'

const DAY_MS = 24 * 3_600_000
const pipeline = service([STAGING, PRODUCTION])

/** So many releases go into staging, `everyMs` after each other, and do well. */
function tried(count: number, everyMs: number, story = new Story(pipeline)): Story {
  for (let made = 0; made < count; made += 1) {
    story.merge().settle().ownServed('staging').baked('staging').settle()
    story.now += everyMs
  }
  return story
}

const told = (story: Story) => budgetTold(story.stage('staging'), story.now)

test('nothing tried yet is nothing to say', () => {
  expect(told(new Story(pipeline))).toBeUndefined()
})

test('until two weeks are over it is one in a hundred, however many were tried', () => {
  const story = tried(150, (FORTNIGHT_MS - DAY_MS) / 150)
  expect(told(story)).toMatchObject({ alpha: ALPHA_MAX, trials: 150, stops: 0 })
})

test('then it is one a fortnight at the rate that was seen', () => {
  const everyMs = FORTNIGHT_MS / 200
  const story = tried(420, everyMs)
  // Twice as many as one in a hundred allows: each may take half.
  expect(told(story)?.alpha).toBeCloseTo(1 / 200, 3)
  expect(told(story)?.text).toMatch(/at most one healthy release in (19|20)\d is stopped/)
  expect(told(story)?.text).toContain('that is about 1 a fortnight')
})

test('a slow service never gets more than one in a hundred', () => {
  const story = tried(10, 4 * DAY_MS)
  expect(told(story)).toMatchObject({ alpha: ALPHA_MAX })
  expect(told(story)?.trials).toBeLessThanOrEqual(4)
})

test('it is fixed when a trial begins: what is live keeps what it had', () => {
  const story = tried(420, FORTNIGHT_MS / 200)
  story.merge().settle()
  const [question] = questionsOf(story.state, STAGING, story.stage('staging'))
  expect(question).toMatchObject({ about: 'bake', alpha: story.stage('staging').budget?.live })
  expect(question?.alpha).toBeLessThan(ALPHA_MAX)
})

test('what was stopped is counted, and what people took back of it', () => {
  const story = tried(2, DAY_MS)
  story.merge().settle().against('staging', 'bake', { alone: true }).settle()
  expect(told(story)).toMatchObject({ trials: 3, stops: 1, takenBack: 0 })
  expect(told(story)?.text).toContain('of 3 tried in the last fortnight one was stopped')
  story.person({ type: 'unreject', release: 3, reason: 'it was the network' })
  expect(told(story)).toMatchObject({ stops: 1, takenBack: 1 })
  expect(told(story)?.text).toContain('one was stopped, and people took it back')
})

test('after a fortnight nobody speaks of it any more', () => {
  const story = tried(2, DAY_MS)
  story.now += FORTNIGHT_MS
  expect(told(story)).toMatchObject({
    trials: 0,
    stops: 0,
    text: 'at most one healthy release in 100 is stopped',
  })
})

test('a probe is no trial: it was never on its way to anybody', () => {
  const story = new Story(service([{ ...STAGING, queue: 'latest' }, PRODUCTION])).shipped({})
  const before = told(story)?.trials ?? 0
  story.merge({}).settle().merge({}, {}).settle().ownServed('staging').settle()
  story.against('staging', 'bake').settle()
  expect(story.stage('staging').rollout?.lane).toBe('probe')
  expect(told(story)?.trials).toBe(before + 2)
})
