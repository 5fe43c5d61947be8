import { expect, test } from 'vitest'
import { exampleTick, tickStoreContract } from '../../../extend/contracts/tick-store.contract.ts'
import { createMemoryTickDisk, createMemoryTickStore } from './memory-tick-store.ts'

tickStoreContract('memory', async () => {
  const disk = createMemoryTickDisk()
  return { open: async () => createMemoryTickStore(disk), remove: async () => {} }
})

test('ticks that were not synced are gone for whoever comes after a crash', async () => {
  const environment = { service: 'shop', stage: 'staging' }
  const disk = createMemoryTickDisk()
  const crashed = createMemoryTickStore(disk)
  await crashed.append(environment, exampleTick(1))
  await crashed.sync(environment)
  await crashed.append(environment, exampleTick(2))
  expect(await createMemoryTickStore(disk).lastSeq(environment)).toBe(1)
})
