import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSqliteEventLog } from '../../adapters/event-log/sqlite/sqlite-event-log.ts'
import { stampOf } from '../backups.ts'
import { placesIn, type Places } from '../places.ts'
import { doctor } from './doctor.ts'
import { checkDisk, checkGit, checkMemory, checkNode, checkPort } from './machine-checks.ts'

const NOW = Date.UTC(2026, 10, 20, 9)
const DAY_MS = 86_400_000

let places: Places
beforeEach(() => {
  places = placesIn(mkdtempSync(join(tmpdir(), 'sluice-doctor-')))
})
afterEach(() => rmSync(places.state, { recursive: true, force: true }))

async function finding(check: string, env: Record<string, string> = {}) {
  const found = await doctor({ state: places.state, folder: places.state, env, now: NOW })
  for (const { state, advice } of found) expect(advice === null).toBe(state === 'fine')
  return found.find((one) => one.check === check)
}

async function fillStore(): Promise<void> {
  const log = createSqliteEventLog({ file: places.store })
  for (let version = 0; version < 5; version += 1)
    await log.append('service/shop', version, [{ type: 'stage-locked', data: { at: NOW - 1_000 + version } }])
  await log.close()
}

function backUp(ageMs: number): string {
  const file = join(places.backups, `backup-${stampOf(NOW - ageMs)}-5.sqlite`)
  mkdirSync(dirname(file), { recursive: true })
  cpSync(places.store, file)
  return file
}

test('a new machine has nothing that is bad but what is not there yet', async () => {
  expect(await finding('store')).toMatchObject({ state: 'fine' })
  expect(await finding('node')).toMatchObject({ state: 'fine' })
  expect(await finding('git')).toMatchObject({ state: 'fine' })
  expect(await finding('secrets')).toMatchObject({ state: 'fine' })
  expect(await finding('server')).toMatchObject({ state: 'warn', advice: 'sluice up starts it' })
})

test('programs that are too old or missing are told', async () => {
  expect(checkNode('20.11.1')).toMatchObject({ state: 'bad' })
  expect(checkNode('22.18.0')).toMatchObject({ state: 'fine' })
  expect(await checkGit('/nonexistent/git')).toMatchObject({ state: 'bad' })
})

test('a port that somebody has is told by its number', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  expect(await checkPort('router', '127.0.0.1', port)).toMatchObject({
    state: 'bad',
    text: expect.stringContaining(`127.0.0.1:${port} cannot be taken`),
  })
  await new Promise((resolve) => server.close(resolve))
  expect(await checkPort('router', '127.0.0.1', port)).toMatchObject({ state: 'fine' })
})

test('little memory is told, of the machine or of the control group', () => {
  const file = (path: string, content: string) => {
    mkdirSync(dirname(join(places.state, path)), { recursive: true })
    writeFileSync(join(places.state, path), content)
  }
  const look = () => checkMemory(join(places.state, 'proc'), join(places.state, 'groups'))
  file('proc/meminfo', 'MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n')
  file('proc/self/cgroup', '0::/user\n')
  expect(look()).toMatchObject({ state: 'fine' })
  file('groups/user/memory.max', `${300 * 1024 ** 2}\n`)
  file('groups/user/memory.current', `${200 * 1024 ** 2}\n`)
  expect(look()).toMatchObject({
    state: 'warn',
    text: expect.stringContaining('100 MB of memory are free (limited to 300 MB'),
  })
  file('groups/user/memory.max', 'max\n')
  expect(look()).toMatchObject({ state: 'fine' })
})

test('the disk is looked at where the state lies', () => {
  expect(checkDisk(places.state).text).toContain(places.state)
})

test('a folder or key that others can read is told, with what to type', async () => {
  chmodSync(places.state, 0o755)
  expect(await finding('state folder')).toMatchObject({ state: 'warn', advice: `chmod 700 ${places.state}` })
  mkdirSync(dirname(places.secretKey), { recursive: true })
  writeFileSync(places.secretKey, 'ab'.repeat(32), { mode: 0o644 })
  expect(await finding('secrets')).toMatchObject({ state: 'bad', text: expect.stringContaining('chmod 600') })
})

test('a store that is damaged is told; a row that was taken out, too', async () => {
  await fillStore()
  expect(await finding('store')).toMatchObject({ state: 'fine', text: '5 events of 1 streams are whole' })
  expect(await finding('audit chain')).toMatchObject({ state: 'fine' })
  {
    using store = new DatabaseSync(places.store)
    store.exec(`DROP TRIGGER events_are_not_changed; UPDATE events SET data = '{"at":1}' WHERE position = 3`)
  }
  expect(await finding('store')).toMatchObject({ state: 'fine' })
  expect(await finding('audit chain')).toMatchObject({
    state: 'bad',
    text: expect.stringContaining('event 3'),
  })
  writeFileSync(places.store, 'this was a store once')
  expect(await finding('store')).toMatchObject({
    state: 'bad',
    advice: expect.stringContaining('sluice restore'),
  })
})

test('backups are fresh and whole, or it is told', async () => {
  await fillStore()
  expect(await finding('backups')).toMatchObject({ state: 'warn', text: 'there is none' })
  backUp(10 * DAY_MS)
  expect(await finding('backups')).toMatchObject({
    state: 'warn',
    text: expect.stringContaining('10 days old'),
  })
  const fresh = backUp(3_600_000)
  expect(await finding('backups')).toMatchObject({ state: 'fine' })
  writeFileSync(fresh, 'hello')
  utimesSync(fresh, NOW / 1_000, NOW / 1_000)
  expect(await finding('backups')).toMatchObject({ state: 'bad' })
})

test('a clock that was set back is told', async () => {
  await fillStore()
  expect(await finding('clock')).toMatchObject({ state: 'fine' })
  const found = await doctor({ state: places.state, folder: places.state, env: {}, now: NOW - 10 * 60_000 })
  expect(found.find(({ check }) => check === 'clock')).toMatchObject({
    state: 'bad',
    text: expect.stringContaining('599 s behind'),
  })
})

test('instances that are wanted and do not run are told', async () => {
  const fleets = join(places.instances, 'environments')
  mkdirSync(fleets, { recursive: true })
  const environment = { service: 'shop', stage: 'production' }
  const run = { command: 'true', health: { path: null, waitMs: 1 }, userKey: null, env: {}, termMs: 1 }
  const wish = { environment, release: 1, artifact: 'a', run, count: 2, env: {}, role: 'live' }
  writeFileSync(
    join(fleets, 'shop~production.json'),
    JSON.stringify({ version: 1, environment, fence: 1, wishes: [wish] }),
  )
  expect(await finding('instances of shop/production')).toMatchObject({ state: 'bad', text: '0 of 2 run' })
})
