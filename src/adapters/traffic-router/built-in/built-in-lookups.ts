// Lookup tables of the router that comes with Sluice: files in its state folder, and every router process told.
import { createLookupFolder } from '../../../api/router-admin/lookup-folder.ts'
import { createRouterAdmin } from '../../../api/router-admin/router-admin.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { LookupStore } from '../../../ports/lookup-store.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

export type BuiltInLookupsOptions = {
  /** The folder that the router processes were started with. */
  readonly stateDir: string
  readonly clock: Pick<Clock, 'sleep'>
  /** How long one router process may take to read a table; 20,000 by default. */
  readonly answerMsMax?: number
}

export function createBuiltInLookups(options: BuiltInLookupsOptions): LookupStore {
  const { stateDir, clock, answerMsMax = 20_000 } = options
  const folder = createLookupFolder(stateDir)
  const deadline = () => AbortSignal.timeout(answerMsMax)
  const admin = createRouterAdmin({ stateDir, deadline, sleep: (ms, signal) => clock.sleep(ms, signal) })

  const announce: LookupStore['announce'] = async (service, table) => {
    const what = `a router process did not take the table ${table} of ${service}`
    await translated(what, () => admin.everyone((router) => admin.reloadLookup(router, service, table)))
  }

  return {
    newest: (service, table) =>
      translated(`the table ${table} of ${service} was not found`, () => folder.newest(service, table)),
    read: (service, table) =>
      translated(`the table ${table} of ${service} was not read`, () => folder.read(service, table)),
    list: () => translated('the tables were not listed', () => folder.list()),
    put: async (service, head, parts) => {
      const isNew = await translated(`the table ${head.table} of ${service} was not written`, () =>
        folder.put(service, head, parts),
      )
      if (!isNew)
        throw new PortFailure(
          `somebody else pushed generation ${head.generation} of the table ${head.table} of ${service} meanwhile; look at it and push again`,
          { code: 'lookup/stale', again: 'never' },
        )
      await announce(service, head.table)
    },
    announce,
    remove: async (service, table) => {
      await translated(`the table ${table} of ${service} was not taken away`, () =>
        folder.remove(service, table),
      )
      await announce(service, table)
    },
  }
}

async function translated<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PortFailure) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new PortFailure(`${what}: ${why}; try again`, {
      code: 'router/no-acknowledgement',
      again: 'retry',
      cause: error,
    })
  }
}
