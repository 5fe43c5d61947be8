// What every measure store promises. Run it from an adapter's own tests: `measureStoreContract('folder', createPlace)`.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MeasureAnswer, type MeasureQuery } from '../../domain/analysis/measures/answer.ts'
import type { Counts, MeasuredArm } from '../../domain/analysis/measures/measured.ts'
import type { Environment } from '../../domain/names.ts'
import type { MeasureStore } from '../../ports/measure-store.ts'

/** Somewhere measures can live. Opening it again, after a close or without one, finds what was there. */
export type MeasureStorePlace = { open(): Promise<MeasureStore>; remove(): Promise<void> }

const START = Date.UTC(2026, 4, 1, 10, 0, 0)
const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const production: Environment = { service: 'shop', stage: 'production' }
const staging: Environment = { service: 'shop', stage: 'staging' }

function counts(requests: number, errors = 0): Counts {
  return { requests, errors, latency: [[20, requests]] }
}

/** One window of a second: `acme` on beta with errors, and others on stable. */
export function exampleArms(times = 1): readonly MeasuredArm[] {
  const told = (values: readonly (readonly [string, number, number])[]) => [
    {
      dimension: 'customer',
      values: values.map(([value, requests, errors]) => ({
        value,
        ...counts(requests * times, errors * times),
        missedMax: 0,
      })),
      other: counts(0),
      missedMax: 0,
    },
  ]
  return [
    {
      release: 22,
      track: 'stable',
      total: counts(5 * times),
      dimensions: told([
        ['tiny', 2, 0],
        ['huge', 3, 0],
      ]),
    },
    { release: 24, track: 'beta', total: counts(2 * times, times), dimensions: told([['acme', 2, 1]]) },
  ]
}

export function measureStoreContract(name: string, createPlace: () => Promise<MeasureStorePlace>): void {
  describe(`measure store contract: ${name}`, () => {
    let place: MeasureStorePlace
    let store: MeasureStore

    beforeEach(async () => {
      place = await createPlace()
      store = await place.open()
    })
    afterEach(async () => {
      await store.close()
      await place.remove()
    })

    const append = (seq: number, from: number, environment = production): Promise<void> =>
      store.append(environment, [
        { environment, counter: 'one', seq, window: { from, spanMs: SECOND, arms: exampleArms() } },
      ])
    const all: MeasureQuery = {
      byRelease: true,
      byTrack: false,
      byDimension: null,
      only: null,
      release: null,
    }
    const ask = async (
      query: Partial<MeasureQuery> = {},
      from = 0,
      until = START * 2,
      where = production,
    ) => {
      const answer = new MeasureAnswer({ ...all, ...query })
      const search = { from, until, dimension: answer.dimension, value: query.only?.value }
      for await (const parts of store.read(where, search)) for (const { arm } of parts) answer.add(arm)
      return answer.rows().map(({ release, value, requests, errors }) => [release ?? value, requests, errors])
    }

    test('what was appended is told at once, and of its own environment alone', async () => {
      await append(1, START)
      expect(await ask()).toEqual([
        [22, 5, 0],
        [24, 2, 1],
      ])
      expect(await ask({ only: { dimension: 'customer', value: 'acme' } })).toEqual([[24, 2, 1]])
      expect(await ask({}, 0, START * 2, staging)).toEqual([])
    })

    test('a sum does not change while seconds become minutes and minutes hours', async () => {
      const minutes = 130
      for (let at = 0; at < minutes; at += 1) {
        await append(at + 1, START + at * MINUTE + 7 * SECOND)
        await store.turn(START + at * MINUTE + 8 * SECOND)
        if (at % 43 !== 0) continue
        expect(await ask()).toEqual([
          [22, 5 * (at + 1), 0],
          [24, 2 * (at + 1), at + 1],
        ])
        expect(await ask({ byRelease: false, byDimension: 'customer' })).toEqual(
          [
            ['huge', 3 * (at + 1), 0],
            ['tiny', 2 * (at + 1), 0],
            ['acme', 2 * (at + 1), at + 1],
          ].toSorted((a, b) => Number(b[1]) - Number(a[1]) || 0),
        )
      }
    })

    test('another opening of the same place, also without a close, goes on where this one was', async () => {
      for (let at = 0; at < 70; at += 1) {
        await append(at + 1, START + at * MINUTE)
        await store.turn(START + at * MINUTE + SECOND)
        if (at % 10 === 9) store = await place.open()
      }
      expect(await store.marks(production)).toEqual({ one: 70 })
      await store.turn(START + 3 * HOUR)
      expect(await ask()).toEqual([
        [22, 350, 0],
        [24, 140, 70],
      ])
    })

    test('what comes late is added where it belongs', async () => {
      await append(1, START)
      await append(2, START + 3 * HOUR)
      await store.turn(START + 3 * HOUR + 10 * SECOND)
      await append(3, START + 20 * MINUTE)
      expect(await ask({}, START, START + HOUR)).toEqual([
        [22, 10, 0],
        [24, 4, 2],
      ])
      expect(await ask({}, START + HOUR, START + 4 * HOUR)).toEqual([
        [22, 5, 0],
        [24, 2, 1],
      ])
    })

    test('a question tells of its own time alone, to the minute', async () => {
      for (let at = 0; at < 180; at += 1) await append(at + 1, START + at * MINUTE)
      await store.turn(START + 5 * HOUR)
      const total = async (from: number, until: number) =>
        (await ask({ byRelease: false }, START + from * MINUTE, START + until * MINUTE))[0]?.[1]
      expect(await total(0, 180)).toBe(180 * 7)
      expect(await total(10, 20)).toBe(70)
      expect(await total(30, 150)).toBe(120 * 7)
      expect(await total(59, 61)).toBe(14)
    })

    test('after fourteen days and one nothing is left, and days before hours are', async () => {
      await append(1, START)
      await store.turn(START + HOUR + 5 * MINUTE)
      await append(2, START + 5 * 24 * HOUR)
      await store.turn(START + 5 * 24 * HOUR + 2 * HOUR)
      // The minute is gone, the hour tells instead.
      expect(await ask({}, START + 30 * MINUTE, START + 40 * MINUTE)).toEqual([
        [22, 5, 0],
        [24, 2, 1],
      ])
      await store.turn(START + 17 * 24 * HOUR)
      expect(await ask()).toEqual([
        [22, 5, 0],
        [24, 2, 1],
      ])
      await store.turn(START + 22 * 24 * HOUR)
      expect(await ask()).toEqual([])
    })

    test('the dimensions that anything is kept of are told', async () => {
      expect(await store.dimensions(production)).toEqual([])
      await append(1, START)
      expect(await store.dimensions(production)).toEqual(['customer'])
    })
  })
}
