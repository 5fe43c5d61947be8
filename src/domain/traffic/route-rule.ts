// Who gets what: the words in which people say it. Rules are asked in order, and the first that fits wins.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'

/** Name of a track: lower-case letters, digits and dashes, as a stage's name. */
export type TrackName = string

/** The track that the pipeline moves; its shares are the weights of a plan's arms. Who no rule speaks of gets it. */
export const STABLE: TrackName = 'stable'

/** What a rule leads to. A release is named when nothing but that very release will do. */
export type RouteTarget = { readonly track: TrackName } | { readonly release: ReleaseNumber }

/**
 * What a rule looks at. Names of headers are lower case. `user` is whom the environment's user key names, `customer`
 * whom its customer key names (the user, where it has none). A claim counts only from a token that was verified. A
 * lookup table gives a column of the row that the table's own key finds.
 */
export type RuleAttribute =
  | { readonly from: 'header' | 'cookie' | 'query' | 'claim'; readonly name: string }
  | { readonly from: 'host' | 'path' | 'user' | 'customer' }
  | { readonly from: 'lookup'; readonly table: string; readonly column: string }

/** An attribute that is absent passes no test. */
export type RuleTest =
  | { readonly op: 'is'; readonly value: string }
  | { readonly op: 'one-of'; readonly values: readonly string[] }
  | { readonly op: 'prefix'; readonly value: string }
  | { readonly op: 'present' }

export type RuleCondition = { readonly attribute: RuleAttribute; readonly test: RuleTest }

export type RouteRule = {
  readonly id: string
  /** All of them must hold; none at all fits everybody. */
  readonly when: readonly RuleCondition[]
  /** Share of those who fit that the rule is for, placed by the salt: who is in at 10 is in at 20. */
  readonly percent: number
  /** Fixed when the rule is made, so that editing it moves nobody. */
  readonly salt: string
  readonly to: RouteTarget
  /** From then on it fits nobody, whether or not a server is there to take it out. */
  readonly expiresAt: EpochMs | null
  readonly reason: string
  readonly by: string
  readonly since: EpochMs
}

export function passes(test: RuleTest, value: string): boolean {
  switch (test.op) {
    case 'is':
      return value === test.value
    case 'one-of':
      return test.values.includes(value)
    case 'prefix':
      return value.startsWith(test.value)
    case 'present':
      return true
  }
}

/** `header x-plan`, for people. */
export function attributeText(attribute: RuleAttribute): string {
  switch (attribute.from) {
    case 'header':
    case 'cookie':
    case 'claim':
      return `${attribute.from} ${attribute.name}`
    case 'query':
      return `query parameter ${attribute.name}`
    case 'host':
    case 'path':
    case 'user':
    case 'customer':
      return attribute.from
    case 'lookup':
      return `${attribute.column} in the table ${attribute.table}`
  }
}

export function conditionText({ attribute, test }: RuleCondition): string {
  const what = attributeText(attribute)
  switch (test.op) {
    case 'is':
      return `${what} is ${JSON.stringify(test.value)}`
    case 'one-of':
      return `${what} is one of ${test.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'prefix':
      return `${what} begins with ${JSON.stringify(test.value)}`
    case 'present':
      return `${what} is there`
  }
}

export function targetText(to: RouteTarget): string {
  return 'track' in to ? to.track : releaseName(to.release)
}

/** `customer is "acme", 20%: beta`. */
export function ruleText({ when, percent, to }: Pick<RouteRule, 'when' | 'percent' | 'to'>): string {
  const who = when.length === 0 ? 'everybody' : when.map(conditionText).join(' and ')
  return `${who}${percent < 100 ? `, ${percent}% of them` : ''}: ${targetText(to)}`
}
