// Processes without a port, beside one that has one, or alone (behaviour 5.5).
import { expect, test } from 'vitest'
import { due } from './due.ts'
import { service, stage, STEPS, Story } from './testing/story.ts'
import { wantedArms, wantedFleets } from './wanted.ts'

const beside = stage('production', { instances: 4, workers: { worker: 3 }, rollout: STEPS })
const alone = stage('production', { instances: 4, portless: true, traffic: 'none', rollout: STEPS })

/** The fleets that a stage wants, as `release: instances+workers`. */
function fleets(story: Story): readonly string[] {
  const definition = story.state.definition?.stages[0]
  if (!definition) return []
  return wantedFleets(definition, story.stage('production')).map(
    ({ release, count, workers }) => `${release}: ${count}${workers ? `+${workers['worker'] ?? 0}` : ''}`,
  )
}

/** Turns until the rollout is in the phase. */
function until(story: Story, phase: string): Story {
  for (let turns = 0; turns < 30 && story.stage('production').rollout?.phase !== phase; turns += 1)
    story.turn(0)
  expect(story.stage('production').rollout?.phase).toBe(phase)
  return story
}

test('workers of a candidate start when its step was taken, not while it prepares: they take work at once', () => {
  const story = new Story(service([beside])).merge().settle().merge()
  expect(fleets(until(story, 'preparing'))).toEqual(['1: 4+3', '2: 1+0'])
  expect(fleets(until(story, 'shifting'))).toEqual(['1: 4+3', '2: 1+1'])
  until(story, 'soaking').step('production')
  expect(fleets(until(story, 'shifting'))).toEqual(['1: 4+3', '2: 2+2'])
})

test('a step waits for its workers', () => {
  const story = until(new Story(service([beside])).merge().settle().merge(), 'shifting')
  const intents = due(story.state, story.now)
  for (const intent of intents) if (intent.do === 'route') story.carryOut(intent)
  expect(story.stage('production').rollout?.phase).toBe('shifting')
  for (const intent of due(story.state, story.now)) if (intent.do === 'scale') story.carryOut(intent)
  expect(story.stage('production').rollout?.phase).toBe('soaking')
})

test('what is warm has no workers, and is told so even when nobody knows what it has', () => {
  const story = new Story(service([{ ...beside, watchMs: 60_000 }])).merge().settle().merge().settle()
  story.soaked('production')
  expect(story.live('production')).toBe(2)
  expect(fleets(story)).toEqual(['2: 4+3', '1: 4+0'])
  expect(story.stage('production').fleets[1]).toMatchObject({ count: 4, workers: {} })
})

test('a lock that was acknowledged keeps workers from starting', () => {
  const story = new Story(service([beside])).merge().settle().merge()
  until(story, 'preparing').person({
    type: 'lock',
    stage: 'production',
    id: 'l1',
    owner: 'bob',
    reason: 'customers call',
    forMs: 3_600_000,
    incident: null,
    suspect: null,
  })
  story.settle()
  expect(fleets(story)).toEqual(['1: 4+3', '2: 1+0'])
})

test('without a port instances themselves wait for the step, shares are of instances, and nothing is kept warm', () => {
  const story = new Story(service([alone])).merge().settle()
  expect(story.live('production')).toBe(1)
  story.merge()
  expect(fleets(until(story, 'gate'))).toEqual(['1: 4'])
  expect(fleets(until(story, 'shifting'))).toEqual(['1: 4', '2: 1'])
  until(story, 'soaking')
  expect(wantedArms(alone, story.stage('production'))).toMatchObject([
    { release: 1, weightPercent: 90 },
    { release: 2, weightPercent: 10 },
  ])
  story.soaked('production')
  expect(story.live('production')).toBe(2)
  expect(fleets(story)).toEqual(['2: 4'])
  expect(Object.keys(story.stage('production').fleets)).toEqual(['2'])
})

test('what replaces itself stops the old workers before the new ones start', () => {
  const replacing = stage('production', {
    workers: { worker: 1 },
    rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }],
  })
  const story = new Story(service([replacing])).merge().settle().merge()
  for (let turns = 0; turns < 60 && story.live('production') !== 2; turns += 1) {
    const there = Object.entries(story.stage('production').fleets).filter(
      ([, fleet]) => (fleet.workers?.['worker'] ?? 0) > 0,
    )
    expect(there.length).toBeLessThanOrEqual(1)
    story.turn(0)
  }
  expect(story.live('production')).toBe(2)
  expect(story.stage('production').fleets).toMatchObject({ 2: { workers: { worker: 1 } } })
})

test('what may not run twice and has no port is live only once it runs', () => {
  const replaced = { ...alone, rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }] } as const
  const story = until(new Story(service([replaced])).merge().settle().merge(), 'shifting')
  // The old instances are still there: the new ones are not even wanted yet.
  expect([fleets(story), story.live('production')]).toEqual([[], 1])
  for (let turns = 0; turns < 10 && fleets(story).length === 0; turns += 1) story.turn(0)
  expect([fleets(story), story.live('production')]).toEqual([['2: 4'], 1])
  story.settle()
  expect(story.live('production')).toBe(2)
  expect(story.stage('production').fleets[2]?.count).toBe(4)
})

test('workers that a failed rollout asked for are stopped, also when nobody heard of them and people keep the release', () => {
  const story = until(new Story(service([beside])).merge().settle().merge(), 'shifting')
  expect(story.stage('production').fleets[2]).toMatchObject({ count: 1, workers: {} })
  story.person({ type: 'abort', stage: 'production', reason: 'customers call', tick: 0 })
  story.person({
    type: 'set-track',
    stage: 'production',
    track: 'experimental',
    release: 2,
    instances: 1,
    reason: 'to look at it',
  })
  const told = due(story.state, story.now).flatMap((intent) =>
    intent.do === 'scale' && intent.fleet.release === 2 ? [intent.fleet] : [],
  )
  expect(told).toMatchObject([{ count: 1, workers: {} }])
})
