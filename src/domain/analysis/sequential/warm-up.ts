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

/**
 * The second-worst ratio seen in each step of age over all deploys (the worst one, of fewer than eight), smoothed
 * towards one where there was little to see. Null from fewer than three deploys: then the guess stands.
 */
export function learnWarmUp(deploys: readonly (readonly AgedCounts[])[]): WarmUp | null {
  if (deploys.length < DEPLOYS_MIN) return null
  const steps = new Map<number, number[]>()
  for (const deploy of deploys)
    for (const [step, times] of ratiosByAge(deploy)) steps.set(step, [...(steps.get(step) ?? []), times])
  const known = [...steps].toSorted(([left], [right]) => left - right)
  const envelope = known.map(([step, times]) => {
    const worst = times.toSorted((left, right) => right - left)
    return [step * AGE_STEP_MS, Math.max(1, worst[worst.length >= 8 ? 1 : 0] ?? 1)] as const
  })
  // A box only ever gets better: what a later age was allowed, an earlier one is too.
  let floor = 1
  const falling = envelope
    .toReversed()
    .map(([ageMs, times]) => [ageMs, (floor = Math.max(floor, times))] as const)
    .toReversed()
  return trimmed(falling)
}

const CLEARLY_WORSE = 1.1

function trimmed(envelope: WarmUp): WarmUp {
  const last = envelope.findLastIndex(([, times]) => times > CLEARLY_WORSE)
  if (last < 0) return NO_WARM_UP
  const kept = envelope.slice(0, last + 1)
  const endMs = (kept.at(-1)?.[0] ?? 0) + AGE_STEP_MS
  return [...kept, [endMs, kept.at(-1)?.[1] ?? 1], [endMs + AGE_STEP_MS, 1]]
}

function ratiosByAge(deploy: readonly AgedCounts[]): ReadonlyMap<number, number> {
  const sums = new Map<number, AgedCounts>()
  for (const seen of deploy) {
    const step = Math.floor(seen.ageMs / AGE_STEP_MS)
    const sum = sums.get(step)
    sums.set(step, {
      ageMs: step * AGE_STEP_MS,
      newRequests: (sum?.newRequests ?? 0) + seen.newRequests,
      newHits: (sum?.newHits ?? 0) + seen.newHits,
      oldRequests: (sum?.oldRequests ?? 0) + seen.oldRequests,
      oldHits: (sum?.oldHits ?? 0) + seen.oldHits,
    })
  }
  return new Map(
    [...sums].map(([step, { newRequests, newHits, oldRequests, oldHits }]) => {
      const expected = oldRequests > 0 ? (newRequests * oldHits) / oldRequests : 0
      return [step, (newHits + 2) / (expected + 2)]
    }),
  )
}
