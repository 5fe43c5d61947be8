// What is kept from one question to the next changes no answer: a state that nobody has seen before is owed the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PersonCommand } from './command.ts'
import { questionsOf } from './assess.ts'
import { due } from './due.ts'
import { lineBook, workedOut } from './worked-out.ts'
import { nextUp } from './queue.ts'
import { stageOf, type ServiceState } from './state.ts'
import { wish } from './testing/press.ts'
import { PRODUCTION, service, sha, STAGING, Story } from './testing/story.ts'

const MINUTE_MS = 60_000
const window = { days: [1, 2, 3, 4, 5], fromMinute: 540, toMinute: 1080, zone: 'UTC', closedOn: [] }
const anybody = { by: [], n: 1, own: true, byHand: false } as const
const PIPELINES = [
  service(),
  service([STAGING, { ...PRODUCTION, window }]),
  service([STAGING, { ...STAGING, stage: 'canary' }, { ...PRODUCTION, approve: anybody }]),
]

const ACTS = [
  'lock',
  'unlock',
  'skip-bake',
  'rollback',
  'accept',
  'reject',
  'unreject',
  'retry',
  'pin',
  'unpin',
  'approve',
  'set-settings',
] as const satisfies readonly PersonCommand['type'][]

const step = fc.oneof(
  fc.record({ do: fc.constant('merge' as const), reverts: fc.boolean() }),
  fc.record({ do: fc.constant('settle' as const) }),
  fc.record({ do: fc.constant('turn' as const), which: fc.nat({ max: 3 }) }),
  fc.record({
    do: fc.constant('against' as const),
    stage: fc.constantFrom('staging', 'canary', 'production'),
  }),
  fc.record({ do: fc.constant('bake' as const), stage: fc.constantFrom('staging', 'canary') }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90 * MINUTE_MS }) }),
  fc.record({
    do: fc.constant('press' as const),
    act: fc.constantFrom(...ACTS),
    stage: fc.constantFrom('staging', 'canary', 'production'),
    back: fc.nat({ max: 3 }),
  }),
)

function sameAsNew(state: ServiceState, now: number): void {
  // Objects of its own, so that nothing which was kept can be of it.
  const unseen = structuredClone(state)
  expect(due(state, now)).toEqual(due(unseen, now))
  for (const definition of state.definition?.stages ?? [])
    expect(questionsOf(state, definition, stageOf(state, definition.stage))).toEqual(
      questionsOf(unseen, definition, stageOf(unseen, definition.stage)),
    )
}

test('what is due does not depend on what was asked before', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PIPELINES), fc.array(step, { maxLength: 20 }), (pipeline, steps) => {
      const story = new Story(pipeline).merge().settle()
      for (const one of steps) {
        const last = Math.max(1, story.state.head)
        if (one.do === 'merge') story.merge(one.reverts ? { revertsCommits: [sha(last)] } : {})
        if (one.do === 'settle') story.settle()
        if (one.do === 'turn') story.turn(one.which)
        if (one.do === 'bake') story.ownServed(one.stage).baked(one.stage)
        if (one.do === 'against' && story.stage(one.stage).rollout) story.against(one.stage, 'rollout')
        if (one.do === 'wait') story.now += one.ms
        if (one.do === 'press' && story.state.stages[one.stage])
          story.tries(wish(story, one.act, one.stage, Math.max(1, last - one.back)))
        sameAsNew(story.state, story.now)
      }
    }),
    { numRuns: 100 },
  )
})

test('what contains what is not worked out again for a build, and is for a commit', () => {
  const story = new Story(service()).merge({}, {})
  const before = lineBook(story.state)
  story.settle()
  expect(lineBook(story.state)).not.toBe(before)
  expect(lineBook(story.state).contained).toBe(before.contained)
  story.merge()
  expect(lineBook(story.state).contained).not.toBe(before.contained)
})

test('who is next is asked anew at another time', () => {
  const { state, now } = new Story(PIPELINES[1]!).shipped({}).merge()
  const definition = state.definition!
  const production = definition.stages[1]!
  const answer = nextUp(state, definition, production, now)
  expect(nextUp(state, definition, production, now)).toBe(answer)
  expect(nextUp(state, definition, production, now + 1)).not.toBe(answer)
})

test('parts of another number are other parts', () => {
  let times = 0
  const count = workedOut((..._parts: readonly number[]) => (times += 1))
  expect([count(1), count(1, 2), count(1), count(1, 2), count()]).toEqual([1, 2, 1, 2, 3])
})

test('a person’s retry, which changes nothing but a mark, is seen', () => {
  const story = new Story(service()).shipped({}, {})
  story.person({ type: 'rollback', stage: 'production', reason: 'it fails', tick: 0 }).settle()
  story.person({ type: 'unpin', stage: 'production', reason: 'over' }).settle()
  sameAsNew(story.state, story.now)
  story.person({ type: 'retry', release: 2, stage: 'production' })
  sameAsNew(story.state, story.now)
  expect(due(story.state, story.now)).toMatchObject([
    { do: 'decide', command: { type: 'enter', release: 2 } },
  ])
})
