// What watching a stage comes to while a culprit is looked for: a probe, or what serves with some of the suspects in
// it, has been seen as long as what broke.
import { sumOf, watchedMs, type Evidence, type Spell } from '../analysis/evidence.ts'
import type { ReleaseNumber } from '../names.ts'
import { isServedOn, probeOf } from './culprit-search.ts'
import type { Finding } from './finding.ts'
import { evidenceNeeded, EVIDENCE_TIMES, isEnough, type SeenSoFar } from './search-state.ts'
import type { ServiceState, StageState } from './state.ts'

export function searchFindings(
  state: ServiceState,
  stage: StageState,
  evidence: Evidence,
  isShownSafe: boolean,
): readonly Finding[] {
  const asked = askedNow(state, stage)
  if (!stage.search || !asked) return []
  const { release, rollout } = asked
  const seen = seenOf(evidence, [release], asked.sinceTick)
  if (!isEnough(stage.search, seen, rollout !== null && isShownSafe)) return []
  return [{ found: 'probe-well', release, rollout, ...seen }]
}

/** How long until it will have been seen enough, by time and by requests of so many per millisecond. */
export function searchLeft(
  state: ServiceState,
  stage: StageState,
  evidence: Evidence,
  perMs: number,
): readonly number[] {
  const asked = askedNow(state, stage)
  if (!stage.search || !asked) return []
  const needed = evidenceNeeded(stage.search)
  const seen = seenOf(evidence, [asked.release], asked.sinceTick)
  const requests = EVIDENCE_TIMES * needed.requests - seen.requests
  return [EVIDENCE_TIMES * needed.watchedMs - seen.watchedMs, (requests * 100) / (perMs * asked.percent)]
}

/** What was seen so far of what the search looks at; undefined where it looks at nothing. */
export function seenWhileAsked(
  state: ServiceState,
  stage: StageState,
  evidence: Evidence,
): SeenSoFar | undefined {
  const asked = askedNow(state, stage)
  return asked && seenOf(evidence, [asked.release], asked.sinceTick)
}

type Asked = {
  readonly release: ReleaseNumber
  readonly rollout: number | null
  readonly sinceTick: number
  readonly percent: number
}

/** What a search looks at: its probe, or what serves by itself with some of the suspects in it. */
function askedNow(state: ServiceState, stage: StageState): Asked | undefined {
  const { search, rollout, live } = stage
  const probe = probeOf(stage)
  if (search && probe?.phase === 'soaking') {
    const { release, sinceTick, steps, step } = probe
    return { release, rollout: probe.rollout, sinceTick, percent: steps[step]?.percent ?? 100 }
  }
  if (!search || rollout || !live || !isServedOn(state, stage)) return undefined
  return { release: live.release, rollout: null, sinceTick: search.sinceTick, percent: 100 }
}

/** Watched time in which one of them was served, and what they were asked in it. */
export function seenOf(
  { spells }: Evidence,
  releases: readonly ReleaseNumber[],
  sinceTick: number,
): SeenSoFar {
  const served = (spell: Spell): boolean => spell.shares.some(([release]) => releases.includes(release))
  const those = spells.filter((spell) => spell.fromSeq > sinceTick && served(spell))
  const requests = releases.reduce((sum, release) => sum + sumOf(those, release).requests, 0)
  return { watchedMs: watchedMs(those), requests }
}
