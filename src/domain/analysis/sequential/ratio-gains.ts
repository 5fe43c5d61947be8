// What a bet "the candidate fails `times` as often as is still tolerated" wins from one span. Given how many requests
// each arm had, the mean of exp(gain) is at most one whenever the candidate's mean rate is at most `tolerated` times
// the baseline's (or for `times` below one: at least), whatever that rate is and however it moves.
//
// Beside a baseline: of D failures the candidate's share is as if drawn with θ = ρR/(ρR + 1 − ρ), ρ its share of the
// requests; the rate itself cancels. Alone: against the highest rate that is usual.

/** Requests and how many of them failed (or were slow). */
export type Counts = { readonly requests: number; readonly hits: number }

export function gainsBeside(
  candidate: Counts,
  baseline: Counts,
  tolerated: number,
  times: readonly number[],
  clumping: number,
): readonly number[] | null {
  const all = candidate.hits + baseline.hits
  if (all === 0 || candidate.requests === 0 || baseline.requests === 0) return null
  const odds = (candidate.requests / baseline.requests) * tolerated
  return times.map(
    (more) => (candidate.hits * Math.log(more) - all * Math.log((odds * more + 1) / (odds + 1))) / clumping,
  )
}

export function gainsAlone(
  candidate: Counts,
  rateTolerated: number,
  times: readonly number[],
  clumping: number,
): readonly number[] | null {
  if (candidate.requests === 0) return null
  return times.map(
    (more) => (candidate.hits * Math.log(more) - candidate.requests * rateTolerated * (more - 1)) / clumping,
  )
}
