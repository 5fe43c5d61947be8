// How much worse a box may be while it is new. Learned from earlier good deploys of the service, or a careful guess;
// none where the baseline's boxes are of the same age.

/** Pairs of age and how many times the usual rate is allowed, by age; in between it is a straight line. */
export type WarmUp = readonly (readonly [ageMs: number, times: number])[]

export const NO_WARM_UP: WarmUp = []
/** Until a service has shown its own: five times the usual until two minutes, then quickly nothing. */
export const GUESSED_WARM_UP: WarmUp = [
  [0, 5],
  [120_000, 5],
  [150_000, 1],
]

/** New boxes are slow for a shorter while than they fail. */
export const GUESSED_LATENCY_WARM_UP: WarmUp = [
  [0, 2.5],
  [60_000, 2.5],
  [90_000, 1],
]

export function warmUpTimes(warmUp: WarmUp, ageMs: number): number {
  const after = warmUp.findIndex(([at]) => at > ageMs)
  if (after === 0) return warmUp[0]?.[1] ?? 1
  const [fromMs, from] = (after < 0 ? warmUp.at(-1) : warmUp[after - 1]) ?? [0, 1]
  const [toMs, to] = (after < 0 ? undefined : warmUp[after]) ?? [fromMs + 1, from]
  return Math.max(1, from + ((to - from) * (ageMs - fromMs)) / (toMs - fromMs))
}

export function warmUpOverMs(warmUp: WarmUp): number {
  return warmUp.at(-1)?.[0] ?? 0
}

/** What earlier good deploys showed in one span of age: a new box, beside the old fleet at the same time. */
export type AgedCounts = {
  readonly ageMs: number
  readonly newRequests: number
  readonly newHits: number
  readonly oldRequests: number
  readonly oldHits: number
}

const AGE_STEP_MS = 30_000
const DEPLOYS_MIN = 3
/** Standard deviations that what all deploys showed together may be off. */
const DOUBT_TIMES = 2
const CLEARLY_WORSE = 1.1

/**
 * For each step of age what all deploys showed together, at the upper end of its doubt, and at the least what the
 * second-worst single one showed (the worst, of fewer than eight). It ends after the last step in which new boxes were
 * clearly worse. Null from fewer than three deploys: then the guess stands.
 */
export function learnWarmUp(deploys: readonly (readonly AgedCounts[])[]): WarmUp | null {
  if (deploys.length < DEPLOYS_MIN) return null
  const steps = new Map<number, Seen[]>()
  for (const deploy of deploys)
    for (const [step, seen] of byAge(deploy)) steps.set(step, [...(steps.get(step) ?? []), seen])
  const known = [...steps].toSorted(([left], [right]) => left - right)
  const last = known.findLastIndex(([, each]) => isWarming(total(each)))
  if (last < 0) return NO_WARM_UP
  // A box only ever gets better: what a later age was allowed, an earlier one is too.
  let least = 1
  const falling = known
    .slice(0, last + 1)
    .toReversed()
    .map(([step, each]) => [step * AGE_STEP_MS, (least = Math.max(least, allowed(each)))] as const)
    .toReversed()
  const endMs = ((known[last]?.[0] ?? 0) + 1) * AGE_STEP_MS
  return [...falling, [endMs, falling.at(-1)?.[1] ?? 1], [endMs + AGE_STEP_MS, 1]]
}

/** Failures of new boxes, and what the old ones would have had on the same requests. */
type Seen = { readonly hits: number; readonly expected: number }

function allowed(deploys: readonly Seen[]): number {
  const all = total(deploys)
  const together = (all.hits + DOUBT_TIMES * Math.sqrt(all.hits + 1)) / Math.max(all.expected, 1)
  const worst = deploys
    .map(({ hits, expected }) => (hits + 2) / (expected + 2))
    .toSorted((left, right) => right - left)
  return Math.max(1, together, worst[worst.length >= 8 ? 1 : 0] ?? 1)
}

function isWarming({ hits, expected }: Seen): boolean {
  return hits - DOUBT_TIMES * Math.sqrt(hits + 1) > CLEARLY_WORSE * expected
}

function total(deploys: readonly Seen[]): Seen {
  return deploys.reduce(
    (sum, { hits, expected }) => ({ hits: sum.hits + hits, expected: sum.expected + expected }),
    { hits: 0, expected: 0 },
  )
}

function byAge(deploy: readonly AgedCounts[]): ReadonlyMap<number, Seen> {
  const steps = new Map<number, Seen>()
  for (const { ageMs, newRequests, newHits, oldRequests, oldHits } of deploy) {
    const step = Math.floor(ageMs / AGE_STEP_MS)
    const expected = oldRequests > 0 ? (newRequests * oldHits) / oldRequests : 0
    const known = steps.get(step)
    steps.set(step, { hits: newHits + (known?.hits ?? 0), expected: expected + (known?.expected ?? 0) })
  }
  return steps
}
