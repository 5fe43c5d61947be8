// A release is watched by the real observer and the real judge; what it said is then asked again from what was recorded.
import { describe, expect, test } from 'vitest'
import { judgeSequentially } from '../domain/analysis/judge-sequentially.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import { BAKE, service, stage, Story } from '../domain/service/testing/story.ts'
import { createObserver } from './observe.ts'
import { defaultPaces, type CoordinatorPorts } from './ports.ts'
import { replay, type ReplayPorts } from './replay.ts'
import type { Work } from './work.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const PER_TICK = 40

type Watched = {
  readonly events: readonly ServiceEvent[]
  readonly ports: ReplayPorts
  readonly ticks: Tick[]
}

/** #1 is served, #2 takes over and is watched for so long; `failing` of 40 requests a second to it fail. */
async function watched(failing: number, restartsAt: readonly number[] = []): Promise<Watched> {
  const story = new Story(service([stage('staging', { bake: BAKE, watchMs: 30_000 })]), 0).merge().settle()
  const ticks: Tick[] = []
  const counted = new Map<number, { requests: number; errors: number; latency: [number, number][] }>()
  const judge = { asksForTrials: true, judge: judgeSequentially }
  const read = async function* (_environment: unknown, afterSeq: number) {
    // Through JSON, as from disk.
    yield* ticks.filter(({ seq }) => seq > afterSeq).map((tick) => JSON.parse(JSON.stringify(tick)) as Tick)
  }
  const count = (): void => {
    for (const { release, weightPercent } of story.stage('staging').plan.arms) {
      const known = counted.get(release) ?? { requests: 0, errors: 0, latency: [[60, 0]] }
      if (weightPercent === 0) continue
      const requests = known.requests + PER_TICK
      const errors = known.errors + (release === 2 ? failing : 0)
      counted.set(release, { requests, errors, latency: [[60, requests]] })
    }
  }
  const until = async (endMs: number): Promise<void> => {
    await new Promise<void>((resolve) => {
      const ports = {
        clock: {
          now: () => story.now,
          monotonicMs: () => story.now,
          sleep: async (ms: number) => {
            story.now += ms
            if (story.now > 70_000 && story.state.head === 1) story.merge()
            story.settle()
            if (story.now < endMs) return count()
            resolve()
            await new Promise(() => {})
          },
        },
        log: quiet,
        judge,
        metrics: {
          read: async () => ({
            seen: true,
            generation: story.stage('staging').plan.generation,
            arms: [...counted].map(([release, arm]) => ({ release, ...arm })),
          }),
        },
        target: { look: async () => [] },
        ticks: {
          lastSeq: async () => ticks.length,
          append: async (_environment: unknown, tick: Tick) => void ticks.push(tick),
          read,
        },
      } as unknown as CoordinatorPorts
      const handle = async (command: Parameters<Story['report']>[0]) => {
        // Nobody looks after instances here.
        if (command.type === 'report-finding') story.report(command).settle()
        return { done: true, events: [], version: 0 }
      }
      createObserver({
        service: 'shop',
        state: () => story.state,
        work: () => ({ handle }) as unknown as Work,
        ports,
        paces: defaultPaces,
        watched: () => {},
      })
    })
  }
  for (const endMs of [...restartsAt, 260_000]) await until(endMs)
  const readStream = async () =>
    story.events.map((event, at) => ({
      position: at + 1,
      stream: 'service/shop',
      version: at + 1,
      type: event.type,
      data: event,
    }))
  return { events: story.events, ports: { eventLog: { readStream }, ticks: { read }, judge }, ticks }
}

const said = (events: readonly ServiceEvent[]) =>
  events.flatMap((event) => (event.type === 'verdict-against' ? [event.what] : []))

describe('a verdict that is asked again', () => {
  test('is the same to the bit', async () => {
    const { events, ports } = await watched(4)
    expect(said(events)).toHaveLength(1)
    const [again, ...more] = await replay(ports, 'shop', 2)
    expect(more).toEqual([])
    expect(again).toMatchObject({ stage: 'staging', isSame: true, replayed: { what: said(events)[0] } })
    expect(again?.evidence[0]).toMatchObject({ about: 'bake' })
    expect(again?.evidence[0]?.evidence).toBeGreaterThanOrEqual(again?.evidence[0]?.limit ?? Infinity)
    expect(again?.evidence[0]?.explained.join()).toMatch(/requests to #2 failed/)
  })

  test('is the same, whenever the server was started anew in between', async () => {
    const plain = await watched(4)
    const restarted = await watched(4, [75_400, 80_200])
    expect(said(restarted.events)).toHaveLength(1)
    expect(await replay(restarted.ports, 'shop', 2)).toMatchObject([{ isSame: true }])
    expect(await replay(plain.ports, 'shop', 2)).toMatchObject([{ isSame: true }])
  })

  test('of a release that came through its bake and its watch is that nothing was against it', async () => {
    const { events, ports } = await watched(0)
    expect(said(events)).toEqual([])
    const replays = await replay(ports, 'shop', 2)
    expect(replays.length).toBeGreaterThan(0)
    expect(replays.every(({ isSame, replayed }) => isSame && replayed?.verdict === 'none')).toBe(true)
  })

  test('is not the same where the record was changed', async () => {
    const { ports, ticks } = await watched(4)
    for (const [place, tick] of ticks.entries())
      ticks[place] = { ...tick, arms: tick.arms.map((arm) => ({ ...arm, errors: Math.min(arm.errors, 3) })) }
    expect(await replay(ports, 'shop', 2)).toMatchObject([{ isSame: false }])
  })

  test('cannot be judged where its ticks are kept no more', async () => {
    const { ports, ticks } = await watched(4)
    ticks.length = 3
    expect(await replay(ports, 'shop', 2)).toMatchObject([{ isSame: false, replayed: null }])
  })
})

test('a release that was never judged has nothing to be replayed', async () => {
  const { ports } = await watched(0)
  expect(await replay(ports, 'shop', 7)).toEqual([])
})
