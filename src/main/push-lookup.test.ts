import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createBuiltInLookups } from '../adapters/traffic-router/built-in/built-in-lookups.ts'
import type { LookupStore } from '../ports/lookup-store.ts'
import { pushChanges, pushCsv } from './push-lookup.ts'

const key = { from: 'customer' } as const

async function store(): Promise<LookupStore> {
  const stateDir = await mkdtemp(join(tmpdir(), 'lookups-'))
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }))
  return createBuiltInLookups({ stateDir, clock: { sleep: async () => {} } })
}

/** In pieces of a few bytes, so that lines are cut anywhere. */
async function* inPieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function pushed(lookups: LookupStore, text: string, size?: number) {
  return pushCsv({ store: lookups, now: () => 1_000 }, 'shop', 'customers', key, inPieces(text, size))
}

test('a table is pushed as CSV, with quotes, other line ends and names beyond ASCII', async () => {
  const lookups = await store()
  const text = '\ufeffcustomer,plan,project\r\nacme,free,"a ""b"", c"\r\n\r\n"Köln",paying,\r\n'
  expect(await pushed(lookups, text)).toMatchObject({ head: { rows: 2, columns: ['plan', 'project'] } })
  const table = await lookups.read('shop', 'customers')
  expect(table?.cell('acme', 'project')).toBe('a "b", c')
  expect(table?.cell(Buffer.from('Köln').toString('latin1'), 'plan')).toBe('paying')
  expect(table?.cell(Buffer.from('Köln').toString('latin1'), 'project')).toBeUndefined()
})

test.each([
  ['customer,plan\nacme,free\ntiny\n', 'line 3 of the table customers: it has 0 values'],
  [
    'customer,plan\nacme,free\nacme,paying\n',
    'line 3 of the table customers: its key "acme" stood in a row before',
  ],
  ['customer,plan\n,free\n', 'line 2 of the table customers: its key is empty'],
  ['customer,plan\nacme,"free\n', 'line 2 of the table customers: a quote is not closed'],
  ['customer,plan\nacme,fr"ee\n', 'line 2 of the table customers: a quote stands inside'],
  ['customer,plan\nacme,"free"x\n', 'line 2 of the table customers: something stands between'],
  ['customer\nacme\n', 'line 1 of the table customers: it names one column only'],
  [
    'customer,the plan\nacme,free\n',
    'line 1 of the table customers: "the plan" cannot be the name of a column',
  ],
  ['customer,plan,plan\n', 'line 1 of the table customers: two columns have the same name'],
  ['', 'line 1 of the table customers: it is empty'],
  [`customer,plan\nacme,${'x'.repeat(20_000)}\n`, 'line 2 of the table customers: it is longer'],
])('a bad line is told by its number, and the old table stays: %j', async (text, words) => {
  const lookups = await store()
  await pushed(lookups, 'customer,plan\nold,free\n')
  const answer = await pushed(lookups, text, 4_000)
  expect('refusal' in answer && answer.refusal.text).toContain(words)
  expect((await lookups.read('shop', 'customers'))?.cell('old', 'plan')).toBe('free')
})

test('of a hundred thousand lines one bad one is found, and nothing is in force before the last was read', async () => {
  const lookups = await store()
  const lines = Array.from({ length: 100_000 }, (_, n) => `customer-${n},${n % 3 === 0 ? 'free' : 'paying'}`)
  lines[70_000] = 'customer-5,free'
  const text = `customer,plan\n${lines.join('\n')}\n`
  const answer = await pushed(lookups, text, 65_536)
  expect('refusal' in answer && answer.refusal.text).toContain('line 70002')
  expect(await lookups.list()).toEqual([])
  lines[70_000] = 'customer-70000,free'
  expect(await pushed(lookups, `customer,plan\n${lines.join('\n')}`, 65_536)).toMatchObject({
    head: { rows: 100_000 },
  })
})

test('changes set some rows, take others out, and leave the rest', async () => {
  const lookups = await store()
  await pushed(lookups, 'customer,plan,project\nacme,free,a\ntiny,free,b\nhuge,paying,c\n')
  const old = await lookups.read('shop', 'customers')
  if (!old) throw new Error('the table is not there')
  const parts = { store: lookups, now: () => 1_000 }
  const changes = { set: { acme: { plan: 'paying' }, new: { plan: 'free' } }, remove: ['tiny'] }
  expect(await pushChanges(parts, 'shop', old, changes)).toMatchObject({ head: { rows: 3 } })
  const table = await lookups.read('shop', 'customers')
  expect([...(table?.rows() ?? [])]).toEqual([
    { key: 'acme', cells: ['paying', 'a'] },
    { key: 'huge', cells: ['paying', 'c'] },
    { key: 'new', cells: ['free', undefined] },
  ])
  const bad = await pushChanges(parts, 'shop', old, { set: { acme: { color: 'red' } }, remove: [] })
  expect('refusal' in bad && bad.refusal.code).toBe('lookup/bad-line')
})

test('a table that was taken away and pushed again is newer than what it was', async () => {
  const lookups = await store()
  let now = 5_000
  const push = () =>
    pushCsv({ store: lookups, now: () => now }, 'shop', 'customers', key, inPieces('customer,plan\na,b\n'))
  expect(await push()).toMatchObject({ head: { generation: 5_000 } })
  expect(await push()).toMatchObject({ head: { generation: 5_001 } })
  await lookups.remove('shop', 'customers')
  now = 9_000
  expect(await push()).toMatchObject({ head: { generation: 9_000 } })
})
