// How old the candidate's boxes are, known only by how many of them there are: each growth is a group of new ones.
import { warmUpTimes, type WarmUp } from './warm-up.ts'

/** Groups of boxes that came together, oldest first. */
export type BoxAges = readonly (readonly [ageMs: number, count: number])[]

export const beginBoxes: BoxAges = []
const GROUPS_KEPT = 12

export function withCount(ages: BoxAges, count: number, spanMs: number): BoxAges {
  const known = ages.reduce((sum, [, boxes]) => sum + boxes, 0)
  const aged = ages.map(([ageMs, boxes]) => [ageMs + spanMs, boxes] as const)
  if (count > known) return merged([...aged, [0, count - known]])
  // Which of them went is not known: the oldest, so that nobody is taken for older than they are.
  let gone = known - count
  return aged.flatMap(([ageMs, boxes]) => {
    const left = Math.max(0, boxes - gone)
    gone -= boxes - left
    return left > 0 ? [[ageMs, left] as const] : []
  })
}

function merged(ages: BoxAges): BoxAges {
  const [first, second, ...others] = ages
  if (ages.length <= GROUPS_KEPT || !first || !second) return ages
  return [[second[0], first[1] + second[1]], ...others]
}

/** What they may do together for being new; as much as one that just began, while none is known. */
export function warmingOf(ages: BoxAges, warmUp: WarmUp): number {
  const count = ages.reduce((sum, [, boxes]) => sum + boxes, 0)
  if (count === 0) return warmUpTimes(warmUp, 0)
  return ages.reduce((sum, [ageMs, boxes]) => sum + boxes * warmUpTimes(warmUp, ageMs), 0) / count
}
