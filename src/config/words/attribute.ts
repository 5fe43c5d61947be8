// Where something is found in a request, in one word: `header:x-project`, `lookup:customers.plan`, `customer`.
import type { RuleAttribute } from '../../domain/traffic/route-rule.ts'

export const ATTRIBUTE_WORDS =
  'customer, user, host, path, header:NAME, cookie:NAME, query:NAME, claim:NAME or lookup:TABLE.COLUMN'
export const ATTRIBUTE_PATTERN =
  "^(customer|user|host|path|header:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}|(cookie|query|claim):.{1,64}|lookup:[a-z0-9][a-z0-9-]{0,62}\\.[\\w.-]{1,64})$"

/** Null for what says no place. */
export function parseAttribute(written: string): RuleAttribute | null {
  if (!new RegExp(ATTRIBUTE_PATTERN).test(written)) return null
  const colon = written.indexOf(':')
  const from = colon < 0 ? written : written.slice(0, colon)
  const name = colon < 0 ? '' : written.slice(colon + 1)
  switch (from) {
    case 'customer':
    case 'user':
    case 'host':
    case 'path':
      return { from }
    case 'header':
      return { from, name: name.toLowerCase() }
    case 'cookie':
    case 'query':
    case 'claim':
      return { from, name }
    case 'lookup': {
      const dot = name.indexOf('.')
      return { from, table: name.slice(0, dot), column: name.slice(dot + 1) }
    }
    default:
      return null
  }
}
