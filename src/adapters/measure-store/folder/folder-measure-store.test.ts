import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exampleArms, measureStoreContract } from '../../../extend/contracts/measure-store.contract.ts'
import { createFolderMeasureStore } from './folder-measure-store.ts'

const production = { service: 'shop', stage: 'production' }
const START = Date.UTC(2026, 4, 1, 10, 0, 0)

measureStoreContract('folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'measures-'))
  return {
    open: async () => createFolderMeasureStore({ folder }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
})

async function total(store: ReturnType<typeof createFolderMeasureStore>): Promise<number> {
  let requests = 0
  for await (const parts of store.read(production, { from: 0, until: START * 2, dimension: null }))
    for (const { arm } of parts) requests += arm.total.requests
  return requests
}

test('a torn line is passed over, and what is added after it is whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'measures-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const window = (seq: number) => ({
    environment: production,
    counter: 'one',
    seq,
    window: { from: START + seq * 1_000, spanMs: 1_000, arms: exampleArms() },
  })
  const first = createFolderMeasureStore({ folder })
  await first.append(production, [window(1)])
  const here = join(folder, 'shop', 'production')
  const [file = ''] = await readdir(here)
  await appendFile(join(here, file), '{"counter":"one","seq":2,"window":{"from"')
  const second = createFolderMeasureStore({ folder })
  expect(await second.marks(production)).toEqual({ one: 1 })
  await second.append(production, [window(2)])
  expect(await total(second)).toBe(14)
  expect(await total(createFolderMeasureStore({ folder }))).toBe(14)
})

test('packed files tell the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'measures-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const store = createFolderMeasureStore({ folder })
  for (let seq = 1; seq <= 60; seq += 1)
    await store.append(production, [
      {
        environment: production,
        counter: 'one',
        seq,
        window: { from: START + seq * 60_000, spanMs: 1_000, arms: exampleArms() },
      },
    ])
  await store.turn(START + 2 * 3_600_000)
  await store.turn(START + 30 * 3_600_000)
  const names = await readdir(join(folder, 'shop', 'production'))
  expect(names.filter((name) => name.endsWith('.gz')).length).toBeGreaterThan(3)
  expect(await total(store)).toBe(60 * 7)
})
