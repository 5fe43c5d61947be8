// What the outside is owed, and how nothing it may have got unheard of is forgotten.
import { describe, expect, test } from 'vitest'
import { due } from './due.ts'
import { service, stage, Story } from './testing/story.ts'

describe('going back', () => {
  test('before any traffic was shifted ends by itself: there is no plan to wait for', () => {
    const story = new Story().shipped({}).merge()
    // Built and entering, but its instances never come.
    while (!story.stage('staging').rollout) {
      const [intent] = due(story.state, story.now)
      if (intent?.do === 'decide') story.report(intent.command)
      else
        story.report({
          type: 'report-build-done',
          release: 2,
          attempt: 1,
          artifact: 'sha256-2',
          run: story.state.definition!.run,
          sizeBytes: 1,
        })
    }
    story.person({ type: 'abort', stage: 'staging', reason: 'not now', tick: 0 }).settle()
    expect(story.stage('staging').rollout).toBeNull()
    expect(story.live('staging')).toBe(1)
  })
})

describe('a plan', () => {
  const moved = (port: number) => ({
    type: 'report-fleet' as const,
    stage: 'staging',
    release: 1,
    count: 2,
    instances: [0, 1].map((index) => ({ id: `staging-1-${index}`, host: '127.0.0.1', port: port + index })),
  })
  const routeOwed = (story: Story) => due(story.state, story.now).find((intent) => intent.do === 'route')

  test('that differs from one a router may have got has a newer generation', () => {
    const story = new Story().shipped({}).report(moved(5_000))
    const first = routeOwed(story)
    story.report(moved(6_000))
    const second = routeOwed(story)
    expect(second!.generation).toBeGreaterThan(first!.generation)
    expect(first!.generation).toBeGreaterThan(story.stage('staging').plan.generation)
  })

  test('is owed again when another was asked for in between, whose answer nobody heard', () => {
    const story = new Story().shipped({})
    const [was] = story.stage('staging').plan.arms
    story.report(moved(5_000))
    expect(routeOwed(story)).toBeDefined()
    story.report({ ...moved(0), instances: was!.instances })
    expect(routeOwed(story)?.arms).toEqual(story.stage('staging').plan.arms)
    story.settle()
    expect(routeOwed(story)).toBeUndefined()
  })

  test('that was asked for before the newest wish does not settle it', () => {
    const story = new Story().shipped({}).report(moved(5_000))
    const early = routeOwed(story)!
    story.report(moved(6_000)).report(moved(5_000))
    story.report({ type: 'report-routed', stage: 'staging', generation: early.generation, arms: early.arms })
    expect(routeOwed(story)?.arms).toEqual(early.arms)
  })
})

describe('instances that were asked for', () => {
  test('and are no longer wanted are stopped, though nobody ever heard of them', () => {
    const story = new Story().shipped({}).merge()
    while (!due(story.state, story.now).some((intent) => intent.do === 'scale')) {
      const [intent] = due(story.state, story.now)
      if (intent?.do === 'decide') story.report(intent.command)
      else
        story.report({
          type: 'report-build-done',
          release: 2,
          attempt: 1,
          artifact: 'sha256-2',
          run: story.state.definition!.run,
          sizeBytes: 1,
        })
    }
    story.person({ type: 'abort', stage: 'staging', reason: 'not now', tick: 0 })
    const shrink = () => due(story.state, story.now).find((intent) => intent.do === 'shrink')
    while (!shrink()) {
      const [intent] = due(story.state, story.now)
      if (intent?.do !== 'decide') break
      story.report(intent.command)
    }
    expect(shrink()).toMatchObject({ stage: 'staging', fleet: { release: 2, count: 0 } })
    story.report({
      type: 'report-fleet',
      stage: 'staging',
      release: 2,
      count: 0,
      instances: [],
      askedAt: story.state.version,
    })
    expect(shrink()).toBeUndefined()
  })

  test('with `replace` are only those of the release that is gone back to', () => {
    const replace = stage('staging', { rollout: [{ kind: 'replace', percent: 100, soakMs: 0 }] })
    const story = new Story(service([replace])).shipped({}).merge().settle().merge()
    // #3 enters: #2 is stopped first. Going back to #1 must not start #2 again beside it.
    while (story.stage('staging').fleets[2] !== undefined) {
      const intent = due(story.state, story.now).find(({ do: kind }) => kind !== 'wake')!
      if (intent.do === 'build')
        story.report({
          type: 'report-build-done',
          release: 3,
          attempt: 1,
          artifact: 'sha256-3',
          run: story.state.definition!.run,
          sizeBytes: 1,
        })
      else if (intent.do === 'decide') story.report(intent.command)
      else if (intent.do === 'route') story.report({ ...intent, type: 'report-routed' })
      else if (intent.do === 'shrink')
        story.report({
          type: 'report-fleet',
          stage: 'staging',
          release: intent.fleet.release,
          count: intent.fleet.count,
          instances: [],
          askedAt: story.state.version,
        })
      else break
    }
    story.person({ type: 'rollback', stage: 'staging', to: 1, reason: 'it fails', tick: 0 })
    const asked = due(story.state, story.now).filter((intent) => intent.do === 'scale')
    expect(asked.map(({ fleet }) => fleet.release)).not.toContain(2)
    story.settle()
    expect([story.live('staging'), Object.keys(story.stage('staging').fleets)]).toEqual([1, ['1']])
  })
})

describe('instances that may be stopped', () => {
  test('are counted on no more, for the host may do it unheard; wanted again, they are asked for', () => {
    const one = (instances: number) => service([stage('staging', { instances })])
    const story = new Story(one(4)).shipped({})
    story.person({ type: 'configure', definition: one(2) })
    while (!due(story.state, story.now).some((intent) => intent.do === 'shrink')) {
      const route = due(story.state, story.now).find((intent) => intent.do === 'route')!
      story.report({
        type: 'report-routed',
        stage: 'staging',
        generation: route.generation,
        arms: route.arms,
      })
    }
    story.person({ type: 'configure', definition: one(4) })
    const owed = due(story.state, story.now)
    expect(owed.find((intent) => intent.do === 'scale')?.fleet).toMatchObject({ release: 1, count: 4 })
    expect(owed.filter((intent) => intent.do === 'route')).toEqual([])
    expect(story.stage('staging').plan.arms[0]?.instances).toHaveLength(2)
  })
})

test('an answer about instances that comes late, after something else was asked for, says nothing', () => {
  const story = new Story().shipped({})
  const report = (count: number, askedAt: number) =>
    story.report({
      type: 'report-fleet',
      stage: 'staging',
      release: 1,
      count,
      instances: [0, 1, 2].slice(0, count).map((index) => ({ id: `i${index}`, host: 'h', port: index })),
      askedAt,
    })
  const now = story.state.version
  report(3, now)
  report(0, now - 1)
  expect(story.stage('staging').fleets[1]?.count).toBe(3)
})

describe('while instances may be stopped at any moment', () => {
  const three = service([stage('staging', { instances: 3 })])
  const two = service([stage('staging', { instances: 2 })])
  const seen = (count: number, first: number) => ({
    type: 'report-fleet' as const,
    stage: 'staging',
    release: 1,
    count,
    instances: [0, 1, 2]
      .slice(0, count)
      .map((index) => ({ id: `i${first + index}`, host: 'h', port: first + index })),
  })

  test('what is seen of them says nothing, and is taken up once it is known which are left', () => {
    const story = new Story(three).shipped({})
    story.person({ type: 'configure', definition: two })
    while (due(story.state, story.now).some((intent) => intent.do === 'route')) story.turn(0)
    expect(due(story.state, story.now)).toMatchObject([{ do: 'shrink', fleet: { release: 1, count: 2 } }])
    const { fleets } = story.stage('staging')
    // Whoever still counts on three, and whoever puts one in the place of another, may name what is about to go.
    story.report(seen(3, 0)).report(seen(2, 1))
    expect(story.stage('staging').fleets).toBe(fleets)
    story.settle().report(seen(2, 1))
    expect(story.stage('staging').fleets[1]?.instances.map(({ id }) => id)).toEqual(['i1', 'i2'])
  })
})
