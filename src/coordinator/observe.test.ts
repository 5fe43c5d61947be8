import { expect, test } from 'vitest'
import { judgeByThresholds } from '../domain/analysis/judge-by-thresholds.ts'
import { noEvidence, withTick } from '../domain/analysis/evidence.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import { assess } from '../domain/service/assess.ts'
import { BAKE, service, stage, Story } from '../domain/service/testing/story.ts'
import { createObserver } from './observe.ts'
import { defaultPaces, type CoordinatorPorts } from './ports.ts'
import type { Work } from './work.ts'

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Ticks of staging over half a minute, seen by an observer that starts now; `wallMs` is what the wall shows then. */
async function ticksOf(
  story: Story,
  wallMs: (passedMs: number) => number,
  generation = story.stage('staging').plan.generation,
): Promise<readonly Tick[]> {
  const ticks: Tick[] = []
  let nowMs = 0
  await new Promise<void>((resolve) => {
    const ports = {
      clock: {
        now: () => wallMs(nowMs),
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
      metrics: { read: async () => ({ seen: true, generation, arms: [] }) },
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
  return ticks
}

test('a number that the log spoke of is not given to a newer tick, though the tick was lost', async () => {
  const story = new Story(service()).shipped({}, {})
  story.person({ type: 'rollback', stage: 'staging', reason: 'it fails', tick: 5 }).settle()
  const ticks = await ticksOf(story, (passedMs) => story.now + passedMs)
  expect(ticks.map(({ seq }) => seq)).toEqual(ticks.map((_tick, index) => index + 1))
  expect(ticks.findIndex(({ spanMs }) => spanMs > 0)).toBe(5)
})

test.each([
  ['put back by a day', -86_400_000],
  ['put forward by a day', 86_400_000],
])('a clock on the wall that is %s changes nothing of what was watched', async (_what, jumpMs) => {
  const story = new Story(service([stage('staging', { bake: BAKE })])).merge().settle()
  const usual = await ticksOf(story, (passedMs) => story.now + passedMs)
  const ticks = await ticksOf(story, (passedMs) => story.now + passedMs + (passedMs > 10_000 ? jumpMs : 0))
  const watchedMs = (some: readonly Tick[]): number => some.reduce((sum, { spanMs }) => sum + spanMs, 0)
  expect(watchedMs(usual)).toBeGreaterThan(20_000)
  expect(watchedMs(ticks)).toBe(watchedMs(usual))
})

test.each([
  ['goes on', 0],
  ['was put back by a day', -86_400_000],
])(
  'routers that follow another plan than the one they acknowledged are noticed while the clock on the wall %s',
  async (_what, jumpMs) => {
    const story = new Story(service([stage('staging', { bake: BAKE })])).merge().settle()
    const { generation } = story.stage('staging').plan
    const wallMs = (passedMs: number): number => story.now + passedMs + jumpMs
    const holds = (ticks: readonly Tick[]): readonly string[] => {
      const evidence = ticks.reduce(withTick, noEvidence)
      const findings = assess(story.state, stage('staging', { bake: BAKE }), evidence, judgeByThresholds)
      return findings.flatMap((finding) => (finding.found === 'hold' ? [finding.reason] : []))
    }
    expect(holds(await ticksOf(story, wallMs, generation - 1))).toEqual([
      'the routers follow another traffic plan than the one they acknowledged',
    ])
    expect(holds(await ticksOf(story, wallMs, generation))).toEqual([])
  },
)
