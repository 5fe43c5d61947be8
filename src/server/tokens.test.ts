import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTokenStore } from './tokens.ts'

let folder: string
let now = 1_000
const clock = { now: () => now, monotonicMs: () => now, sleep: async () => undefined }
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tokens-'))
  now = 1_000
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const file = () => join(folder, 'state/tokens.json')
const store = () => createTokenStore({ file: file(), clock })
const anna = { name: 'anna', readOnly: false, by: 'root' }

test('a token is kept as its sum only, in a file of mode 0600, and nothing else is left behind', async () => {
  const made = await store().add(anna)
  expect(made?.token).toMatch(/^sluice_[A-Za-z0-9_-]{43}$/)
  expect(await readFile(file(), 'utf8')).not.toContain(made?.token.slice(7))
  expect((await stat(file())).mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'state'))).toEqual(['tokens.json'])
  expect(await store().whose(made?.token ?? '')).toMatchObject({ name: 'anna', readOnly: false })
  expect(await store().whose(`${made?.token}x`)).toBeUndefined()
  expect(await store().whose('')).toBeUndefined()
})

test('what another process added or revoked is seen at once', async () => {
  const [one, other] = [store(), store()]
  expect(await one.list()).toEqual([])
  const made = await other.add(anna)
  expect(await one.whose(made?.token ?? '')).toMatchObject({ name: 'anna' })
  await one.revoke('anna')
  expect(await other.whose(made?.token ?? '')).toBeUndefined()
})

test('many added at once are all kept', async () => {
  const tokens = store()
  const names = Array.from({ length: 20 }, (_, n) => `person-${n}`)
  await Promise.all(names.map((name) => tokens.add({ ...anna, name })))
  expect((await store().list()).map((row) => row.name).sort()).toEqual(names.sort())
  expect(await tokens.add({ ...anna, name: 'person-3' })).toBeUndefined()
})

test('a session ends after 30 days, when it is closed, and with its token', async () => {
  const tokens = store()
  await tokens.add(anna)
  const open = async () => (await tokens.openSession('anna')).session
  const [first, second, third] = [await open(), await open(), await open()]
  expect(await tokens.whoseSession(first)).toMatchObject({ name: 'anna' })
  await tokens.closeSession(first)
  expect(await tokens.whoseSession(first)).toBeUndefined()
  now += 30 * 86_400_000
  expect(await tokens.whoseSession(second)).toBeUndefined()
  now = 1_000
  await tokens.revoke('anna')
  await tokens.add(anna)
  expect(await tokens.whoseSession(third)).toBeUndefined()
})

test('a file with wider rights is narrowed, and a broken one stops everything instead of counting as empty', async () => {
  await store().add(anna)
  await chmod(file(), 0o644)
  await store().list()
  expect((await stat(file())).mode & 0o777).toBe(0o600)
  await writeFile(file(), '{"format":1,"tok')
  await expect(store().list()).rejects.toMatchObject({ code: 'tokens/unreadable' })
})
