import type { ServiceName } from '../domain/names.ts'
import type { LookupHead, LookupParts, LookupTable } from '../domain/traffic/lookup-table.ts'

/** The lookup tables that routing rules ask. */
export interface LookupStore {
  /** Newest generation of a table that was ever put; 0 for none. */
  newest(service: ServiceName, table: string): Promise<number>
  /** The newest table that can be read; undefined when there is none. */
  read(service: ServiceName, table: string): Promise<LookupTable | undefined>
  list(): Promise<readonly { readonly service: ServiceName; readonly table: string }[]>
  /**
   * Keeps a table and puts it in force. Resolves once it is on disk and every living router process acknowledged: from
   * then on no request is looked up in an older one. A generation that is there already is refused
   * (`lookup/stale`, again: never): somebody else pushed meanwhile. Fails with `router/no-acknowledgement` when a
   * process did not answer; it is kept then, and `announce` may be tried again.
   */
  put(service: ServiceName, head: LookupHead, parts: LookupParts): Promise<void>
  /** Lets every living router process read the newest once more; safe to repeat. */
  announce(service: ServiceName, table: string): Promise<void>
  /** Takes a table away, on disk and in every living router process. */
  remove(service: ServiceName, table: string): Promise<void>
}
