// Which ratios of the candidate's error rate to the baseline's the counts leave plausible, however often one looked:
// those that a bet on any other ratio has not beaten twentyfold. Counts are kept in a few classes of traffic share.

export type ShareClass = {
  readonly key: number
  readonly candidate: number
  readonly candidateHits: number
  readonly baseline: number
  readonly baselineHits: number
}

export const CLASSES_KEPT = 8
/** Two classes to a doubling of the odds. */
const PER_DOUBLING = 1
const GRID = Array.from({ length: 61 }, (_, at) => 0.01 * 10 ** (at / 12))

export function withShares(
  classes: readonly ShareClass[],
  more: Omit<ShareClass, 'key'>,
): readonly ShareClass[] {
  if (more.candidate <= 0 || more.baseline <= 0) return classes
  const key = Math.round(PER_DOUBLING * Math.log2(more.candidate / more.baseline))
  const known =
    classes.find((each) => each.key === key) ??
    (classes.length >= CLASSES_KEPT ? nearest(classes, key) : undefined)
  if (!known) return [...classes, { key, ...more }]
  return classes.map((each) =>
    each === known
      ? {
          key: each.key,
          candidate: each.candidate + more.candidate,
          candidateHits: each.candidateHits + more.candidateHits,
          baseline: each.baseline + more.baseline,
          baselineHits: each.baselineHits + more.baselineHits,
        }
      : each,
  )
}

function nearest(classes: readonly ShareClass[], key: number): ShareClass | undefined {
  return classes.toSorted((left, right) => Math.abs(left.key - key) - Math.abs(right.key - key))[0]
}

/** Null where nothing failed: then every ratio is plausible. */
export function plausibleRatio(
  classes: readonly ShareClass[],
  clumping: number,
  doubt = 0.05,
): { readonly low: number; readonly high: number } | null {
  const hits = classes.reduce((sum, each) => sum + each.candidateHits + each.baselineHits, 0)
  if (hits === 0) return null
  const logs = GRID.map((ratio) => logLikelihood(classes, ratio) / clumping)
  const highest = Math.max(...logs)
  const mixed = highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0) / GRID.length)
  const isPlausible = logs.map((log) => mixed - log < Math.log(1 / doubt))
  // From the last ratio that is beaten to the first: what lies between two of the grid is not cut off.
  const low = isPlausible.indexOf(true) - 1
  const high = isPlausible.lastIndexOf(true) + 1
  return { low: low < 0 ? 0 : (GRID[low] ?? 0), high: GRID[high] ?? Number.POSITIVE_INFINITY }
}

function logLikelihood(classes: readonly ShareClass[], ratio: number): number {
  return classes.reduce((sum, { candidate, candidateHits, baseline, baselineHits }) => {
    const odds = (candidate / baseline) * ratio
    return sum + candidateHits * Math.log(odds) - (candidateHits + baselineHits) * Math.log1p(odds)
  }, 0)
}
