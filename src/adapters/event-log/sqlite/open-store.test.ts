import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { checkStore } from './check-store.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'
import { newestVersion } from './store-version.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'
import { breakableDisk, canBreakDisks, canMount, smallDisk } from '../../../extend/testing/small-disk.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { startWriter } from './testing/writer-process.ts'

const filler = { filler: 'x'.repeat(1_000) }

describe('one server per store', () => {
  test('a second server is refused with the pid of the first, and let in once that was killed', async () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    const first = startWriter({ file, mode: 'single', count: 1_000_000 })
    await first.reached(1)
    try {
      expect(() => createSqliteEventLog({ file })).toThrow(
        expect.objectContaining({
          code: 'event-log/in-use',
          message: expect.stringContaining(`process ${first.child.pid} on`),
        }),
      )
    } finally {
      first.child.kill('SIGKILL')
      await first.ended
    }
    expect(existsSync(`${file}.holder`), 'the killed one left its name behind').toBe(true)
    const log = createSqliteEventLog({ file })
    expect((await log.streams())[0]?.version).toBeGreaterThan(0)
    await log.close()
  })

  test('a holder file of a process that lives means nothing without the lock', async () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    writeFileSync(`${file}.holder`, JSON.stringify({ pid: process.ppid, host: 'here' }))
    const log = createSqliteEventLog({ file })
    await log.close()
  })

  test('the same store by another path is the same store', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'real'))
    symlinkSync(join(folder, 'real'), join(folder, 'alias'))
    const log = createSqliteEventLog({ file: join(folder, 'real', 'events.sqlite') })
    const again = () => createSqliteEventLog({ file: join(folder, 'alias', 'events.sqlite') })
    expect(again).toThrow(expect.objectContaining({ code: 'event-log/in-use' }))
    await log.close()
    await again().close()
  })

  test('a person who takes a version with another tool makes us read again, not fail', async () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    const log = createSqliteEventLog({ file })
    await log.append('shop', 0, [{ type: 'a', data: {} }])
    {
      using foreign = new DatabaseSync(file)
      foreign.exec(`INSERT INTO events VALUES (2, 1, 2, 'foreign', '{}', '')`)
    }
    expect(await log.append('shop', 1, [{ type: 'b', data: {} }])).toEqual({ appended: false, version: 2 })
    expect(await log.append('shop', 2, [{ type: 'b', data: {} }])).toMatchObject({
      appended: true,
      position: 3,
    })
    await log.close()
  })
})

describe('versions of the store', () => {
  const now = newestVersion(MIGRATIONS)
  const next: Migration = {
    to: now + 1,
    up: (store) => store.exec('ALTER TABLE snapshots ADD COLUMN taken_at INTEGER NOT NULL DEFAULT 0'),
  }
  const oneMore: Migration = {
    to: now + 2,
    up(store) {
      store.exec('CREATE TABLE half_done (n INTEGER)')
      throw new Error('this step does not work')
    },
  }

  async function storeOfToday(): Promise<string> {
    const file = join(temporaryFolder(), 'events.sqlite')
    const log = createSqliteEventLog({ file })
    await log.append('shop', 0, [{ type: 'a', data: { n: 1 } }])
    await log.close()
    return file
  }

  function lookInto(file: string, query: string): unknown {
    using store = new DatabaseSync(file, { readOnly: true })
    return Object.values(store.prepare(query).get() ?? {})[0]
  }
  const version = (file: string) => lookInto(file, `SELECT value FROM meta WHERE name = 'store-version'`)

  test('an older store is upgraded when opened, and a copy for the older program stays in backups', async () => {
    const file = await storeOfToday()
    const log = createSqliteEventLog({ file, migrations: [...MIGRATIONS, next] })
    await log.saveSnapshot({ stream: 'shop', version: 1, shape: 1, state: {} })
    expect(await log.readStream('shop', 0)).toMatchObject([{ type: 'a', data: { n: 1 } }])
    await log.close()
    expect(version(file)).toBe(now + 1)
    expect(lookInto(file, 'SELECT taken_at FROM snapshots')).toBe(0)
    const copy = join(file, '..', 'backups', `before-upgrade-to-${now + 1}.sqlite`)
    expect(version(copy)).toBe(now)
    expect(checkStore(copy)).toMatchObject({ isSound: true, events: 1 })
  })

  test('a step that fails leaves the steps before it, nothing of itself, and the store free', async () => {
    const file = await storeOfToday()
    const open = () => createSqliteEventLog({ file, migrations: [...MIGRATIONS, next, oneMore] })
    expect(open).toThrow('this step does not work')
    expect(version(file)).toBe(now + 1)
    expect(lookInto(file, `SELECT count(*) FROM sqlite_schema WHERE name = 'half_done'`)).toBe(0)
    await createSqliteEventLog({ file, migrations: [...MIGRATIONS, next] }).close()
  })

  test('a newer store is refused and left as it is', async () => {
    const file = await storeOfToday()
    await createSqliteEventLog({ file, migrations: [...MIGRATIONS, next] }).close()
    expect(() => createSqliteEventLog({ file })).toThrow(
      expect.objectContaining({
        code: 'event-log/newer-store',
        message: expect.stringMatching(new RegExp(`store version ${now + 1} .* up to ${now}`)),
      }),
    )
    expect(version(file)).toBe(now + 1)
  })

  test("another program's database is refused and left as it is", () => {
    const file = join(temporaryFolder(), 'events.sqlite')
    {
      using other = new DatabaseSync(file)
      other.exec('CREATE TABLE theirs (n INTEGER)')
    }
    expect(() => createSqliteEventLog({ file })).toThrow(
      expect.objectContaining({ code: 'event-log/not-a-store' }),
    )
    expect(lookInto(file, 'SELECT count(*) FROM sqlite_schema')).toBe(1)
  })

  test('events cannot be changed or removed, not even by hand', async () => {
    const file = await storeOfToday()
    using store = new DatabaseSync(file)
    expect(() => store.exec(`UPDATE events SET data = '{}'`)).toThrow('events are never changed')
    expect(() => store.exec('DELETE FROM events')).toThrow('events are never removed')
  })
})

describe('a disk that refuses', () => {
  test('CI can mount', () => {
    if (process.env['CI'] === 'true')
      expect(canMount, 'these tests mount small disks and need root').toBe(true)
  })

  test.skipIf(!canMount)(
    'a full disk refuses appends whole, and takes them again once there is room (needs root)',
    async () => {
      const { folder, remount } = smallDisk('size=4m')
      const log = createSqliteEventLog({ file: join(folder, 'events.sqlite') })
      let version = 0
      let refused: unknown
      while (refused === undefined && version < 10_000) {
        const result = await log
          .append('shop', version, [
            { type: 'a', data: filler },
            { type: 'b', data: filler },
          ])
          .catch((error: unknown) => {
            refused = error
          })
        version = result?.version ?? version
      }
      expect(refused).toMatchObject({ code: 'event-log/full', again: 'retry' })
      expect(await log.readStream('shop', 0)).toHaveLength(version)
      remount('size=32m')
      expect(await log.append('shop', version, [{ type: 'a', data: filler }])).toMatchObject({
        appended: true,
      })
      await log.close()
      expect(checkStore(join(folder, 'events.sqlite'))).toMatchObject({ isSound: true, events: version + 1 })
    },
  )

  test.skipIf(!canMount)('a full disk is named when a store is made on it (needs root)', () => {
    const { folder } = smallDisk('size=16k')
    expect(() => createSqliteEventLog({ file: join(folder, 'events.sqlite') })).toThrow(
      expect.objectContaining({ code: 'event-log/full' }),
    )
  })

  test.skipIf(!canMount)('a folder that cannot be written is named (needs root)', async () => {
    const disk = smallDisk('size=8m')
    const file = join(disk.folder, 'events.sqlite')
    const log = createSqliteEventLog({ file })
    await log.append('shop', 0, [{ type: 'a', data: {} }])
    await log.close()
    disk.remount('ro')
    expect(() => createSqliteEventLog({ file })).toThrow(
      expect.objectContaining({ code: 'event-log/read-only', message: expect.stringContaining(disk.folder) }),
    )
    disk.remount('rw')
    await createSqliteEventLog({ file }).close()
  })

  test.skipIf(!canBreakDisks)(
    'a disk that fails is named, nothing is written any more, and the server goes on (needs root and xfs_io)',
    async () => {
      const disk = breakableDisk()
      const log = createSqliteEventLog({ file: join(disk.folder, 'events.sqlite') })
      for (let n = 0; n < 20; n++) await log.append('shop', n, [{ type: 'a', data: filler }])
      disk.fail()
      const gone = { code: 'event-log/disk-error', again: 'never' }
      await Promise.all([
        expect(log.append('shop', 20, [{ type: 'a', data: filler }])).rejects.toMatchObject(gone),
        expect(log.append('other', 0, [{ type: 'a', data: filler }])).rejects.toMatchObject(gone),
      ])
      await expect(log.append('shop', 0, [])).rejects.toMatchObject(gone)
      await expect(log.saveCursor('views', 1)).rejects.toMatchObject(gone)
      await log.close()
    },
  )
})
