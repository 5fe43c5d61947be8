import { eventLogContract } from '../../../extend/contracts/event-log.contract.ts'
import { createMemoryDisk, createMemoryEventLog } from './memory-event-log.ts'

eventLogContract('memory', async () => {
  const disk = createMemoryDisk()
  return { open: async () => createMemoryEventLog(disk), remove: async () => {} }
})
