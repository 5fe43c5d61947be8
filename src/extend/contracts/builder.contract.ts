// What every builder promises.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Builder, BuildLook, BuildRequest } from '../../ports/builder.ts'

export type BuilderBench = {
  readonly builder: Builder
  /** A builder over the same state, as after a crash of the one before, which is not used any more. */
  restart(): Promise<Builder>
  /** Requests that end in these ways. `endless` does not end by itself within the test. */
  readonly requests: Readonly<Record<'succeeds' | 'fails' | 'tooLong' | 'endless', BuildRequest>>
  /** What `succeeds` writes into its log. */
  readonly logged: string
  /** Lets time pass, really or not, until the claim is true; fails when it never is. */
  until(claim: () => Promise<boolean>): Promise<void>
  close(): Promise<void>
}

export function builderContract(name: string, makeBench: () => Promise<BuilderBench>): void {
  describe(`${name} keeps the promises of a builder`, () => {
    let bench: BuilderBench
    beforeEach(async () => {
      bench = await makeBench()
    })
    afterEach(() => bench.close())

    async function ended(key: string, builder = bench.builder): Promise<BuildLook> {
      let last: BuildLook = { state: 'unknown' }
      await bench.until(async () => {
        last = await builder.look(key)
        return last.state === 'done' || last.state === 'failed'
      })
      return last
    }

    test('a key nobody started is unknown, and its log is empty', async () => {
      expect(await bench.builder.look('nothing')).toEqual({ state: 'unknown' })
      expect((await bench.builder.log('nothing', 0, 100)).total).toBe(0)
    })

    test('start returns while the build runs, and the build ends in an artifact', async () => {
      await bench.builder.start('shop/1', bench.requests.succeeds)
      expect((await bench.builder.look('shop/1')).state).toBe('running')
      const found = await ended('shop/1')
      expect(found).toMatchObject({ state: 'done', run: bench.requests.succeeds.run })
      expect(found.state === 'done' && found.artifact).toMatch(/^sha256-/)
    })

    test('starting again changes nothing, while it runs and afterwards', async () => {
      await bench.builder.start('shop/1', bench.requests.succeeds)
      await bench.builder.start('shop/1', bench.requests.fails)
      const found = await ended('shop/1')
      expect(found.state).toBe('done')
      await bench.builder.start('shop/1', bench.requests.fails)
      expect(await bench.builder.look('shop/1')).toEqual(found)
    })

    test('a command that fails is the fault of the code', async () => {
      await bench.builder.start('shop/1', bench.requests.fails)
      expect(await ended('shop/1')).toMatchObject({ state: 'failed', fault: 'code' })
    })

    test('a build that takes too long is stopped, and that is its fault', async () => {
      await bench.builder.start('shop/1', bench.requests.tooLong)
      expect(await ended('shop/1')).toMatchObject({ state: 'failed', fault: 'limit' })
    })

    test('a build that was stopped is unknown, and may be started again', async () => {
      await bench.builder.start('shop/1', bench.requests.endless)
      await bench.builder.stop('shop/1')
      expect(await bench.builder.look('shop/1')).toEqual({ state: 'unknown' })
      await bench.builder.start('shop/1', bench.requests.succeeds)
      expect((await ended('shop/1')).state).toBe('done')
    })

    test('stopping what ended, or what nobody started, changes nothing', async () => {
      await bench.builder.start('shop/1', bench.requests.succeeds)
      const found = await ended('shop/1')
      await bench.builder.stop('shop/1')
      await bench.builder.stop('nothing')
      expect(await bench.builder.look('shop/1')).toEqual(found)
    })

    test('what was done stays done through a crash; what was under way is unknown and can be done again', async () => {
      await bench.builder.start('shop/1', bench.requests.succeeds)
      const found = await ended('shop/1')
      await bench.builder.start('shop/2', bench.requests.endless)
      const builder = await bench.restart()
      expect(await builder.look('shop/1')).toEqual(found)
      expect(await builder.look('shop/2')).toEqual({ state: 'unknown' })
      await builder.start('shop/2', bench.requests.succeeds)
      expect((await ended('shop/2', builder)).state).toBe('done')
    })

    test('the log is kept and can be read from anywhere, a piece at a time', async () => {
      await bench.builder.start('shop/1', bench.requests.succeeds)
      await ended('shop/1')
      const whole = await bench.builder.log('shop/1', 0, 1_000_000)
      expect(Buffer.from(whole.bytes).toString()).toContain(bench.logged)
      expect(whole.total).toBe(whole.bytes.length)
      const pieces: Uint8Array[] = []
      for (let at = 0; at < whole.total; ) {
        const { bytes } = await bench.builder.log('shop/1', at, 7)
        pieces.push(bytes)
        at += bytes.length
      }
      expect(Buffer.concat(pieces).equals(whole.bytes)).toBe(true)
      expect((await bench.builder.log('shop/1', whole.total + 5, 7)).bytes.length).toBe(0)
    })
  })
}
