// Behaviour 5.1, 5.2: how many instances, which of them get traffic, and in which order capacity comes and goes.
import { describe, expect, test } from 'vitest'
import type { RolloutStep } from '../pipeline/definition.ts'
import type { ServiceEvent } from './event.ts'
import { due } from './due.ts'
import { PRODUCTION, service, STAGING, Story } from './testing/story.ts'
import { wantedFleets } from './wanted.ts'

const RUN_ONCE = { command: 'migrate', limitMs: 60_000 }

const share = (percent: number): RolloutStep => ({ kind: 'share', percent, soakMs: 0 })
const STRATEGIES: Record<string, readonly RolloutStep[]> = {
  'one box, then all': [
    { kind: 'one-box', percent: 10, soakMs: 0 },
    { kind: 'all', percent: 100, soakMs: 0 },
  ],
  'blue-green': [{ kind: 'all', percent: 100, soakMs: 0 }],
  rolling: [share(25), share(50), share(75), share(100)],
  replace: [{ kind: 'replace', percent: 100, soakMs: 0 }],
}

/** #2 rolls out over #1, on four instances. */
function rolling(steps: readonly RolloutStep[]): Story {
  const pipeline = service([STAGING, { ...PRODUCTION, instances: 4, rollout: steps }])
  return new Story(pipeline).shipped({}).merge().settle().ownServed('staging').baked('staging')
}

/** Instances and traffic of production, one line for every change, from the rollout of #2 on. */
function timeline(events: readonly ServiceEvent[]): readonly string[] {
  const start = events.findIndex(
    (event) => event.type === 'rollout-started' && event.stage === 'production' && event.release === 2,
  )
  return events.slice(start).flatMap((event) => {
    if (event.type === 'fleet-changed' && event.stage === 'production')
      return [`${event.count} of #${event.release}`]
    if (event.type !== 'traffic-shifted' || event.stage !== 'production') return []
    const arms = event.arms.map(
      ({ release, weightPercent, instances }) => `#${release} ${weightPercent}% on ${instances.length}`,
    )
    return [`traffic: ${arms.join(', ') || 'nobody'}`]
  })
}

describe('capacity', () => {
  test('of blue-green stands whole beside the old before any traffic moves', () => {
    const lines = timeline(rolling(STRATEGIES['blue-green'] ?? []).settle().events)
    expect(lines.indexOf('4 of #2')).toBe(0)
    expect(lines.findIndex((line) => line.includes('#2 100% on 4'))).toBeGreaterThan(0)
  })

  test('of rolling grows with its share', () => {
    const lines = timeline(rolling(STRATEGIES['rolling'] ?? []).settle().events)
    expect(lines.filter((line) => line.endsWith('of #2'))).toEqual([
      '1 of #2',
      '2 of #2',
      '3 of #2',
      '4 of #2',
    ])
    for (const [percent, count] of [
      [25, 1],
      [50, 2],
      [75, 3],
      [100, 4],
    ] as const) {
      const shifted = lines.findIndex((line) => line.includes(`#2 ${percent}% on ${count}`))
      expect(shifted, `${percent} %`).toBeGreaterThan(lines.indexOf(`${count} of #2`))
    }
  })

  test('of replace: the old ones leave the plan, then the host, and only then the new ones start', () => {
    const lines = timeline(rolling(STRATEGIES['replace'] ?? []).settle().events)
    expect(lines).toEqual(['traffic: nobody', '0 of #1', '4 of #2', 'traffic: #2 100% on 4'])
  })

  test('of a failing replace: the new ones stop before the old ones start again', () => {
    const story = rolling(STRATEGIES['replace'] ?? [])
    for (let turns = 0; turns < 40; turns += 1) {
      const scale = due(story.state, story.now).find(
        (intent) => intent.do === 'scale' && intent.stage === 'production',
      )
      if (scale?.do === 'scale' && scale.fleet.release === 2 && scale.rollout !== null) {
        const { stage, rollout, step } = scale
        story.report({
          type: 'report-fleet-failed',
          stage,
          release: 2,
          rollout,
          step,
          cause: 'health',
          message: 'ill',
          tick: 0,
        })
        break
      }
      story.turn(0)
    }
    story.settle()
    expect(story.live('production')).toBe(1)
    expect(story.stage('production').fleets).toMatchObject({ 1: { count: 4 } })
    expect(story.stage('production').plan.arms).toMatchObject([{ release: 1, weightPercent: 100 }])
    expect(story.stage('production').fleets[2]).toBeUndefined()
    const lines = timeline(story.events)
    expect(lines.slice(lines.indexOf('0 of #1')), 'the new ones may have begun').toEqual([
      '0 of #1',
      '0 of #2',
      '4 of #1',
      'traffic: #1 100% on 4',
    ])
  })

  test('of a rollback where nothing may run twice: what runs stops first', () => {
    const story = rolling(STRATEGIES['replace'] ?? []).settle()
    const before = story.events.length
    story.person({ type: 'rollback', stage: 'production', reason: 'slow', tick: 0 }).settle()
    expect(story.live('production')).toBe(1)
    const lines = timeline(story.events).slice(timeline(story.events.slice(0, before)).length)
    expect(lines).toEqual(['traffic: nobody', '0 of #2', '4 of #1', 'traffic: #1 100% on 4'])
  })

  test.each(Object.keys(STRATEGIES))('of %s never goes while the routers still use it', (name) => {
    const story = rolling(STRATEGIES[name] ?? [])
    for (let turns = 0; turns < 200; turns += 1) {
      const { plan, fleets } = story.stage('production')
      for (const arm of plan.arms) {
        const there = fleets[arm.release]?.instances.map(({ id }) => id) ?? []
        expect(there).toEqual(expect.arrayContaining(arm.instances.map(({ id }) => id)))
      }
      story.turn(turns)
    }
    expect(story.live('production')).toBe(2)
  })

  test.each(Object.keys(STRATEGIES).filter((name) => name !== 'replace'))(
    'of %s: while #2 rolls out, #1 keeps all it has',
    (name) => {
      const lines = timeline(rolling(STRATEGIES[name] ?? []).settle().events)
      const live = lines.findIndex((line) => line.includes('#2 100%'))
      expect(lines.slice(0, live).filter((line) => /^[0-3] of #1/.test(line))).toEqual([])
    },
  )
})

test('the instances that were judged stay: a step adds to them', () => {
  const story = rolling(STRATEGIES['rolling'] ?? [])
  const ids: (readonly string[])[] = []
  for (let turns = 0; turns < 60; turns += 1) {
    story.turn(0)
    const fleet = story.stage('production').fleets[2]
    if (fleet) ids.push(fleet.instances.map(({ id }) => id))
  }
  for (const [index, now] of ids.entries())
    expect(now.slice(0, ids[index - 1]?.length ?? 0)).toEqual(ids[index - 1] ?? [])
  expect(ids.at(-1)).toHaveLength(4)
})

test('what goes round a stage while it rolls out in it starts beside it only after its release command', () => {
  const story = rolling([{ kind: 'all', percent: 100, soakMs: 0 }])
  story.turn(0)
  const { rollout, ...stage } = story.stage('production')
  if (!rollout) throw new Error('nothing rolls out')
  const beside = { release: rollout.release, target: 'later', since: 0, passed: [] }
  const wanted = (state: 'running' | 'passed'): readonly number[] => {
    const command = { rollout: rollout.rollout, release: rollout.release, attempt: 1, state, since: 0 }
    const owing = { ...stage, rollout: { ...rollout, command: RUN_ONCE }, beside, command }
    return wantedFleets(PRODUCTION, owing).map(({ release }) => release)
  }
  expect(wanted('running')).not.toContain(rollout.release)
  expect(wanted('passed')).toContain(rollout.release)
})
