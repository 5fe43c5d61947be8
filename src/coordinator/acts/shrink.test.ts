import { expect, test } from 'vitest'
import { service, Story } from '../../domain/service/testing/story.ts'
import type { FleetLook } from '../../ports/deployment-target.ts'
import { defaultPaces, type CoordinatorPorts } from '../ports.ts'
import { shrink } from './shrink.ts'

test('instances are gone only when they have stopped, not while they are stopping', async () => {
  const story = new Story(service()).shipped({})
  const states: ('stopping' | 'gone')[] = ['stopping', 'stopping', 'gone']
  let looks = 0
  const look = async (): Promise<readonly Pick<FleetLook, 'release' | 'instances'>[]> => {
    const state = states[looks] ?? 'gone'
    looks += 1
    const instance = { id: 'a', host: 'h', port: 1, state: 'stopping', startedAt: 0, restarts: 0 }
    return state === 'gone' ? [] : ([{ release: 1, instances: [instance] }] as never)
  }
  const ports = {
    clock: { now: () => story.now, monotonicMs: () => 0, sleep: async () => {} },
    router: { inFlight: async () => ({ requests: 0, streams: 0 }) },
    target: { scale: async () => {}, look },
  } as unknown as CoordinatorPorts
  const report = await shrink(
    {
      do: 'shrink',
      stage: 'staging',
      fleet: { release: 1, count: 0, role: 'warm' },
    },
    {
      service: 'shop',
      state: story.state,
      fence: 1,
      key: 'k',
      signal: new AbortController().signal,
      ports,
      paces: defaultPaces,
      tick: () => 0,
      report: async () => {},
    },
  )
  expect(report).toMatchObject({ type: 'report-fleet', count: 0, askedAt: 1 })
  expect(looks).toBe(3)
})
