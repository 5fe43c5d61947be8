// The newest lookup tables, read again only where a newer one was pushed.
import type { LookupTable } from '../domain/traffic/lookup-table.ts'
import type { LookupTables } from '../domain/traffic/request-facts.ts'
import type { LookupStore } from '../ports/lookup-store.ts'

export interface KnownTables extends LookupTables {
  get(table: string): LookupTable | undefined
  all(): readonly LookupTable[]
}

export function createKnownTables(store: LookupStore): { of(service: string): Promise<KnownTables> } {
  const kept = new Map<string, LookupTable>()
  return {
    of: async (service) => {
      const found = new Map<string, LookupTable>()
      for (const { service: owner, table } of await store.list()) {
        if (owner !== service) continue
        const name = `${service}/${table}`
        const known = kept.get(name)
        const isNewest = known?.head.generation === (await store.newest(service, table))
        const read = isNewest ? known : await store.read(service, table)
        if (!read) continue
        kept.set(name, read)
        found.set(table, read)
      }
      return { get: (table) => found.get(table), all: () => [...found.values()] }
    },
  }
}
