// What every metric source promises. Run it from an adapter's own tests: `metricSourceContract('prometheus', createLab)`.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../domain/names.ts'
import type { ArmReading, MetricSource, SourceAsked, TrafficReading } from '../../ports/metric-source.ts'

export type Answered = {
  readonly requests: number
  readonly errors: number
  /** How long each of them took. */
  readonly ms: number
}

/** A source, and a service that it knows of. */
export type MetricLab = {
  readonly source: MetricSource
  readonly environment: Environment
  /** What is asked where these releases serve; undefined for a source that needs not be told. */
  asked(releases: readonly number[]): SourceAsked | undefined
  /** Releases that the source hears of from now on; they have not answered anything. */
  serve(releases: readonly number[]): Promise<void>
  /** So much is answered by a release, once. */
  answer(release: number, what: Answered): Promise<void>
  /** Counting begins anew at zero for a release, as when its process is replaced. */
  restart(release: number): Promise<void>
  /** The source gives no answer any more, until it is `mended`. */
  breakOff(): Promise<void>
  mend(): Promise<void>
}

export type MetricLabOptions = {
  /** Told apart; a source without latency has none in its readings. */
  readonly hasLatency: boolean
  /** How long what was answered takes to be seen, at the most. */
  readonly lateMsMax: number
}

const [OLD, NEW] = [1, 2]
const BOTH = [OLD, NEW]

export function metricSourceContract(
  name: string,
  createLab: () => Promise<MetricLab>,
  { hasLatency, lateMsMax }: MetricLabOptions,
): void {
  const limit = { timeout: 6 * lateMsMax + 60_000 }

  describe(`metric source contract: ${name}`, () => {
    test('what each release answered is told, and to which of them errors belong', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const before = await seen(lab, BOTH, lateMsMax)
      await lab.answer(OLD, { requests: 90, errors: 1, ms: 12 })
      await lab.answer(NEW, { requests: 10, errors: 4, ms: 150 })
      const after = await grown(lab, before, { [OLD]: 90, [NEW]: 10 }, lateMsMax)
      expect(errorsOf(after, OLD) - errorsOf(before, OLD)).toBe(1)
      expect(errorsOf(after, NEW) - errorsOf(before, NEW)).toBe(4)
      expect(after.trouble).toBeUndefined()
    })

    const toldHow = hasLatency ? 'in the grid of the judge' : 'as nothing: what is not known is no latency'
    test(`how long answers took is told ${toldHow}`, limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const before = await seen(lab, BOTH, lateMsMax)
      await lab.answer(OLD, { requests: 40, errors: 0, ms: 12 })
      await lab.answer(NEW, { requests: 10, errors: 0, ms: 700 })
      const after = await grown(lab, before, { [OLD]: 40, [NEW]: 10 }, lateMsMax)
      const slow = latencyGrown(before, after, NEW)
      const quick = latencyGrown(before, after, OLD)
      if (!hasLatency) return expect([...slow, ...quick]).toEqual([])
      expect(slow.reduce((sum, [, count]) => sum + count, 0)).toBe(10)
      expect(quick.reduce((sum, [, count]) => sum + count, 0)).toBe(40)
      expect(Math.min(...slow.map(([bucket]) => bucket))).toBeGreaterThan(
        Math.max(...quick.map(([bucket]) => bucket)),
      )
    })

    test('counts only grow, also when counting began anew', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const before = await seen(lab, BOTH, lateMsMax)
      await lab.answer(NEW, { requests: 30, errors: 3, ms: 12 })
      const middle = await grown(lab, before, { [NEW]: 30 }, lateMsMax)
      await lab.restart(NEW)
      await lab.answer(NEW, { requests: 7, errors: 2, ms: 12 })
      const after = await grown(lab, middle, { [NEW]: 7 }, lateMsMax)
      expect(errorsOf(after, NEW) - errorsOf(middle, NEW)).toBe(2)
    })

    test('one reading after the other, nothing is counted twice', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const before = await seen(lab, BOTH, lateMsMax)
      await lab.answer(OLD, { requests: 25, errors: 5, ms: 12 })
      const after = await grown(lab, before, { [OLD]: 25 }, lateMsMax)
      for (let again = 0; again < 20; again += 1) {
        const reading = await read(lab, BOTH)
        expect(requestsOf(reading, OLD)).toBe(requestsOf(after, OLD))
        expect(errorsOf(reading, OLD)).toBe(errorsOf(after, OLD))
        await wait(50)
      }
    })

    test('a source that gives no answer is not seen, says why, and never tells zero', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      await seen(lab, BOTH, lateMsMax)
      await lab.breakOff()
      const unseen = await reading(lab, BOTH, lateMsMax, ({ seen: isSeen }) => !isSeen)
      expect(unseen.arms).toEqual([])
      expect(unseen.told ?? []).toEqual([])
      if (lab.asked(BOTH) !== undefined) expect(unseen.trouble).toMatch(/\w/)
    })

    test('what was answered while the source gave no answer is not lost', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const before = await seen(lab, BOTH, lateMsMax)
      await lab.breakOff()
      await reading(lab, BOTH, lateMsMax, ({ seen: isSeen }) => !isSeen)
      await lab.mend()
      await lab.answer(OLD, { requests: 11, errors: 1, ms: 12 })
      const after = await grown(lab, before, { [OLD]: 11 }, lateMsMax)
      expect(errorsOf(after, OLD) - errorsOf(before, OLD)).toBe(1)
    })

    test('a reading takes less than a second, whatever the source does', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      await seen(lab, BOTH, lateMsMax)
      await lab.breakOff()
      for (let again = 0; again < 5; again += 1) {
        const isQuick = await Promise.race([read(lab, BOTH).then(() => true), wait(5_000).then(() => false)])
        expect(isQuick).toBe(true)
      }
    })

    test('of an environment that nobody counted nothing is told', limit, async () => {
      const lab = await begun(createLab, lateMsMax)
      const other = { ...lab.environment, stage: 'elsewhere' }
      const { arms } = await lab.source.read(other, lab.asked([]))
      expect(arms).toEqual([])
    })
  })
}

/** Both releases serve, and are known of. */
async function begun(createLab: () => Promise<MetricLab>, lateMsMax: number): Promise<MetricLab> {
  const lab = await createLab()
  await lab.serve(BOTH)
  for (const release of BOTH) await lab.answer(release, { requests: 1, errors: 0, ms: 12 })
  await reading(lab, BOTH, lateMsMax, (now) => BOTH.every((release) => requestsOf(now, release) >= 0))
  return lab
}

function read(lab: MetricLab, releases: readonly number[]): Promise<TrafficReading> {
  return lab.source.read(lab.environment, lab.asked(releases))
}

/** The first reading of which it holds. */
async function reading(
  lab: MetricLab,
  releases: readonly number[],
  lateMsMax: number,
  holds: (reading: TrafficReading) => boolean,
): Promise<TrafficReading> {
  const endMs = performance.now() + lateMsMax
  for (;;) {
    const now = await read(lab, releases)
    if (holds(now)) return now
    if (performance.now() > endMs)
      throw new Error(`not within ${lateMsMax} ms; last was ${JSON.stringify(now)}`)
    await wait(100)
  }
}

/** Seen, and the same twice in a row: nothing is on its way any more. */
async function seen(lab: MetricLab, releases: readonly number[], lateMsMax: number): Promise<TrafficReading> {
  let last = ''
  let times = 0
  return reading(lab, releases, lateMsMax, (now) => {
    const words = JSON.stringify(now.arms)
    times = now.seen && words === last ? times + 1 : 0
    last = words
    return times >= 15
  })
}

/** The reading in which each has grown by exactly so many requests, which is the last it comes to. */
async function grown(
  lab: MetricLab,
  before: TrafficReading,
  by: Readonly<Record<number, number>>,
  lateMsMax: number,
): Promise<TrafficReading> {
  await reading(lab, BOTH, lateMsMax, (now) =>
    Object.entries(by).every(([release, more]) => {
      const has = requestsOf(now, Number(release)) - requestsOf(before, Number(release))
      return now.seen && has >= more
    }),
  )
  const after = await seen(lab, BOTH, lateMsMax)
  for (const [release, more] of Object.entries(by))
    expect(requestsOf(after, Number(release)) - requestsOf(before, Number(release))).toBe(more)
  return after
}

function armOf({ arms }: TrafficReading, release: number): ArmReading | undefined {
  return arms.find((arm) => arm.release === release)
}

function requestsOf(now: TrafficReading, release: number): number {
  return armOf(now, release)?.requests ?? Number.NaN
}

function errorsOf(now: TrafficReading, release: number): number {
  return armOf(now, release)?.errors ?? Number.NaN
}

function latencyGrown(
  before: TrafficReading,
  after: TrafficReading,
  release: number,
): readonly (readonly [bucket: number, count: number])[] {
  const known = new Map(armOf(before, release)?.latency ?? [])
  return (armOf(after, release)?.latency ?? [])
    .map(([bucket, count]) => [bucket, count - (known.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0)
}
