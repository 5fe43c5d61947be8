import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findAddresses, LIMITS } from './find-addresses.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-addresses-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function find(files: Readonly<Record<string, string | Buffer>>, limits = LIMITS) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  const addresses = [
    { stage: 'staging', host: 'api.staging.example', variable: 'API' },
    { stage: 'production', host: 'db:5432', variable: 'DB' },
  ]
  const found = await findAddresses(folder, addresses, new AbortController().signal, limits)
  return found.map(({ file, line, host }) => `${file}:${line} ${host}`).toSorted()
}

test('an address of one environment is named with file and line', async () => {
  const files = {
    'dist/app.js': 'a\nfetch("https://API.staging.example/v1")\n',
    'x/y.py': 'DB = "postgres://u@db:5432/x"',
  }
  expect(await find(files)).toEqual(['dist/app.js:2 api.staging.example', 'x/y.py:1 db:5432'])
})

test('other hosts that hold its letters are others', async () => {
  expect(await find({ a: 'myapi.staging.example api.staging.example.org db:54321 x-db:5432' })).toEqual([])
  expect(await find({ a: 'see api.staging.example.' })).toEqual(['a:1 api.staging.example'])
})

test('binary files, dependencies, our own config and files of that environment are passed over', async () => {
  const text = 'https://api.staging.example'
  const binary = Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(text)])
  const names = [
    'node_modules/a.js',
    '.git/config',
    'sluice.config.ts',
    'config/staging.json',
    'env.staging.yaml',
  ]
  expect(await find({ ...Object.fromEntries(names.map((name) => [name, text])), 'a.bin': binary })).toEqual(
    [],
  )
})

test('it is bounded in what it reads and what it tells', async () => {
  const text = 'https://api.staging.example\n'
  expect(await find({ a: text.repeat(100) })).toHaveLength(LIMITS.foundMax)
  expect(await find({ a: text.repeat(100) }, { ...LIMITS, fileBytesMax: 100 })).toEqual([])
})
