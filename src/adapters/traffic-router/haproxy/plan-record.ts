// A plan as HAProxy keeps it: one line for an environment, which takes the place of the one before in a single step, and
// beside it the rules in pieces that a line of its socket can hold. `choose-lua.ts` reads them.
import { environmentKey, type ReleaseNumber } from '../../../domain/names.ts'
import type { EnvironmentPlan } from '../../../domain/traffic/plan.ts'
import {
  STABLE,
  type RouteRule,
  type RuleCondition,
  type TrackName,
} from '../../../domain/traffic/route-rule.ts'
import { splitOrder } from '../../../domain/traffic/sticky-split.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

export type PlanRecord = {
  readonly record: string
  /** In order; each goes under a key of its own, before the record does. */
  readonly rulePieces: readonly string[]
}

type Share = { readonly release: ReleaseNumber; readonly weightPercent: number }

const RULES_MAX = 1_000
const PIECE_CHARS_MAX = 4_000

/** `slotOf` knows the backend of each release that has instances. */
export function planRecord(
  plan: EnvironmentPlan,
  slotOf: (release: ReleaseNumber) => string | undefined,
): PlanRecord {
  const key = environmentKey(plan.environment)
  if (plan.mirror !== undefined) throw cannot(plan, 'it has copies made of requests, which HAProxy does not')
  const armsOf = (shares: readonly Share[], track: TrackName | null) => armTexts(key, shares, track, slotOf)
  const rulePieces = pieces(rulesOf(plan, armsOf).join('!'))
  const all = plan.arms.map(({ release }) => ({ release, weightPercent: 1 }))
  const record = [
    plan.generation,
    word(plan.salt),
    keyText(plan.userKey),
    keyText(plan.customerKey ?? null),
    armsOf(replaced(plan.arms, slotOf), STABLE),
    armsOf(all, STABLE),
    rulePieces.length,
    word(plan.maintenance ?? ''),
  ].join('|')
  return { record, rulePieces }
}

/** What a release of a track is counted under; read again from the table of counters. */
export function countedName(key: string, release: ReleaseNumber, track: TrackName | null): string {
  return `${key}/${release}/${track ?? ''}`
}

/** A weighted arm without instances is a plan that should not be; whoever can answer does. */
function replaced(
  arms: readonly Share[],
  slotOf: (release: ReleaseNumber) => string | undefined,
): readonly Share[] {
  return splitOrder(arms).some(({ release }) => slotOf(release) === undefined)
    ? splitOrder(arms).filter(({ release }) => slotOf(release) !== undefined)
    : arms
}

function armTexts(
  key: string,
  shares: readonly Share[],
  track: TrackName | null,
  slotOf: (release: ReleaseNumber) => string | undefined,
): string {
  let edge = 0
  const texts = splitOrder(shares).flatMap(({ release, weightPercent }) => {
    edge += weightPercent
    const slot = slotOf(release)
    return slot === undefined ? [] : [`${edge}:${slot}:${release}:${countedName(key, release, track)}`]
  })
  return texts.join(',')
}

function rulesOf(
  plan: EnvironmentPlan,
  armsOf: (shares: readonly Share[], track: TrackName | null) => string,
): readonly string[] {
  const rules = plan.rules ?? []
  if (rules.length > RULES_MAX)
    throw cannot(plan, `it has ${rules.length} rules and HAProxy is given ${RULES_MAX} at most`)
  return rules.flatMap((rule) => {
    const arms = targetArms(plan, rule, armsOf)
    // A rule that leads to nothing is passed over.
    if (arms === '') return []
    const when = rule.when.map((condition) => conditionText(plan, condition)).join('&')
    return [[rule.expiresAt ?? '', rule.percent, word(rule.salt), arms, when].join('~')]
  })
}

function targetArms(
  plan: EnvironmentPlan,
  { to }: RouteRule,
  armsOf: (shares: readonly Share[], track: TrackName | null) => string,
): string {
  if ('release' in to) {
    const isThere = plan.arms.some(({ release }) => release === to.release)
    return isThere ? armsOf([{ release: to.release, weightPercent: 100 }], null) : ''
  }
  if (to.track === STABLE) return armsOf(plan.arms, STABLE)
  return armsOf(plan.tracks?.find(({ track }) => track === to.track)?.shares ?? [], to.track)
}

function conditionText(plan: EnvironmentPlan, { attribute, test }: RuleCondition): string {
  if (attribute.from === 'claim' || attribute.from === 'lookup')
    throw cannot(plan, `a rule looks at a ${attribute.from}, which HAProxy is not taught`)
  const name = 'name' in attribute ? word(attribute.name) : ''
  switch (test.op) {
    case 'is':
    case 'prefix':
      return `${attribute.from}:${name}:${test.op}:${word(test.value)}`
    case 'one-of':
      return `${attribute.from}:${name}:one-of:${test.values.map(word).join(',')}`
    case 'present':
      return `${attribute.from}:${name}:present:`
  }
}

function keyText(key: EnvironmentPlan['userKey']): string {
  return key === null ? '' : `${key.from}:${word(key.name)}`
}

/** The bytes of a text in signs that mean nothing to the socket, to a map or to the record. */
function word(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
}

function pieces(text: string): readonly string[] {
  const all: string[] = []
  for (let at = 0; at < text.length; at += PIECE_CHARS_MAX) all.push(text.slice(at, at + PIECE_CHARS_MAX))
  return all
}

function cannot(plan: EnvironmentPlan, why: string): PortFailure {
  return new PortFailure(
    `HAProxy cannot follow the plan of ${environmentKey(plan.environment)}: ${why}; take that out, or use the built-in router`,
    { code: 'router/not-with-haproxy', again: 'never' },
  )
}
