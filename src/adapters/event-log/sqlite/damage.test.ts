import {
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkStore } from './check-store.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { startWriter } from './testing/writer-process.ts'

const EVENTS = 2_000
const PAGE_BYTES = 4_096

/** A store of a few hundred pages, closed in order. */
async function filledStore(folder = temporaryFolder()): Promise<string> {
  const file = join(folder, 'events.sqlite')
  const log = createSqliteEventLog({ file })
  await fill(log, EVENTS)
  await log.close()
  return file
}

async function fill(log: ReturnType<typeof createSqliteEventLog>, count: number): Promise<void> {
  const versions = new Map((await log.streams()).map((each) => [each.stream, each.version]))
  for (let n = 0; n < count; n += 50) {
    const stream = `s${(n / 50) % 4}`
    const version = versions.get(stream) ?? 0
    const events = Array.from({ length: 50 }, (_, k) => ({
      type: 'e',
      data: { n: n + k, filler: 'x'.repeat(300) },
    }))
    await log.append(stream, version, events)
    versions.set(stream, version + 50)
  }
}

function whatOpeningSays(file: string): { code: string; message: string } {
  try {
    void createSqliteEventLog({ file }).close()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return { code: String(error.code), message: error.message }
    throw error
  }
  return { code: 'opened', message: '' }
}

function lastGoodPosition(message: string): number {
  return Number(/events up to position (\d+) can be read/.exec(message)?.[1] ?? 0)
}

describe('a store that lost its end', () => {
  test.each([0, 1, 99, 4_096, 100_000, 0.3, 0.7, 0.99, -PAGE_BYTES, -1])(
    'is refused, with what can still be read, when cut to %s bytes or that part',
    async (cut) => {
      const file = await filledStore()
      const size = statSync(file).size
      const left = cut < 0 ? size + cut : cut > 0 && cut < 1 ? Math.floor(size * cut) : cut
      truncateSync(file, left)
      const before = readFileSync(file)
      const { code, message } = whatOpeningSays(file)
      expect(code).toBe('event-log/corrupt')
      expect(message).toContain(file)
      expect(message).toContain('no good backup')
      expect(lastGoodPosition(message)).toBeLessThan(EVENTS + 1)
      if (left > size / 2) expect(lastGoodPosition(message)).toBeGreaterThan(EVENTS / 4)
      expect(readFileSync(file).equals(before), 'the damaged file is left as it was').toBe(true)
    },
  )

  test('is refused too when its write-ahead log is not empty', async () => {
    const folder = temporaryFolder()
    const file = await filledStore(folder)
    const writer = startWriter({ file, mode: 'single', count: 1_000_000 })
    await writer.reached(50)
    writer.child.kill('SIGKILL')
    await writer.ended
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)

    const copy = join(temporaryFolder(), 'events.sqlite')
    for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, `${copy}${end}`)
    truncateSync(copy, Math.floor(statSync(copy).size / 2))
    const walBefore = readFileSync(`${copy}-wal`)
    expect(whatOpeningSays(copy).code).toBe('event-log/corrupt')
    expect(readFileSync(`${copy}-wal`).equals(walBefore), 'the log is left as it was').toBe(true)

    expect(whatOpeningSays(file).code, 'the whole one opens').toBe('opened')
  })

  test('is refused when only its write-ahead log is left', async () => {
    const file = await filledStore()
    rmSync(file)
    writeFileSync(`${file}-wal`, 'left')
    expect(whatOpeningSays(file).message).toMatch(/the file itself is gone/)
    expect(existsSync(file)).toBe(false)
  })

  test('opens when the cut-off part is still in its write-ahead log, as after a power cut in a checkpoint', async () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    await createSqliteEventLog({ file }).close()
    const emptyStore = readFileSync(file)
    const writer = startWriter({ file, mode: 'single', count: 1_000_000 })
    await writer.reached(100)
    writer.child.kill('SIGKILL')
    await writer.ended
    // Fewer than 1,000 pages were written, so that the log has all of them and the file is as it was.
    expect(readFileSync(file).length).toBe(emptyStore.length)
    expect(whatOpeningSays(file).code).toBe('opened')
    expect(checkStore(file)).toMatchObject({ isSound: true })
  })
})

describe('a store with bad pages', () => {
  function spoilPage(file: string, page: number): void {
    const bytes = readFileSync(file)
    bytes.fill(0xa5, (page - 1) * PAGE_BYTES, page * PAGE_BYTES)
    writeFileSync(file, bytes)
  }

  test('a spoilt head, schema or newest page is found when it is opened', async () => {
    const file = await filledStore()
    const whole = readFileSync(file)
    // The newest events are on one of the last pages; trying them all finds it.
    const pages = [1, ...Array.from({ length: 6 }, (_, n) => whole.length / PAGE_BYTES - n)]
    const found = pages.filter((page) => {
      writeFileSync(file, whole)
      spoilPage(file, page)
      return whatOpeningSays(file).code === 'event-log/corrupt'
    })
    expect(found).toContain(1)
    expect(found.length).toBeGreaterThan(1)
  })

  test('a spoilt old page is found by the full check and by whoever reads it', async () => {
    const file = await filledStore()
    const pages = statSync(file).size / PAGE_BYTES
    spoilPage(file, Math.floor(pages / 2))
    expect(whatOpeningSays(file).code, 'opening does not read all of history').toBe('opened')
    expect(checkStore(file).isSound).toBe(false)

    const log = createSqliteEventLog({ file })
    const error: unknown = await log.readAll(0, EVENTS).catch((failed: unknown) => failed)
    expect(error).toMatchObject({ code: 'event-log/corrupt', again: 'never' })
    const last = lastGoodPosition(String(error))
    expect(await log.readAll(0, last), 'what it calls readable is').toHaveLength(last)
    await log.close()
  })

  test('the full check finds a hole in a stream that no page betrays', async () => {
    const file = await filledStore()
    expect(checkStore(file)).toEqual({
      isSound: true,
      problems: [],
      chain: [],
      events: EVENTS,
      streams: 4,
      lastPosition: EVENTS,
    })
    const { DatabaseSync } = await import('node:sqlite')
    {
      using store = new DatabaseSync(file)
      store.exec(`DROP TRIGGER events_are_not_removed; DELETE FROM events WHERE position = 1000`)
    }
    expect(checkStore(file)).toMatchObject({
      problems: ['this stream lacks versions: s3'],
      chain: [expect.stringMatching(/^event 1001 does not follow event 999:/)],
    })
  })
})

describe('backups', () => {
  test('a backup taken while appends go on is a whole store of one moment', async () => {
    const folder = temporaryFolder()
    const log = createSqliteEventLog({ file: join(folder, 'events.sqlite') })
    await fill(log, EVENTS)
    const copy = join(folder, 'backups', 'monday.sqlite')
    const copying = log.backup(copy)
    await fill(log, EVENTS)
    await copying
    await log.close()
    const report = checkStore(copy)
    expect(report).toMatchObject({ isSound: true })
    expect(report.events).toBeGreaterThanOrEqual(EVENTS)
    expect([`${copy}-wal`, `${copy}.part`, `${copy}.part-wal`].filter((rest) => existsSync(rest))).toEqual([])

    const restored = join(folder, 'restored', 'events.sqlite')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'restored'))
    copyFileSync(copy, restored)
    const again = createSqliteEventLog({ file: restored })
    expect(await again.readAll(0, 10 * EVENTS)).toHaveLength(report.events)
    await again.close()
  })

  test('damage names the newest backup that is good, and how far it goes', async () => {
    const folder = temporaryFolder()
    const file = await filledStore(folder)
    const log = createSqliteEventLog({ file })
    await log.backup(join(folder, 'backups', 'b-older.sqlite'))
    await fill(log, 500)
    await log.backup(join(folder, 'backups', 'a-newer.sqlite'))
    await log.backup(join(folder, 'backups', 'broken.sqlite'))
    await log.close()
    const at = (name: string, seconds: number) => utimesSync(join(folder, 'backups', name), seconds, seconds)
    at('b-older.sqlite', 1_000)
    at('a-newer.sqlite', 2_000)
    truncateSync(join(folder, 'backups', 'broken.sqlite'), 50_000)
    at('broken.sqlite', 3_000)

    truncateSync(file, 50_000)
    const { message } = whatOpeningSays(file)
    const newest = join(folder, 'backups', 'a-newer.sqlite')
    expect(message).toContain(
      `"sluice restore ${newest}" puts back a backup that is good up to position ${EVENTS + 500}`,
    )

    rmSync(file)
    copyFileSync(newest, file)
    expect(whatOpeningSays(file).code).toBe('opened')
    expect(basename(file)).toBe('events.sqlite')
  })
})
