// How often a healthy release may be stopped, in words people use: one false stop a fortnight in an environment, never
// more than one bake in a hundred.

export const FORTNIGHT_MS = 14 * 24 * 3_600_000
export const ALPHA_MAX = 0.01
export const FALSE_STOPS_A_FORTNIGHT = 1

/** The chance of a false stop that one trial may take, from how many there were lately; fixed when it begins. */
export function alphaOf(
  trials: { readonly count: number; readonly overMs: number },
  falseStops = FALSE_STOPS_A_FORTNIGHT,
): number {
  if (trials.overMs < FORTNIGHT_MS || trials.count === 0) return ALPHA_MAX
  const aFortnight = (trials.count * FORTNIGHT_MS) / trials.overMs
  return Math.min(ALPHA_MAX, falseStops / aFortnight)
}

export function budgetInWords(alpha: number, trialsAFortnight: number): string {
  const stops = alpha * trialsAFortnight
  const fortnights = Math.max(1, Math.round(1 / Math.max(stops, 1e-9)))
  const often =
    stops >= 0.95
      ? `about ${Math.round(stops)} a fortnight`
      : fortnights === 1
        ? 'about one a fortnight'
        : `about one in ${fortnights} fortnights`
  return `at most one healthy release in ${Math.round(1 / alpha)} is stopped; at ${Math.round(trialsAFortnight)} a fortnight that is ${often}`
}
