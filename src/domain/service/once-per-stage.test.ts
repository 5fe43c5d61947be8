import { describe, expect, test } from 'vitest'
import { oncePerStage, type WantedFrom } from './once-per-stage.ts'
import { emptyStage, type StageState } from './state.ts'
import { STAGING } from './testing/story.ts'

function counted() {
  let times = 0
  const ask = oncePerStage((_definition, { rollout, before }) => {
    times += 1
    return { rollout, before }
  })
  return { ask, times: () => times }
}

const STAGE = emptyStage('staging')

/** Another value for each thing that what is wanted is made from. */
const OTHER: { readonly [Part in keyof WantedFrom]-?: WantedFrom[Part] } = {
  live: { release: 1, since: 0, rollout: 1 },
  rollout: { release: 2 } as StageState['rollout'],
  command: { rollout: 1, release: 1, attempt: 1, state: 'passed', since: 0 },
  beside: { release: 2, target: 'production', since: 0, passed: [] },
  before: [1],
  marks: { 1: {} } as unknown as StageState['marks'],
  warmCut: {},
  watch: { release: 1, since: 0 },
  routes: { ...STAGE.routes },
  fleets: { 1: { count: 1, instances: [] } },
  unheard: { 1: 1 },
  plan: { tracks: [{ track: 'beta', shares: [] }] },
}

describe('what is wanted in a stage', () => {
  test('is worked out once, before an event and after it', () => {
    const { ask, times } = counted()
    const after = { ...STAGE, before: [1] }
    const answers = [STAGE, after, STAGE, after].map((stage) => ask(STAGING, stage).before.length)
    expect(answers).toEqual([0, 1, 0, 1])
    expect(times()).toBe(2)
  })

  test('is not worked out again where something else changed', () => {
    const { ask, times } = counted()
    const known = ask(STAGING, STAGE)
    const locked: StageState = { ...STAGE, wishedAt: 7, lockAlone: { release: 1, since: 0, warned: true } }
    expect(ask(STAGING, locked)).toBe(known)
    expect(times()).toBe(1)
  })

  test.each(Object.entries(OTHER))('is worked out again when its %s is another', (part, value) => {
    const { ask, times } = counted()
    ask(STAGING, STAGE)
    ask(STAGING, { ...STAGE, [part]: value })
    expect(times()).toBe(2)
  })

  test('is worked out for each definition', () => {
    const { ask, times } = counted()
    ask(STAGING, STAGE)
    ask({ ...STAGING, instances: 9 }, STAGE)
    expect(times()).toBe(2)
  })
})
