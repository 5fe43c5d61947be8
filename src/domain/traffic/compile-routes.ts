// The rules of a plan made ready for requests: whoever has thousands of personal rules pays for one look into a map,
// and a plan without rules pays nothing at all.
import type { EpochMs, ReleaseNumber } from '../names.ts'
import { inBytes } from './byte-text.ts'
import type { EnvironmentPlan } from './plan.ts'
import { attributeValue, holds, type LookupTables, type RequestFacts } from './request-facts.ts'
import { attributeText, STABLE, type RouteRule, type RuleAttribute, type TrackName } from './route-rule.ts'
import { splitOrder, splitPoint } from './sticky-split.ts'

type Share = { readonly release: ReleaseNumber; readonly weightPercent: number }

/** What a rule gives: a split of one or more arms, of a track or (`null`) of a release named by the rule itself. */
export type Routed<Arm> = {
  readonly rule: RouteRule
  readonly track: TrackName | null
  /** In the order of the split; never empty. */
  readonly split: readonly Arm[]
}

export interface Routes<Arm> {
  /** The first rule that fits and leads somewhere; undefined: nobody speaks of this request, so it gets `stable`. */
  choose(facts: RequestFacts, tables: LookupTables, now: EpochMs): Routed<Arm> | undefined
}

type Ready<Arm> = Routed<Arm> & { readonly when: RouteRule['when']; readonly salt: string }
type Probe = { readonly attribute: RuleAttribute; readonly byValue: ReadonlyMap<string, readonly number[]> }

/**
 * Null for a plan without rules. `armOf` makes what stands for a release in a track (null: the release alone), or
 * undefined where it has no instances; a rule that leads to nothing is passed over.
 */
export function compileRoutes<Arm extends Share>(
  plan: Pick<EnvironmentPlan, 'salt' | 'tracks' | 'rules' | 'arms'>,
  armOf: (share: Share, track: TrackName | null) => Arm | undefined,
): Routes<Arm> | null {
  const splitOf = splitsOf(plan, armOf)
  const ready = (plan.rules ?? []).flatMap((rule): readonly Ready<Arm>[] => {
    const track = 'track' in rule.to ? rule.to.track : null
    const split = splitOf(rule)
    const { when } = inBytes(rule)
    return split.length === 0 ? [] : [{ rule, when, track, split, salt: saltOf(plan.salt, rule) }]
  })
  if (ready.length === 0) return null
  const { probes, others } = arrange(ready.map(({ when }) => when))
  return {
    choose: (facts, tables, now) => {
      let best = firstFit(ready, others, ready.length, facts, tables, now)
      for (const { attribute, byValue } of probes) {
        const value = attributeValue(attribute, facts, tables)
        const candidates = value === undefined ? undefined : byValue.get(value)
        if (candidates) best = firstFit(ready, candidates, best, facts, tables, now)
      }
      return ready[best]
    },
  }
}

/** Mixed into the hash that places a subject in or out of a rule's share. */
export function saltOf(planSalt: string, rule: Pick<RouteRule, 'salt'>): string {
  return `${planSalt}/${rule.salt}`
}

/** Whether a subject is in the share that a rule is for. */
export function isInShare(salt: string, percent: number, facts: RequestFacts): boolean {
  return percent >= 100 || (percent > 0 && splitPoint(salt, facts.subject()) < percent)
}

function splitsOf<Arm extends Share>(
  plan: Pick<EnvironmentPlan, 'tracks' | 'arms'>,
  armOf: (share: Share, track: TrackName | null) => Arm | undefined,
): (rule: RouteRule) => readonly Arm[] {
  const tracks = new Map<TrackName, readonly Arm[]>()
  const made = (shares: readonly Share[], track: TrackName | null): readonly Arm[] =>
    splitOrder(shares.flatMap((share) => armOf(share, track) ?? []))
  for (const { track, shares } of plan.tracks ?? []) tracks.set(track, made(shares, track))
  tracks.set(STABLE, made(plan.arms, STABLE))
  const alone = new Map<ReleaseNumber, readonly Arm[]>()
  return ({ to }) => {
    if ('track' in to) return tracks.get(to.track) ?? []
    const known = alone.get(to.release) ?? made([{ release: to.release, weightPercent: 100 }], null)
    alone.set(to.release, known)
    return known
  }
}

/** Rules found by the value of one attribute, and those that must be asked one by one. */
function arrange(all: readonly RouteRule['when'][]): {
  readonly probes: readonly Probe[]
  readonly others: readonly number[]
} {
  const probes = new Map<string, { attribute: RuleAttribute; byValue: Map<string, number[]> }>()
  const others: number[] = []
  for (const [index, when] of all.entries()) {
    const exact = when.find(({ test }) => test.op === 'is' || test.op === 'one-of')
    if (!exact) {
      others.push(index)
      continue
    }
    const name = attributeText(exact.attribute)
    const probe = probes.get(name) ?? { attribute: exact.attribute, byValue: new Map<string, number[]>() }
    probes.set(name, probe)
    for (const value of new Set(valuesOf(exact.test))) {
      const indexes = probe.byValue.get(value)
      if (indexes) indexes.push(index)
      else probe.byValue.set(value, [index])
    }
  }
  return { probes: [...probes.values()], others }
}

function valuesOf(test: RouteRule['when'][number]['test']): readonly string[] {
  if (test.op === 'is') return [test.value]
  return test.op === 'one-of' ? test.values : []
}

/** The first of `candidates` (ascending) below `limit` that fits; `limit` when there is none. */
function firstFit<Arm>(
  ready: readonly Ready<Arm>[],
  candidates: readonly number[],
  limit: number,
  facts: RequestFacts,
  tables: LookupTables,
  now: EpochMs,
): number {
  for (const index of candidates) {
    if (index >= limit) return limit
    const one = ready[index]
    if (one && fits(one, facts, tables, now)) return index
  }
  return limit
}

function fits<Arm>(
  { rule, when, salt }: Ready<Arm>,
  facts: RequestFacts,
  tables: LookupTables,
  now: EpochMs,
): boolean {
  if (rule.expiresAt !== null && rule.expiresAt <= now) return false
  for (const condition of when) if (!holds(condition, facts, tables)) return false
  return isInShare(salt, rule.percent, facts)
}
