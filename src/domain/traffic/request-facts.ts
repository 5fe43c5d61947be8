// What rules may know of one request. Whoever has a request, or only an event of a queue, answers these questions; an
// answer is worked out when a rule asks for it.
import { passes, type RuleAttribute, type RuleCondition } from './route-rule.ts'

export interface RequestFacts {
  /** `name` of a header is lower case. A claim is undefined unless its token was verified. */
  named(from: 'header' | 'cookie' | 'query' | 'claim', name: string): string | undefined
  /** Lower case, without a port. */
  host(): string | undefined
  /** Without the query. */
  path(): string | undefined
  user(): string | undefined
  customer(): string | undefined
  /** Whom a split places: the user, or who the router's own cookie stands for. */
  subject(): string
}

/** One lookup table as rules ask it. */
export interface LookupRows {
  readonly key: LookupKey
  /** The cell of a key's row; undefined when there is no such row, column or value. */
  cell(key: string, column: string): string | undefined
}

/** Where the key of a table is found in a request. */
export type LookupKey = Exclude<RuleAttribute, { readonly from: 'lookup' }>

/** The tables in force, by name. */
export interface LookupTables {
  get(table: string): LookupRows | undefined
}

export const noTables: LookupTables = { get: () => undefined }

export function attributeValue(
  attribute: RuleAttribute,
  facts: RequestFacts,
  tables: LookupTables,
): string | undefined {
  switch (attribute.from) {
    case 'header':
    case 'cookie':
    case 'query':
    case 'claim':
      return facts.named(attribute.from, attribute.name)
    case 'host':
      return facts.host()
    case 'path':
      return facts.path()
    case 'user':
      return facts.user()
    case 'customer':
      return facts.customer()
    case 'lookup': {
      const table = tables.get(attribute.table)
      const key = table && attributeValue(table.key, facts, tables)
      return key === undefined ? undefined : table?.cell(key, attribute.column)
    }
  }
}

export function holds(condition: RuleCondition, facts: RequestFacts, tables: LookupTables): boolean {
  const value = attributeValue(condition.attribute, facts, tables)
  return value !== undefined && passes(condition.test, value)
}
