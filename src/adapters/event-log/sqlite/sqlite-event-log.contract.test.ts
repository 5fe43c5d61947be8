import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract } from '../../../extend/contracts/event-log.contract.ts'
import { createSqliteEventLog } from './sqlite-event-log.ts'

eventLogContract('sqlite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-event-log-'))
  return {
    open: async () => createSqliteEventLog({ file: join(folder, 'events.sqlite') }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
})
