// What is odd about a list of rules, told before anybody wonders. None of it is refused: rules and tracks come and go
// in any order.
import type { EpochMs } from '../names.ts'
import { releaseName } from '../release-number.ts'
import {
  attributeText,
  conditionText,
  passes,
  STABLE,
  targetText,
  type RouteRule,
  type RuleCondition,
  type RuleTest,
} from './route-rule.ts'

export type RouteWarning = {
  readonly code:
    | 'route/unreachable'
    | 'route/conflict'
    | 'route/fits-nobody'
    | 'route/no-such-track'
    | 'route/no-such-release'
    | 'route/no-such-table'
    | 'route/expired'
  readonly rule: string
  readonly text: string
}

/** What the rules may lead to and look at. */
export type RouteSurroundings = {
  readonly tracks: ReadonlySet<string>
  readonly releases: ReadonlySet<number>
  /** Columns of each lookup table. */
  readonly tables: ReadonlyMap<string, readonly string[]>
  readonly now: EpochMs
}

export function routeWarnings(
  rules: readonly RouteRule[],
  around: RouteSurroundings,
): readonly RouteWarning[] {
  return rules.flatMap((rule, index) => [
    ...ofItself(rule, around),
    ...ofThoseBefore(rule, rules.slice(0, index), around),
  ])
}

function ofItself(rule: RouteRule, around: RouteSurroundings): readonly RouteWarning[] {
  const found: RouteWarning[] = []
  const warn = (code: RouteWarning['code'], text: string): void =>
    void found.push({ code, rule: rule.id, text })
  if (isExpired(rule, around.now)) warn('route/expired', `the rule ${rule.id} has expired and fits nobody`)
  if ('release' in rule.to && !around.releases.has(rule.to.release))
    warn(
      'route/no-such-release',
      `the rule ${rule.id} leads to ${releaseName(rule.to.release)}, which is not kept any more`,
    )
  if ('track' in rule.to && rule.to.track !== STABLE && !around.tracks.has(rule.to.track))
    warn('route/no-such-track', `the rule ${rule.id} leads to the track ${rule.to.track}, which there is not`)
  for (const { attribute } of rule.when) {
    if (attribute.from !== 'lookup') continue
    const columns = around.tables.get(attribute.table)
    if (!columns)
      warn(
        'route/no-such-table',
        `the rule ${rule.id} asks the table ${attribute.table}, which was never pushed`,
      )
    else if (!columns.includes(attribute.column))
      warn(
        'route/no-such-table',
        `the rule ${rule.id} asks for ${attributeText(attribute)}, which has no such column`,
      )
  }
  const pair = contradiction(rule)
  if (pair)
    warn(
      'route/fits-nobody',
      `the rule ${rule.id} fits nobody: ${conditionText(pair[0])} and ${conditionText(pair[1])}`,
    )
  else if (rule.percent <= 0) warn('route/fits-nobody', `the rule ${rule.id} is for 0% and fits nobody`)
  return found
}

/** The first rule before it that takes everybody it could be for. */
function ofThoseBefore(
  rule: RouteRule,
  before: readonly RouteRule[],
  around: RouteSurroundings,
): readonly RouteWarning[] {
  if (isExpired(rule, around.now)) return []
  const taker = before.find((other) => takesAllOf(other, rule, around.now))
  if (!taker) return []
  const isSame = takesConditionsOf(rule, taker)
  if (isSame && targetText(taker.to) !== targetText(rule.to))
    return [
      {
        code: 'route/conflict',
        rule: rule.id,
        text: `the rules ${taker.id} and ${rule.id} are for the same and lead to ${targetText(taker.to)} and ${targetText(rule.to)}; ${taker.id} comes first and wins`,
      },
    ]
  return [
    {
      code: 'route/unreachable',
      rule: rule.id,
      text: `the rule ${rule.id} is never reached: ${taker.id} comes first and takes everybody it is for`,
    },
  ]
}

function takesAllOf(taker: RouteRule, rule: RouteRule, now: EpochMs): boolean {
  if (isExpired(taker, now) || endsBefore(taker, rule) || !takesConditionsOf(taker, rule)) return false
  return taker.percent >= 100 || (taker.salt === rule.salt && taker.percent >= rule.percent)
}

/** One for a while above a lasting one is how an exception is written, and no mistake. */
function endsBefore(taker: RouteRule, rule: RouteRule): boolean {
  return taker.expiresAt !== null && (rule.expiresAt === null || taker.expiresAt < rule.expiresAt)
}

/** Whether every request that fits `rule` by its conditions fits `taker`, too. */
function takesConditionsOf(taker: RouteRule, rule: RouteRule): boolean {
  return taker.when.every((wide) => rule.when.some((narrow) => implies(narrow, wide)))
}

function implies(narrow: RuleCondition, wide: RuleCondition): boolean {
  if (attributeText(narrow.attribute) !== attributeText(wide.attribute)) return false
  if (wide.test.op === 'present') return true
  const { test } = wide
  const values = valuesOf(narrow.test)
  if (values) return values.every((value) => passes(test, value))
  return narrow.test.op === 'prefix' && test.op === 'prefix' && narrow.test.value.startsWith(test.value)
}

function contradiction(rule: RouteRule): readonly [RuleCondition, RuleCondition] | undefined {
  for (const [index, one] of rule.when.entries()) {
    const values = valuesOf(one.test)
    if (!values) continue
    for (const [at, other] of rule.when.entries()) {
      if (at === index || attributeText(one.attribute) !== attributeText(other.attribute)) continue
      if (!values.some((value) => passes(other.test, value))) return [one, other]
    }
  }
  return undefined
}

function valuesOf(test: RuleTest): readonly string[] | undefined {
  if (test.op === 'is') return [test.value]
  return test.op === 'one-of' ? test.values : undefined
}

function isExpired(rule: RouteRule, now: EpochMs): boolean {
  return rule.expiresAt !== null && rule.expiresAt <= now
}
