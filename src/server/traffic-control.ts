// What the HTTP server needs to know and do about who gets what.
import type {
  Asked,
  Explanation,
  LookupChanges,
  LookupEntry,
  LookupRow,
  Pushed,
  Resolved,
  RoutesView,
} from '../api/traffic.ts'
import type { LookupKey } from '../domain/traffic/request-facts.ts'
import type { EnvironmentPlan } from '../domain/traffic/plan.ts'

export interface TrafficControl {
  routes(service: string, stage: string): Promise<RoutesView>
  explain(service: string, stage: string, asked: Asked): Promise<Explanation>
  resolve(service: string, stage: string, asked: Asked): Promise<Resolved>
  /** The plan as routers have it, for whoever decides by himself. */
  plan(service: string, stage: string): Promise<EnvironmentPlan | null>
  lookups(service: string): Promise<readonly LookupRow[]>
  lookup(service: string, table: string, key: string): Promise<LookupEntry | null>
  /** Puts a whole table in force, from CSV whose first line names the columns, the key first. All of it or nothing. */
  pushLookup(request: {
    readonly service: string
    readonly table: string
    /** Null: the key of the table that is there, else the customer. */
    readonly key: LookupKey | null
    readonly csv: AsyncIterable<Uint8Array>
  }): Promise<Pushed>
  changeLookup(request: {
    readonly service: string
    readonly table: string
    readonly changes: LookupChanges
  }): Promise<Pushed>
  /** False when there is none. */
  removeLookup(service: string, table: string): Promise<boolean>
}
