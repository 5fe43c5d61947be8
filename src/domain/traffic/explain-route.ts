// Why a request gets the release it gets, rule by rule, in the words of the rules.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import { releaseName } from '../release-number.ts'
import { inBytes } from './byte-text.ts'
import { isInShare, saltOf } from './compile-routes.ts'
import type { EnvironmentPlan } from './plan.ts'
import { attributeValue, holds, type LookupTables, type RequestFacts } from './request-facts.ts'
import {
  attributeText,
  conditionText,
  STABLE,
  type RouteRule,
  type RuleCondition,
  type TrackName,
} from './route-rule.ts'
import { armAt, splitOrder, splitPoint } from './sticky-split.ts'

export type RuleAnswer = {
  readonly rule: RouteRule
  readonly wins: boolean
  /** Why it won, or why it did not. */
  readonly why: string
}

export type RouteExplanation = {
  /** One per rule, in order. */
  readonly rules: readonly RuleAnswer[]
  /** Null: the winning rule names a release itself. */
  readonly track: TrackName | null
  /** Null: nothing runs that could answer. */
  readonly release: ReleaseNumber | null
  readonly why: string
}

export function explainRoute(
  plan: EnvironmentPlan,
  facts: RequestFacts,
  tables: LookupTables,
  now: EpochMs,
): RouteExplanation {
  const rules: RuleAnswer[] = []
  let won: RouteRule | undefined
  for (const rule of plan.rules ?? []) {
    const against: string | undefined = won
      ? `the rule ${won.id} won before it was asked`
      : whyNot(plan, rule, facts, tables, now)
    rules.push({ rule, wins: against === undefined, why: against ?? whyItWins(rule) })
    if (against === undefined) won = rule
  }
  const track = won ? ('track' in won.to ? won.to.track : null) : STABLE
  const shares = won ? sharesOf(plan, won) : sharesOf(plan, { to: { track: STABLE } })
  const point = splitPoint(plan.salt, facts.subject())
  const release = armAt(splitOrder(shares), point)?.release ?? null
  const first = won ? `the rule ${won.id} won` : 'no rule spoke of it, so it gets stable'
  return { rules, track, release, why: `${first}; ${placeText(shares, point, release)}` }
}

function placeText(shares: Shares, point: number, release: ReleaseNumber | null): string {
  if (release === null) return 'nothing runs there'
  const weighted = shares.filter(({ weightPercent }) => weightPercent > 0)
  if (weighted.length === 1) return `all of it is ${releaseName(release)}`
  const parts = weighted.map(
    ({ release: number, weightPercent }) => `${releaseName(number)} ${weightPercent}%`,
  )
  return `of ${parts.join(', ')} it stands at ${point.toFixed(2)}, which is ${releaseName(release)}`
}

/** Undefined: it wins. */
function whyNot(
  plan: EnvironmentPlan,
  rule: RouteRule,
  facts: RequestFacts,
  tables: LookupTables,
  now: EpochMs,
): string | undefined {
  const nowhere = leadsNowhere(plan, rule)
  if (nowhere !== undefined) return nowhere
  if (rule.expiresAt !== null && rule.expiresAt <= now)
    return `it expired ${Math.round((now - rule.expiresAt) / 1_000)} s ago`
  const compared = inBytes(rule).when
  for (const [index, condition] of rule.when.entries())
    if (!holds(compared[index] ?? condition, facts, tables)) return whyItFails(condition, facts, tables)
  if (!isInShare(saltOf(plan.salt, rule), rule.percent, facts)) {
    const at = splitPoint(saltOf(plan.salt, rule), facts.subject())
    return `it is for ${rule.percent}% of those, and this one stands at ${at.toFixed(2)}`
  }
  return undefined
}

function whyItWins(rule: RouteRule): string {
  return rule.when.length === 0
    ? 'it is for everybody'
    : rule.when.map((condition) => conditionText(condition)).join(' and ')
}

function whyItFails(condition: RuleCondition, facts: RequestFacts, tables: LookupTables): string {
  const { attribute } = condition
  const wanted = conditionText(condition)
  const value = attributeValue(attribute, facts, tables)
  if (value !== undefined) return `it asks that ${wanted}, and it is ${JSON.stringify(value)}`
  if (attribute.from !== 'lookup') return `it asks that ${wanted}, and there is none`
  const table = tables.get(attribute.table)
  if (!table) return `it asks that ${wanted}, and there is no such table`
  const key = attributeValue(table.key, facts, tables)
  return key === undefined
    ? `it asks that ${wanted}, and the request has no ${attributeText(table.key)} to look up`
    : `it asks that ${wanted}, and ${JSON.stringify(key)} has none`
}

type Shares = readonly { readonly release: ReleaseNumber; readonly weightPercent: number }[]

/** Shares of what a rule leads to that have instances. */
function sharesOf(plan: EnvironmentPlan, { to }: Pick<RouteRule, 'to'>): Shares {
  const runs = new Set(
    plan.arms.filter(({ instances }) => instances.length > 0).map(({ release }) => release),
  )
  const shares: Shares =
    'release' in to
      ? [{ release: to.release, weightPercent: 100 }]
      : to.track === STABLE
        ? plan.arms
        : (plan.tracks?.find(({ track }) => track === to.track)?.shares ?? [])
  return shares.filter(({ release, weightPercent }) => runs.has(release) && weightPercent > 0)
}

/** What makes the router pass a rule over, whoever asks; undefined where it leads somewhere. */
export function leadsNowhere(plan: EnvironmentPlan, rule: Pick<RouteRule, 'to'>): string | undefined {
  if (sharesOf(plan, rule).length > 0) return undefined
  if ('release' in rule.to)
    return `${releaseName(rule.to.release)} does not run here, so the rule is passed over`
  const { track } = rule.to
  const known = track === STABLE || plan.tracks?.some((one) => one.track === track)
  return known
    ? `nothing of the track ${track} runs yet, so the rule is passed over`
    : `there is no track ${track}, so the rule is passed over`
}
