// Who a route is for, as people type it: `header:x-plan=free`, `path^=/docs`, `lookup:customers.plan=free`.
import { attributeSchema, lookupKeySchema, trackName } from '../api/route-rule.ts'
import { readReleaseName } from '../api/release-name.ts'
import type { RouteRow } from '../api/traffic.ts'
import { usage } from './failure.ts'

export type Condition = RouteRow['when'][number]

const SHAPE =
  'header:NAME, cookie:NAME, query:NAME, claim:NAME, host, path, user, customer or lookup:TABLE.COLUMN'

/** `ATTRIBUTE=VALUE`, `ATTRIBUTE=A,B` (one of), `ATTRIBUTE^=PREFIX`, or an attribute alone: it is there. */
export function readCondition(text: string): Condition {
  const [, name = '', , operator, value = ''] = /^([^=^]+)((\^?=)(.*))?$/.exec(text) ?? []
  return {
    attribute: readAttribute(name, text),
    test: readTest(/(\^?=)/.exec(text)?.[1] ?? operator, value, text),
  }
}

function readTest(operator: string | undefined, value: string, text: string): Condition['test'] {
  if (operator === undefined) return { op: 'present' }
  if (value === '' && operator === '^=') throw badCondition(text)
  if (operator === '^=') return { op: 'prefix', value }
  return value.includes(',') ? { op: 'one-of', values: value.split(',') } : { op: 'is', value }
}

function readAttribute(name: string, text: string): Condition['attribute'] {
  const [from, ...rest] = name.split(':')
  const what = rest.join(':')
  const [table, column] = what.split('.', 2)
  const asked =
    from === 'lookup'
      ? { from, table, column }
      : what === ''
        ? { from }
        : { from, name: from === 'header' ? what.toLowerCase() : what }
  const parsed = attributeSchema.safeParse(asked)
  if (parsed.success) return parsed.data
  throw badCondition(text)
}

function badCondition(text: string): Error {
  return usage(
    'cli/bad-condition',
    `${JSON.stringify(text)} does not say who is meant; write ${SHAPE}, then =VALUE, =A,B or ^=PREFIX`,
  )
}

/** A track's name, or a release: `beta`, `12`, `#5+1`. */
export function readTarget(text: string): RouteRow['to'] {
  const release = readReleaseName(text)
  if (release !== undefined && release > 0) return { release }
  const track = trackName.safeParse(text)
  if (track.success) return { track: track.data }
  throw usage('cli/bad-target', `${JSON.stringify(text)} is neither a track nor a release; write beta, or 12`)
}

export function readPercent(text: string): number {
  const percent = /^\d{1,3}(\.\d{1,2})?%?$/.test(text) ? Number.parseFloat(text) : -1
  if (percent >= 0 && percent <= 100) return percent
  throw usage('cli/bad-number', `${JSON.stringify(text)} is not a percentage; write 20 or 0.5`)
}

/** Where the key of a table is found. */
export function checkKey(text: string): string {
  const [from, name] = text.split(':', 2)
  const parsed = lookupKeySchema.safeParse(name === undefined ? { from } : { from, name: name.toLowerCase() })
  if (parsed.success)
    return name === undefined ? text : `${from}:${from === 'header' ? name.toLowerCase() : name}`
  throw usage(
    'cli/bad-condition',
    `${JSON.stringify(text)} does not say where the key is found; write customer, user, header:x-customer, cookie:org or query:customer`,
  )
}

/** `name=value`, for what a request carries. */
export function readPair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw usage('cli/bad-condition', `${JSON.stringify(text)} is not NAME=VALUE`)
}
