// The search for the change that broke a stage, among several that nothing else tells apart (docs/decisions/0010).
import type { EpochMs, ReleaseNumber } from '../names.ts'

/** What was seen of a release until a word against it fell: a probe needs as much. */
export type SeenSoFar = { readonly watchedMs: number; readonly requests: number }

export type CulpritSearch = {
  /** The release in which it broke, and how. */
  readonly release: ReleaseNumber
  readonly what: string
  readonly since: EpochMs
  /** Evidence of what serves meanwhile counts after this tick. */
  readonly sinceTick: number
  /** All that were suspected in the beginning; who is left are the suspects of the stage. */
  readonly suspects: readonly ReleaseNumber[]
  readonly seen: SeenSoFar
  /** Probes that told something, oldest first. */
  readonly probes: readonly ProbeTold[]
}

export type ProbeTold = { readonly release: ReleaseNumber; readonly found: 'well' | 'broke' }

/** What a probe comes to: `unclear` saw too little in its time, `interrupted` was stopped by something else. */
export type ProbeFound = ProbeTold['found'] | 'unclear' | 'interrupted'

/** How a search ends; only `named` names anybody. */
export type SearchEnd =
  | 'named'
  /** A probe saw too little, or there is no release between what is left. */
  | 'unclear'
  | 'too-long'
  /** A fix or a revert, a hotfix, or a person went first. */
  | 'gave-way'
  /** A person named the change, or accepted what broke. */
  | 'answered'

/** The search is over for good after this, whatever it came to. */
export const SEARCH_MS_MAX = 4 * 3_600_000

/** A release that breaks as soon as it is served says little of how long another one must be. */
const WATCHED_MS_LEAST = 5_000

/**
 * By chance a bad release breaks about as often later than the first time as sooner. Without proof that it is safe, a
 * probe is called well only after so many times as much.
 */
export const EVIDENCE_TIMES = 3

/** Half of the traffic beside what serves; all of it where nothing may run twice. */
export const PROBE_PERCENT = 50

export function evidenceNeeded({ seen }: CulpritSearch): SeenSoFar {
  return { watchedMs: Math.max(WATCHED_MS_LEAST, seen.watchedMs), requests: seen.requests }
}

/** Whether as much was seen as where it broke; without proof that it is safe, some times as much. */
export function isEnough(search: CulpritSearch, seen: SeenSoFar, isShownSafe: boolean): boolean {
  const needed = evidenceNeeded(search)
  const times = isShownSafe ? 1 : EVIDENCE_TIMES
  return seen.watchedMs >= times * needed.watchedMs && seen.requests >= times * needed.requests
}

/** Time a probe is meant to take at its share of the traffic. */
export function probeMs(search: CulpritSearch): number {
  return EVIDENCE_TIMES * evidenceNeeded(search).watchedMs
}

/** Twice the time in which it should have seen enough. */
export function probeMsMax(search: CulpritSearch, percent: number): number {
  return (2 * probeMs(search) * 100) / percent
}
