import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { secretStoreContract } from '../../../extend/contracts/secret-store.contract.ts'
import { createEncryptedFileSecrets } from './encrypted-file-secrets.ts'

const environment = { service: 'shop', stage: 'staging' }
const first = { environment, name: 'TOKEN', version: 1 }
const KEY = '5f'.repeat(32)
const OTHER_KEY = 'a1'.repeat(32)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(folder, 'secrets.json')
const keyFile = () => join(folder, 'secret.key')
const open = (variable?: string) =>
  createEncryptedFileSecrets({ file: file(), key: { variable, file: keyFile() } })

secretStoreContract('encrypted file', () => {
  const own = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
  const key = { variable: undefined, file: join(own, 'secret.key') }
  return {
    open: () => createEncryptedFileSecrets({ file: join(own, 'secrets.json'), key }),
    remove: () => rmSync(own, { recursive: true, force: true }),
  }
})

test('the first secret makes a key that only its owner can read', async () => {
  expect(await open().trouble()).toBeUndefined()
  expect(existsSync(keyFile())).toBe(false)
  await open().put(environment, 'TOKEN', 'swordfish')
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600)
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  expect(readFileSync(file(), 'utf8')).not.toContain('swordfish')
})

test('a key in the variable wins, and no key file is made', async () => {
  await open(KEY).put(environment, 'TOKEN', 'swordfish')
  expect(existsSync(keyFile())).toBe(false)
  const base64 = Buffer.from(KEY, 'hex').toString('base64')
  expect(await open(base64).read(first)).toBe('swordfish')
})

test('without the key nothing is read, nothing is written, and no new key is made', async () => {
  await open(KEY).put(environment, 'TOKEN', 'swordfish')
  await expect(open().read(first)).rejects.toMatchObject({ code: 'secret-store/no-key' })
  await expect(open().put(environment, 'TOKEN', 'halibut')).rejects.toMatchObject({
    code: 'secret-store/no-key',
  })
  expect(existsSync(keyFile())).toBe(false)
  expect(await open().trouble()).toMatchObject({ code: 'secret-store/no-key' })
  expect((await open().trouble())?.message).toMatch(/SLUICE_SECRET_KEY or .*secret\.key \(mode 600\)/)
})

test('a wrong key is told by the names of both keys', async () => {
  await open(KEY).put(environment, 'TOKEN', 'swordfish')
  const wrong = open(OTHER_KEY)
  await expect(wrong.read(first)).rejects.toMatchObject({ code: 'secret-store/wrong-key' })
  await expect(wrong.read(first)).rejects.toThrow(
    /encrypted with key [0-9a-f]{12}, but the key here is [0-9a-f]{12}/,
  )
})

test('a key file that others can read is refused', async () => {
  writeFileSync(keyFile(), `${KEY}\n`)
  chmodSync(keyFile(), 0o640)
  await expect(open().put(environment, 'TOKEN', 'swordfish')).rejects.toMatchObject({
    code: 'secret-store/key-not-private',
  })
  chmodSync(keyFile(), 0o600)
  expect(await open().put(environment, 'TOKEN', 'swordfish')).toBe(1)
})

test('a word that somebody thought up is no key, and is not repeated', async () => {
  const put = open('correct horse battery staple').put(environment, 'TOKEN', 'swordfish')
  await expect(put).rejects.toMatchObject({ code: 'secret-store/bad-key' })
  await expect(put).rejects.not.toThrow(/horse/)
})

test('a value that was changed, or put under another name, is damaged', async () => {
  await open(KEY).put(environment, 'TOKEN', 'swordfish')
  const content = JSON.parse(readFileSync(file(), 'utf8'))
  const [row] = content.secrets
  writeFileSync(file(), JSON.stringify({ ...content, secrets: [{ ...row, name: 'OTHER' }] }))
  await expect(open(KEY).read({ ...first, name: 'OTHER' })).rejects.toMatchObject({
    code: 'secret-store/damaged',
  })
  writeFileSync(file(), '{"format":1,"secrets":[swordfish')
  await expect(open(KEY).read(first)).rejects.toMatchObject({ code: 'secret-store/unreadable' })
  await expect(open(KEY).read(first)).rejects.not.toThrow(/swordfish/)
})

test('masking never fails, also without a key', async () => {
  await open(KEY).put(environment, 'TOKEN', 'swordfish')
  await open(KEY).put(environment, 'ONE', 'yes')
  expect(await open().mask(environment, 'a swordfish')).toBe('a swordfish')
  expect(await open(KEY).mask(environment, 'yes, a swordfish')).toBe('yes, a [secret TOKEN]')
})
