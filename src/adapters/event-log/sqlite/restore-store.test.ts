import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { verifyChain } from '../../../api/audit-chain.ts'
import { checkStore } from './check-store.ts'
import { MIGRATIONS } from './migrations.ts'
import { restoreStore } from './restore-store.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'
import { newestVersion } from './store-version.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const carried = {
  files: new Map([['secrets/secrets.json', Buffer.from('{"format":1}')]]),
  artifacts: ['sha256-a', 'sha256-b', 'sha256-a'],
}

/** Two streams, events 1 to 10 in turn, a snapshot of each, and a reader at the end. */
async function backedUp() {
  const folder = temporaryFolder()
  const file = join(folder, 'events.sqlite')
  const log = createSqliteEventLog({ file })
  for (let version = 0; version < 5; version += 1)
    for (const stream of ['service/a', 'service/b'])
      await log.append(stream, version, [{ type: 'stage-locked', data: { version } }])
  await log.saveSnapshot({ stream: 'service/a', version: 2, shape: 1, state: {} })
  await log.saveSnapshot({ stream: 'service/b', version: 5, shape: 1, state: {} })
  await log.saveCursor('notices', 10)
  const backup = join(folder, 'elsewhere', 'backup.sqlite')
  await log.backup(backup, carried)
  await log.append('service/a', 5, [{ type: 'stage-pinned', data: {} }])
  return { file, backup, log }
}

test('a backup that is put back is the store as it was, and what was there is moved aside', async () => {
  const { file, backup, log } = await backedUp()
  await log.close()
  const restored = restoreStore({ backup, file, until: null, stamp: 'now' })
  expect(restored).toMatchObject({ events: 10, lastPosition: 10, artifacts: ['sha256-a', 'sha256-b'] })
  expect(Buffer.from(restored.files.get('secrets/secrets.json') ?? []).toString()).toBe('{"format":1}')
  expect(checkStore(restored.before ?? '')).toMatchObject({ isSound: true, events: 11 })
  expect(checkStore(file)).toMatchObject({ isSound: true, chain: [], events: 10 })
  const again = createSqliteEventLog({ file })
  expect(await again.append('service/a', 5, [{ type: 'stage-unpinned', data: {} }])).toMatchObject({
    position: 11,
  })
  const { lines } = await again.auditLines(0, 100)
  expect(await verifyChain(lines)).toMatchObject({ lines: 11, problems: [] })
  await again.close()
})

test('up to one event: what came after it is gone, with what was folded from it', async () => {
  const { file, backup, log } = await backedUp()
  await log.close()
  expect(restoreStore({ backup, file, until: 5, stamp: 'now' })).toMatchObject({ events: 5, lastPosition: 5 })
  expect(checkStore(file)).toMatchObject({ isSound: true, chain: [] })
  const again = createSqliteEventLog({ file })
  expect(await again.streams()).toEqual([
    { stream: 'service/a', version: 3 },
    { stream: 'service/b', version: 2 },
  ])
  expect((await again.snapshots()).map(({ stream }) => stream)).toEqual(['service/a'])
  expect(await again.cursor('notices')).toBe(5)
  await again.close()
  using store = new DatabaseSync(file)
  expect(() => store.exec('DELETE FROM events')).toThrow('events are never removed')
})

test('over a store that a server has, nothing is put back', async () => {
  const { file, backup, log } = await backedUp()
  expect(() => restoreStore({ backup, file, until: null, stamp: 'now' })).toThrow(
    expect.objectContaining({ code: 'event-log/in-use' }),
  )
  expect((await log.streams()).length).toBe(2)
  await log.close()
})

test('what is damaged, newer, no backup or without that event is refused, and nothing is changed', async () => {
  const { file, backup, log } = await backedUp()
  await log.close()
  const bad = `${backup}-bad`
  const refused = (of: string, until: number | null, code: string) => {
    expect(() => restoreStore({ backup: of, file, until, stamp: 'now' })).toThrow(
      expect.objectContaining({ code }),
    )
    expect(existsSync(`${file}.restored`)).toBe(false)
    expect(checkStore(file)).toMatchObject({ isSound: true, events: 11 })
  }
  writeFileSync(bad, readFileSync(backup).subarray(0, 9_000))
  refused(bad, null, 'event-log/bad-backup')
  writeFileSync(bad, 'hello')
  refused(bad, null, 'event-log/bad-backup')
  refused(`${bad}-not`, null, 'event-log/bad-backup')
  refused(backup, 11, 'event-log/no-such-event')
  refused(backup, 0, 'event-log/no-such-event')
  writeFileSync(bad, readFileSync(backup))
  {
    using newer = new DatabaseSync(bad)
    newer.exec(`UPDATE meta SET value = ${newestVersion(MIGRATIONS) + 1} WHERE name = 'store-version'`)
  }
  refused(bad, null, 'event-log/bad-backup')
})

test('a row that was deleted with another tool breaks the chain where it was', async () => {
  const { file, log } = await backedUp()
  await log.close()
  {
    using store = new DatabaseSync(file)
    store.exec('DROP TRIGGER events_are_not_removed; DELETE FROM events WHERE position = 10')
  }
  expect(checkStore(file).chain).toEqual([
    'event 11 does not follow event 9: it was changed, or one between them was taken out',
  ])
  const again = createSqliteEventLog({ file })
  const { problems } = await verifyChain((await again.auditLines(0, 100)).lines)
  expect(problems.length).toBeGreaterThan(0)
  await again.close()
})
