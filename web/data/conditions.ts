// The conditions of a route as a form holds them: one line of text each, so that fields of every kind hold texts.
import type { RouteRow } from '../../src/api/traffic.ts'

export type Condition = RouteRow['when'][number]

/** What a line of the form says. `name`: of a header, cookie, parameter or claim, or `table.column` of a lookup. */
export type ConditionDraft = {
  readonly from: Condition['attribute']['from']
  readonly name: string
  readonly op: Condition['test']['op']
  /** Several with commas between, where one of them is asked for. */
  readonly value: string
}

export const newCondition: ConditionDraft = { from: 'customer', name: '', op: 'is', value: '' }

export const attributeWords: Readonly<Record<ConditionDraft['from'], string>> = {
  customer: 'Customer',
  user: 'User',
  header: 'Header',
  cookie: 'Cookie',
  query: 'Parameter',
  claim: 'Token claim',
  host: 'Host',
  path: 'Path',
  lookup: 'Lookup table',
}

export const testWords: Readonly<Record<ConditionDraft['op'], string>> = {
  is: 'is',
  'one-of': 'is one of',
  prefix: 'begins with',
  present: 'is there',
}

/** What stands in the field for the name; null where the attribute has none. */
export function namePlaceholder(from: ConditionDraft['from']): string | null {
  switch (from) {
    case 'header':
      return 'x-plan'
    case 'cookie':
    case 'query':
    case 'claim':
      return 'name'
    case 'lookup':
      return 'table.column'
    case 'customer':
    case 'user':
    case 'host':
    case 'path':
      return null
  }
}

export function writeDraft(draft: ConditionDraft): string {
  return JSON.stringify(draft)
}

export function readDraft(text: string): ConditionDraft {
  return { ...newCondition, ...(JSON.parse(text) as Partial<ConditionDraft>) }
}

/** Lines in which something is missing are not said: the server would only see half a condition. */
export function readConditions(lines: readonly string[]): Condition[] {
  return lines.map(readDraft).filter(isWhole).map(conditionOf)
}

export function isWhole({ from, name, op, value }: ConditionDraft): boolean {
  const isNamed = namePlaceholder(from) === null || (from === 'lookup' ? /^[^.]+\.[^.]+$/ : /./).test(name)
  return isNamed && (op === 'present' || value.trim() !== '')
}

function conditionOf(draft: ConditionDraft): Condition {
  return { attribute: attributeOf(draft), test: testOf(draft) }
}

function attributeOf({ from, name }: ConditionDraft): Condition['attribute'] {
  switch (from) {
    case 'header':
      return { from, name: name.trim().toLowerCase() }
    case 'cookie':
    case 'query':
    case 'claim':
      return { from, name: name.trim() }
    case 'lookup': {
      const [table = '', column = ''] = name.trim().split('.', 2)
      return { from, table, column }
    }
    case 'customer':
    case 'user':
    case 'host':
    case 'path':
      return { from }
  }
}

function testOf({ op, value }: ConditionDraft): Condition['test'] {
  switch (op) {
    case 'present':
      return { op }
    case 'one-of':
      return {
        op,
        values: value
          .split(',')
          .map((each) => each.trim())
          .filter((each) => each !== ''),
      }
    case 'is':
    case 'prefix':
      return { op, value: value.trim() }
  }
}
