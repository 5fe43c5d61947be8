// A plan says more than who gets what; a new configuration that changes it makes a new plan, and nothing else does.
import { expect, test } from 'vitest'
import type { ServiceDefinition } from '../pipeline/definition.ts'
import { due } from './due.ts'
import { service, Story } from './testing/story.ts'

const base = service()

function told(change: (definition: ServiceDefinition) => ServiceDefinition): readonly string[] {
  const story = new Story(base)
  story.merge().settle()
  story.now += 10_000_000
  story.settle()
  const before = new Map(base.stages.map(({ stage }) => [stage, story.stage(stage).plan.generation]))
  story.person({ type: 'configure', definition: change(base) })
  expect(due(story.state, story.now).some(({ do: kind }) => kind === 'route')).toBe(
    JSON.stringify(change(base).run) !== JSON.stringify(base.run) || change(base).stages !== base.stages,
  )
  story.settle()
  return base.stages.flatMap(({ stage }) =>
    story.stage(stage).plan.generation > (before.get(stage) ?? 0) ? [stage] : [],
  )
}

const all = base.stages.map(({ stage }) => stage)
const last = all.at(-1) ?? ''

test.each([
  ['another key of users', { userKey: { from: 'header', name: 'x-user' } }],
  ['a limit of requests', { concurrency: { perInstance: 2, waiting: 1, waitMs: 1 } }],
  [
    'whose tokens are believed',
    { tokens: { keys: 'https://a.example/', from: { from: 'cookie', name: 't' } } },
  ],
] as const)('%s is told to the routers of every stage', (_, run) => {
  expect(told((definition) => ({ ...definition, run: { ...definition.run, ...run } }))).toEqual(all)
})

test.each([
  ['that it is closed', { maintenance: 'Back soon.' }],
  ['who is given copies', { mirror: { to: 'staging', percent: 10 } }],
] as const)('of one stage, %s is told to its routers alone', (_, settings) => {
  const stages = base.stages.map((stage) => (stage.stage === last ? { ...stage, ...settings } : stage))
  expect(told((definition) => ({ ...definition, stages }))).toEqual([last])
})

test('what says nothing to a router makes no plan', () => {
  expect(told((definition) => ({ ...definition, zone: 'Europe/Berlin' }))).toEqual([])
})
