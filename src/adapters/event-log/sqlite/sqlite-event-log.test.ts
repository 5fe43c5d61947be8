import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { checkStore } from './check-store.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'
import { QUESTIONS } from './store-reader.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

function event(n: number) {
  return { type: 'e', data: { n, filler: 'x'.repeat(100) } }
}

test('no question reads all events to find some', async () => {
  const file = join(temporaryFolder(), 'events.sqlite')
  const log = createSqliteEventLog({ file })
  await log.append('shop', 0, [event(1)])
  using store = new DatabaseSync(file, { readOnly: true })
  for (const [name, question] of Object.entries(QUESTIONS)) {
    const plan = store.prepare(`EXPLAIN QUERY PLAN ${question}`).all()
    const steps = plan.map((step) => String(step['detail']))
    expect(steps.length).toBeGreaterThan(0)
    expect(
      steps.filter((step) => /SCAN (e|events)\b|TEMP B-TREE/.test(step)),
      name,
    ).toEqual([])
  }
  await log.close()
})

test('ten thousand streams and a stream of twenty thousand events are served whole', async () => {
  const file = join(temporaryFolder(), 'events.sqlite')
  const log = createSqliteEventLog({ file })
  await Promise.all(Array.from({ length: 10_000 }, (_, n) => log.append(`s${n}`, 0, [event(n)])))
  for (let version = 0; version < 20_000; version += 1_000) {
    await log.append(
      'long',
      version,
      Array.from({ length: 1_000 }, (_, n) => event(n)),
    )
  }
  expect(await log.streams()).toHaveLength(10_001)
  expect((await log.readStream('long', 19_990)).map((each) => each.version)).toEqual([
    19_991, 19_992, 19_993, 19_994, 19_995, 19_996, 19_997, 19_998, 19_999, 20_000,
  ])
  expect(await log.readStream('long', 0)).toHaveLength(20_000)
  await log.close()
  expect(checkStore(file)).toMatchObject({ isSound: true, events: 30_000, streams: 10_001 })
})

test('more appends than fit one group are all written, in the order of asking', async () => {
  const log = createSqliteEventLog({ file: join(temporaryFolder(), 'events.sqlite') })
  const results = await Promise.all(
    Array.from({ length: 2_500 }, (_, n) => log.append('shop', n, [event(n)])),
  )
  expect(results.every((result) => result.appended)).toBe(true)
  expect((await log.readStream('shop', 0)).map((each) => each.version)).toEqual(
    Array.from({ length: 2_500 }, (_, n) => n + 1),
  )
  await log.close()
})

test('a closed store is one file and its lock file', async () => {
  const folder = temporaryFolder()
  const log = createSqliteEventLog({ file: join(folder, 'deep', 'down', 'events.sqlite') })
  await log.append('shop', 0, [event(1)])
  expect(existsSync(join(folder, 'deep', 'down', 'events.sqlite.holder'))).toBe(true)
  await log.close()
  expect(readdirSync(join(folder, 'deep', 'down')).sort()).toEqual(['events.sqlite', 'events.sqlite.lock'])
})
