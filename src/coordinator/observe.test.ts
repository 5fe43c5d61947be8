import { expect, test } from 'vitest'
import { judgeByThresholds } from '../domain/analysis/judge-by-thresholds.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import { service, Story } from '../domain/service/testing/story.ts'
import { createObserver } from './observe.ts'
import { defaultPaces, type CoordinatorPorts } from './ports.ts'
import type { Work } from './work.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

test('a number that the log spoke of is not given to a newer tick, though the tick was lost', async () => {
  const story = new Story(service()).shipped({}, {})
  story.person({ type: 'rollback', stage: 'staging', reason: 'it fails', tick: 5 }).settle()
  const ticks: Tick[] = []
  let nowMs = 0
  const watchedTwice = new Promise<void>((resolve) => {
    const ports = {
      clock: {
        now: () => story.now + nowMs,
        monotonicMs: () => nowMs,
        sleep: async (ms: number) => {
          nowMs += ms
          if (nowMs <= 30_000) return
          resolve()
          await new Promise(() => {})
        },
      },
      log: quiet,
      judge: { judge: judgeByThresholds },
      metrics: { read: async () => ({ seen: true, generation: 1, arms: [] }) },
      target: { look: async () => [] },
      ticks: {
        lastSeq: async () => ticks.length,
        append: async (environment: { stage: string }, tick: Tick) => {
          if (environment.stage === 'staging') ticks.push(tick)
        },
        read: async function* () {
          yield* [...ticks]
        },
      },
    } as unknown as CoordinatorPorts
    createObserver({
      service: 'shop',
      state: () => story.state,
      work: () => ({ handle: async () => ({ done: true, events: [], version: 0 }) }) as unknown as Work,
      ports,
      paces: defaultPaces,
      watched: () => {},
    })
  })
  await watchedTwice
  expect(ticks.map(({ seq }) => seq)).toEqual(ticks.map((_tick, index) => index + 1))
  expect(ticks.findIndex(({ spanMs }) => spanMs > 0)).toBe(5)
})
