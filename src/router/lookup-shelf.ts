// The lookup tables in force, by service. A table is read beside the old one and then takes its place in one step: a
// request asks one table or the other, and never waits for either.
import type { LookupFolder } from '../api/router-admin/lookup-folder.ts'
import type { LookupTable } from '../domain/traffic/lookup-table.ts'
import { noTables, type LookupTables } from '../domain/traffic/request-facts.ts'

export type LookupShelf = {
  of(service: string): LookupTables
  /** Puts the newest table on disk in force, or takes it away where there is none; the generation that now is. */
  reload(service: string, table: string): Promise<number>
  reloadAll(): Promise<void>
}

export function createLookupShelf(folder: LookupFolder): LookupShelf {
  const shelves = new Map<string, Map<string, LookupTable>>()

  async function reload(service: string, table: string): Promise<number> {
    const read = await folder.read(service, table)
    const shelf = shelves.get(service) ?? new Map<string, LookupTable>()
    shelves.set(service, shelf)
    const known = shelf.get(table)
    if (read === undefined) {
      // Taken away, unless what is there merely cannot be read: the last good one goes on serving.
      if ((await folder.newest(service, table)) === 0) shelf.delete(table)
      return shelf.get(table)?.head.generation ?? 0
    }
    // Two reloads may pass each other; the newer table stays.
    if (known === undefined || known.head.generation < read.head.generation) shelf.set(table, read)
    return shelf.get(table)?.head.generation ?? 0
  }

  return {
    of: (service) => shelves.get(service) ?? noTables,
    reload,
    reloadAll: async () => {
      for (const { service, table } of await folder.list()) await reload(service, table)
    },
  }
}
