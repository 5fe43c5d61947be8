import { describe, expect, test } from 'vitest'
import { KEPT_SEEDS } from './seeds/kept-seeds.ts'
import { SABOTAGES } from './sabotages.ts'
import { simulate } from './simulate.ts'
import { createVirtualClock } from './virtual-clock.ts'

const BATCH = 60
/** Within so many seeds every sabotage must be found. */
const SABOTAGE_SEEDS = 200
const LIMIT_MS = 300_000

describe('the coordinator in its world', () => {
  test(`keeps every rule over ${BATCH} seeds`, { timeout: LIMIT_MS }, async () => {
    const broken: string[] = []
    for (let seed = 1; seed <= BATCH; seed += 1) {
      const { violation } = await simulate(`batch-${seed}`)
      if (violation) broken.push(`seed batch-${seed}: ${violation.rule}: ${violation.detail}`)
    }
    expect(broken).toEqual([])
  })

  test.each(KEPT_SEEDS)(
    'seed $seed no longer fails: $was',
    { timeout: LIMIT_MS },
    async ({ seed, size = 'big' }) => {
      expect((await simulate(seed, { size })).violation).toBeUndefined()
    },
  )

  test('the same seed is the same story', { timeout: LIMIT_MS }, async () => {
    for (const seed of ['1', '2', '3']) expect((await simulate(seed)).hash).toBe((await simulate(seed)).hash)
  })
})

describe('the simulation bites', () => {
  test.each(SABOTAGES)('when $name', { timeout: LIMIT_MS }, async ({ sabotage, rules }) => {
    const found: string[] = []
    for (let seed = 1; seed <= SABOTAGE_SEEDS && !rules.some((rule) => found.includes(rule)); seed += 1) {
      const { violation } = await simulate(String(seed), { sabotage })
      if (violation) found.push(violation.rule)
    }
    expect(
      rules.some((rule) => found.includes(rule)),
      `only found: ${[...new Set(found)].join('; ')}`,
    ).toBe(true)
  })
})

describe('the virtual clock', () => {
  test('fires by time, then by insertion, after what is ready was done', async () => {
    const clock = createVirtualClock(1_000)
    const order: string[] = []
    clock.after(20, () => order.push('later'))
    clock.after(10, () => order.push('first'))
    clock.after(10, () => {
      order.push('second')
      void Promise.resolve().then(() => order.push('ready'))
    })
    await clock.run(100, () => false)
    expect(order).toEqual(['first', 'second', 'ready', 'later'])
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([100, 1_100])
  })

  test('wakes a sleeper at once when its signal aborts, and never one that is dead', async () => {
    const clock = createVirtualClock(0)
    const off = new AbortController()
    const woken: string[] = []
    void clock.sleep(1_000, off.signal).then(() => woken.push(`aborted at ${clock.monotonicMs()}`))
    void clock.sleep(50, undefined, () => false).then(() => woken.push('dead'))
    clock.after(10, () => off.abort())
    await clock.run(2_000, () => false)
    expect(woken).toEqual(['aborted at 10'])
  })

  test('a jump of the wall clock moves no timer', async () => {
    const clock = createVirtualClock(0)
    const at: number[] = []
    clock.after(10, () => clock.jumpWall(-1_000_000))
    clock.after(20, () => at.push(clock.monotonicMs(), clock.wallMs()))
    await clock.run(30, () => false)
    expect(at).toEqual([20, -999_980])
  })
})
