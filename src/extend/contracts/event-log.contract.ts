// What every event log promises. Run it from an adapter's own tests: `eventLogContract('sqlite', createPlace)`.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AppendResult, EventLog, NewEvent, StoredEvent } from '../../ports/event-log.ts'

/** Somewhere a log can live. Opening it again, after a close, finds what was there. */
export type EventLogPlace = { open(): Promise<EventLog>; remove(): Promise<void> }

/** Fixed, so that a failure is the same failure tomorrow. */
const SEED = 20_260_501
const RUNS = 60

export function eventLogContract(name: string, createPlace: () => Promise<EventLogPlace>): void {
  describe(`event log contract: ${name}`, () => {
    let place: EventLogPlace
    let log: EventLog

    beforeEach(async () => {
      place = await createPlace()
      log = await place.open()
    })

    afterEach(async () => {
      await log.close()
      await place.remove()
    })

    async function reopen(): Promise<void> {
      await log.close()
      log = await place.open()
    }

    describe('append', () => {
      test('versions of a stream begin at 1 and grow by one', async () => {
        expect(await log.append('shop', 0, events('a', 'b'))).toMatchObject({ appended: true, version: 2 })
        expect(await log.append('shop', 2, events('c'))).toMatchObject({ appended: true, version: 3 })
        expect(brief(await log.readStream('shop', 0))).toEqual(['shop 1 a', 'shop 2 b', 'shop 3 c'])
      })

      test('an append on another version than expected is refused with the version that is, and writes nothing', async () => {
        await log.append('shop', 0, events('a'))
        expect(await log.append('shop', 0, events('b', 'c'))).toEqual({ appended: false, version: 1 })
        expect(await log.append('shop', 2, events('b'))).toEqual({ appended: false, version: 1 })
        expect(await log.append('other', 1, events('b'))).toEqual({ appended: false, version: 0 })
        expect(brief(await log.readAll(0, 10))).toEqual(['shop 1 a'])
        expect(await log.streams()).toEqual([{ stream: 'shop', version: 1 }])
      })

      test('an append that rests on another stream is refused once that one has grown, and writes nothing', async () => {
        expect(await log.append('shop', 0, events('a'), { stream: 'locks', version: 0 })).toMatchObject({
          appended: true,
          version: 1,
        })
        await log.append('locks', 0, events('closed'))
        const onOld = { stream: 'locks', version: 0 }
        expect(await log.append('shop', 1, events('b'), onOld)).toEqual({ appended: false, version: 1 })
        expect(await log.append('new', 0, events('b'), onOld)).toEqual({ appended: false, version: 0 })
        expect(await log.streams()).toHaveLength(2)
        const together = await Promise.all([
          log.append('locks', 1, events('opened')),
          log.append('shop', 1, events('b'), { stream: 'locks', version: 1 }),
        ])
        expect(together.map(({ appended }) => appended)).toEqual([true, false])
        expect(await log.append('shop', 1, events('b'), { stream: 'locks', version: 2 })).toMatchObject({
          appended: true,
        })
      })

      test('who was refused reads again and then succeeds', async () => {
        await log.append('shop', 0, events('a'))
        const refused = await log.append('shop', 0, events('mine'))
        const seen = await log.readStream('shop', 0)
        expect(seen.at(-1)?.version).toBe(refused.version)
        expect(await log.append('shop', refused.version, events('mine'))).toMatchObject({ appended: true })
      })

      test('of many who append to one version at once exactly one wins', async () => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, n) => log.append('shop', 0, events(`n${n}`, 'more'))),
        )
        expect(results.filter((result) => result.appended)).toHaveLength(1)
        expect(results.every((result) => result.version === 2)).toBe(true)
        expect(await log.readStream('shop', 0)).toHaveLength(2)
      })

      test('a conflict does not fail the others of its turn', async () => {
        await log.append('b', 0, events('first'))
        const results = await Promise.all([
          log.append('a', 0, events('x')),
          log.append('b', 0, events('late')),
          log.append('c', 0, events('y')),
        ])
        expect(results.map((result) => result.appended)).toEqual([true, false, true])
      })

      test('the position of an append is that of its last event', async () => {
        const result = await log.append('shop', 0, events('a', 'b'))
        const last = (await log.readAll(0, 10)).at(-1)
        expect(result).toEqual({ appended: true, version: 2, position: last?.position })
      })

      test('an append of no events only checks the version', async () => {
        expect(await log.append('shop', 0, [])).toMatchObject({ appended: true, version: 0 })
        expect(await log.append('shop', 1, [])).toEqual({ appended: false, version: 0 })
        expect(await log.streams()).toEqual([])
      })

      test('data comes back as its JSON says, whatever the caller does with it afterwards', async () => {
        const data = {
          text: 'ü\u0000 "quoted" \n',
          list: [1, null, { deep: true }],
          left: undefined as unknown,
        }
        const appending = log.append('shop', 0, [{ type: 'a', data }])
        data.list.push(2)
        await appending
        const [stored] = await log.readStream('shop', 0)
        expect(stored?.data).toStrictEqual({ text: 'ü\u0000 "quoted" \n', list: [1, null, { deep: true }] })
      })

      test('data that is not JSON is refused and fails nobody else', async () => {
        const circle: { self?: unknown } = {}
        circle.self = circle
        const bad = [
          { type: 'a', data: circle },
          { type: 'a', data: undefined },
          { type: 'a', data: 1n },
        ]
        const good = log.append('shop', 0, events('a'))
        for (const event of bad) {
          await expect(log.append('x', 0, [event])).rejects.toMatchObject({ code: 'event-log/not-json' })
        }
        expect(await good).toMatchObject({ appended: true })
        expect(await log.streams()).toEqual([{ stream: 'shop', version: 1 }])
      })

      test('names of streams are taken as they are', async () => {
        const names = ['', 'a/b', 'A/b', "'; DROP TABLE events; --", 'ü', ' ', '%']
        for (const stream of names) await log.append(stream, 0, events(`in ${stream}`))
        expect((await log.streams()).map((each) => each.stream).sort()).toEqual([...names].sort())
        for (const stream of names) {
          expect((await log.readStream(stream, 0)).map((event) => event.type)).toEqual([`in ${stream}`])
        }
      })
    })

    describe('reading', () => {
      test('an unknown stream is empty', async () => {
        expect(await log.readStream('nobody', 0)).toEqual([])
        expect(await log.readAll(0, 10)).toEqual([])
        expect(await log.streams()).toEqual([])
      })

      test('reading after a version or a position leaves out what is up to it', async () => {
        await log.append('a', 0, events('1', '2'))
        await log.append('b', 0, events('3'))
        await log.append('a', 2, events('4'))
        expect(brief(await log.readStream('a', 1))).toEqual(['a 2 2', 'a 3 4'])
        const all = await log.readAll(0, 10)
        expect(brief(all)).toEqual(['a 1 1', 'a 2 2', 'b 1 3', 'a 3 4'])
        expect(await log.readAll(all[1]?.position ?? 0, 10)).toEqual(all.slice(2))
        expect(await log.readAll(all[3]?.position ?? 0, 10)).toEqual([])
      })

      test('the whole log can be read page by page', async () => {
        for (let n = 0; n < 25; n++) await log.append(`s${n % 3}`, Math.floor(n / 3), events(`${n}`))
        const pages: StoredEvent[] = []
        for (;;) {
          const page = await log.readAll(pages.at(-1)?.position ?? 0, 4)
          if (page.length === 0) break
          expect(page.length).toBeLessThanOrEqual(4)
          pages.push(...page)
        }
        expect(pages.map((event) => event.type)).toEqual(Array.from({ length: 25 }, (_, n) => `${n}`))
      })

      test('an append that resolved is seen by every read after it', async () => {
        for (let n = 0; n < 20; n++) {
          await log.append('shop', n, events(`${n}`))
          expect((await log.readStream('shop', n))[0]?.type).toBe(`${n}`)
          expect((await log.streams())[0]?.version).toBe(n + 1)
        }
      })

      test('everything is there after closing and opening again', async () => {
        await log.append('shop', 0, events('a', 'b'))
        await log.saveSnapshot({ stream: 'shop', version: 1, shape: 7, state: { n: 1 } })
        await log.saveCursor('notices', 2)
        const before = await log.readAll(0, 10)
        await reopen()
        expect(await log.readAll(0, 10)).toEqual(before)
        expect(await log.snapshots()).toEqual([{ stream: 'shop', version: 1, shape: 7, state: { n: 1 } }])
        expect(await log.cursor('notices')).toBe(2)
        expect(await log.append('shop', 1, events('late'))).toEqual({ appended: false, version: 2 })
        const next = await log.append('shop', 2, events('c'))
        expect(next.appended && next.position).toBeGreaterThan(before.at(-1)?.position ?? 0)
      })
    })

    describe('snapshots', () => {
      test('the newest snapshot of each stream is kept, also when an older one comes late', async () => {
        await log.append('a', 0, events('1', '2', '3'))
        await log.append('b', 0, events('1'))
        await log.saveSnapshot({ stream: 'a', version: 1, shape: 1, state: 'one' })
        await log.saveSnapshot({ stream: 'a', version: 3, shape: 1, state: 'three' })
        await log.saveSnapshot({ stream: 'a', version: 2, shape: 1, state: 'two' })
        await log.saveSnapshot({ stream: 'b', version: 1, shape: 1, state: { b: [] } })
        const kept = [...(await log.snapshots())].sort((x, y) => x.stream.localeCompare(y.stream))
        expect(kept).toEqual([
          { stream: 'a', version: 3, shape: 1, state: 'three' },
          { stream: 'b', version: 1, shape: 1, state: { b: [] } },
        ])
      })

      test('a snapshot of the same version and another shape takes the place of the old one', async () => {
        await log.append('a', 0, events('1'))
        await log.saveSnapshot({ stream: 'a', version: 1, shape: 1, state: 'old' })
        await log.saveSnapshot({ stream: 'a', version: 1, shape: 2, state: 'new' })
        expect(await log.snapshots()).toEqual([{ stream: 'a', version: 1, shape: 2, state: 'new' }])
      })

      test('a snapshot that is ahead of its stream is refused', async () => {
        await log.append('a', 0, events('1'))
        for (const stream of ['a', 'nobody']) {
          const snapshot = { stream, version: 2, shape: 1, state: {} }
          await expect(log.saveSnapshot(snapshot)).rejects.toMatchObject({ code: 'event-log/snapshot-ahead' })
        }
        expect(await log.snapshots()).toEqual([])
      })
    })

    test('a cursor is 0 until set, and what it was last set to from then on', async () => {
      expect(await log.cursor('views')).toBe(0)
      await log.saveCursor('views', 12)
      await log.saveCursor('notices', 3)
      await log.saveCursor('views', 5)
      expect([await log.cursor('views'), await log.cursor('notices')]).toEqual([5, 3])
    })

    test('listeners hear of every append that wrote, before it resolves, and of none after they stopped', async () => {
      const heard: number[] = []
      const stop = log.onAppend((position) => heard.push(position))
      const first = await log.append('a', 0, events('1', '2'))
      expect(Math.max(...heard)).toBe(first.appended && first.position)
      const count = heard.length
      await log.append('a', 0, events('refused'))
      expect(heard).toHaveLength(count)
      stop()
      await log.append('a', 2, events('3'))
      expect(heard).toHaveLength(count)
    })

    test('a closed log refuses everything, and closing twice is harmless', async () => {
      const last = log.append('a', 0, events('just in time'))
      await log.close()
      expect(await last).toMatchObject({ appended: true })
      await log.close()
      const calls = [
        () => log.append('a', 1, events('1')),
        () => log.readStream('a', 0),
        () => log.readAll(0, 1),
        () => log.streams(),
        () => log.snapshots(),
        () => log.cursor('x'),
        () => log.saveCursor('x', 1),
      ]
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'event-log/closed' })
      log = await place.open()
      expect(brief(await log.readAll(0, 10))).toEqual(['a 1 just in time'])
    })

    test('any interleaving of appends leaves what one order of them would have left', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { maxLength: 8 }), async (turns) => {
          const own = await createPlace()
          try {
            await playTurns(own, turns)
          } finally {
            await own.remove()
          }
        }),
        { seed: SEED, numRuns: RUNS },
      )
    })
  })
}

type Wish = { readonly stream: string; readonly offBy: number; readonly count: number }
type Turn = { readonly wishes: readonly Wish[]; readonly thenReopen: boolean }

const turn: fc.Arbitrary<Turn> = fc.record({
  wishes: fc.array(
    fc.record({
      stream: fc.constantFrom('a', 'b', 'c'),
      // Mostly what a careful writer would expect; now and then too old or too new.
      offBy: fc.constantFrom(0, 0, 0, 0, 1, 2, -1),
      count: fc.nat({ max: 3 }),
    }),
    { maxLength: 10 },
  ),
  thenReopen: fc.boolean(),
})

/** The model is one plain array. The wishes of a turn overlap; the positions they got say in which order they won. */
async function playTurns(place: EventLogPlace, turns: readonly Turn[]): Promise<void> {
  const model: { stream: string; version: number; type: string; data: unknown }[] = []
  const versionOf = (stream: string) => model.filter((event) => event.stream === stream).length
  let log = await place.open()
  let serial = 0

  for (const { wishes, thenReopen } of turns) {
    const atStart = new Map(['a', 'b', 'c'].map((stream) => [stream, versionOf(stream)]))
    const asked = wishes.map((wish, n) => {
      // Later wishes of the turn count on the earlier ones, as a writer does that does not wait.
      const before = wishes.slice(0, n).filter((other) => other.stream === wish.stream && other.offBy === 0)
      const expected =
        (atStart.get(wish.stream) ?? 0) + before.reduce((sum, each) => sum + each.count, 0) + wish.offBy
      const batch = Array.from({ length: wish.count }, () => ({ type: 'e', data: { serial: ++serial } }))
      return { ...wish, expected, batch, answer: log.append(wish.stream, expected, batch) }
    })
    const answered = await Promise.all(asked.map(async (wish) => ({ ...wish, result: await wish.answer })))

    const winners = answered.filter(({ result, batch }) => result.appended && batch.length > 0)
    for (const winner of winners.sort((x, y) => positionOf(x.result) - positionOf(y.result))) {
      expect(winner.expected).toBe(versionOf(winner.stream))
      for (const event of winner.batch) {
        model.push({ stream: winner.stream, version: versionOf(winner.stream) + 1, ...event })
      }
      expect(winner.result.version).toBe(versionOf(winner.stream))
    }
    for (const loser of answered.filter(({ result }) => !result.appended)) {
      expect(loser.result.version).not.toBe(loser.expected)
      expect(loser.result.version).toBeGreaterThanOrEqual(atStart.get(loser.stream) ?? 0)
      expect(loser.result.version).toBeLessThanOrEqual(versionOf(loser.stream))
    }

    if (thenReopen) {
      await log.close()
      log = await place.open()
    }
    const all = await log.readAll(0, model.length + 1)
    expect(all.map(({ position: _, ...event }) => event)).toEqual(model)
    expect(all.every((event, n) => n === 0 || event.position > (all[n - 1]?.position ?? 0))).toBe(true)
    for (const stream of ['a', 'b', 'c']) {
      expect(await log.readStream(stream, 0)).toEqual(all.filter((event) => event.stream === stream))
    }
    const versions = new Map((await log.streams()).map((each) => [each.stream, each.version]))
    for (const stream of ['a', 'b', 'c']) expect(versions.get(stream) ?? 0).toBe(versionOf(stream))
  }
  await log.close()
}

function positionOf(result: AppendResult): number {
  return result.appended ? result.position : 0
}

function events(...types: readonly string[]): readonly NewEvent[] {
  return types.map((type) => ({ type, data: { about: type } }))
}

function brief(found: readonly StoredEvent[]): readonly string[] {
  return found.map((event) => `${event.stream} ${event.version} ${event.type}`)
}
