import { expect, test } from 'vitest'
import type { EnvironmentPlan } from '../../../domain/traffic/plan.ts'
import { trafficRouterContract } from '../../../extend/contracts/traffic-router.contract.ts'
import { createRecordedRouter } from './recorded-router.ts'

const clock = { sleep: () => Promise.resolve() }
const environment = { service: 'shop', stage: 'production' }

trafficRouterContract('the recorded router', async () => ({
  router: createRecordedRouter(clock),
  instance: { id: 'a', host: '127.0.0.1', port: 80 },
}))

test('a lost answer fails although the plan is in force, and asking again succeeds', async () => {
  const router = createRecordedRouter(clock)
  router.script({ kind: 'lost-answer' })
  await expect(router.apply(plan(1), call(1))).rejects.toMatchObject({ again: 'retry' })
  expect(await router.current(environment)).toEqual(plan(1))
  await router.apply(plan(1), call(1))
  expect(router.acts.map((act) => act.act)).toEqual(['applied', 'applied'])
})

test('a refused call does nothing', async () => {
  const router = createRecordedRouter(clock)
  router.script({ kind: 'refused' })
  await expect(router.apply(plan(1), call(1))).rejects.toMatchObject({ again: 'retry' })
  expect(await router.current(environment)).toBeUndefined()
})

test('a slow call from before cannot undo what came after it', async () => {
  let arrive: () => void = () => {}
  const router = createRecordedRouter({ sleep: () => new Promise((resolve) => (arrive = resolve)) })
  router.script({ kind: 'slow', ms: 60_000 })
  const slow = router.apply(plan(1), call(1))
  await router.apply(plan(2), call(2))
  arrive()
  await expect(slow).rejects.toMatchObject({ code: 'fence/stale' })
  expect(router.acts.at(-1)).toMatchObject({ act: 'refused', why: 'stale-generation' })
  expect(await router.current(environment)).toEqual(plan(2))
})

test('what is under way is what was scripted, until it is cut', async () => {
  const router = createRecordedRouter(clock)
  router.setInFlight(environment, 12, { requests: 3, streams: 1 })
  expect(await router.inFlight(environment, 12)).toEqual({ requests: 3, streams: 1 })
  await router.cut(environment, 12)
  expect(await router.inFlight(environment, 12)).toEqual({ requests: 0, streams: 0 })
})

function plan(generation: number): EnvironmentPlan {
  return {
    environment,
    generation,
    salt: '',
    userKey: null,
    drainMs: 0,
    healthPath: null,
    arms: [],
    isLast: true,
  }
}

function call(fence: number) {
  return { key: 'k', fence, signal: new AbortController().signal }
}
