// What an acknowledged append is worth, shown on real processes. Power cuts need root: scripts/power-cut.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkStore } from './check-store.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { startWriter } from './testing/writer-process.ts'

const hasStrace = spawnSync('strace', ['--version']).status === 0

describe('kill -9', () => {
  const ROUNDS = 10
  const random = seededRandom(7)

  test(`loses nothing that was acknowledged, in ${ROUNDS} rounds on one store`, async () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    const acknowledged = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      const mode = round % 2 === 0 ? 'single' : 'grouped'
      const writer = startWriter({ file, mode, count: 1_000_000 })
      await writer.reached(1 + Math.floor(random() * 400))
      writer.child.kill('SIGKILL')
      await writer.ended
      expect(writer.acks()).toBeGreaterThan(0)
      for (const [stream, version] of writer.acknowledged) acknowledged.set(stream, version)

      const log = createSqliteEventLog({ file })
      const versions = new Map((await log.streams()).map((each) => [each.stream, each.version]))
      for (const [stream, version] of acknowledged) {
        expect(versions.get(stream), `round ${round}, ${stream}`).toBeGreaterThanOrEqual(version)
        expect((await log.readStream(stream, 0)).map((event) => event.version)).toEqual(
          Array.from({ length: versions.get(stream) ?? 0 }, (_, n) => n + 1),
        )
      }
      await log.close()
    }
    expect(checkStore(file)).toMatchObject({ isSound: true })
  })
})

describe('syncs', () => {
  function countSyncs(mode: 'single' | 'grouped', count: number, synchronous: 'FULL' | 'NORMAL') {
    const folder = temporaryFolder()
    const trace = join(folder, 'trace')
    const under = ['strace', '-f', '-c', '-e', 'trace=fsync,fdatasync', '-o', trace]
    const writer = startWriter({ file: join(folder, 'events.sqlite'), mode, count, synchronous, under })
    return writer.ended.then(() => {
      const lines = existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : []
      const calls = lines
        .filter((line) => /\bf(data)?sync$/.test(line))
        .map((line) => Number(line.trim().split(/\s+/)[3]))
      return { writer, syncs: calls.reduce((sum, each) => sum + each, 0) }
    })
  }

  test('CI has strace', () => {
    if (process.env['CI'] === 'true') expect(hasStrace, 'install the package strace').toBe(true)
  })

  test.skipIf(!hasStrace)('an append that is waited for costs a sync of its own (needs strace)', async () => {
    const { writer, syncs } = await countSyncs('single', 200, 'FULL')
    expect(writer.acks()).toBe(200)
    expect(syncs).toBeGreaterThanOrEqual(200)
  })

  test.skipIf(!hasStrace)(
    'appends of one turn share a sync, and every group has one (needs strace)',
    async () => {
      const { writer, syncs } = await countSyncs('grouped', 2_000, 'FULL')
      expect(writer.acks()).toBe(2_000)
      expect(writer.groups()).toBeGreaterThanOrEqual(100)
      expect(syncs).toBeGreaterThanOrEqual(writer.groups() ?? Infinity)
      expect(syncs).toBeLessThan(400)
    },
  )

  test.skipIf(!hasStrace)(
    'counting syncs tells a store that does not sync from one that does (needs strace)',
    async () => {
      const { writer, syncs } = await countSyncs('single', 200, 'NORMAL')
      expect(writer.acks()).toBe(200)
      expect(syncs).toBeLessThan(50)
    },
  )
})

/** mulberry32: the same kills tomorrow. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
