// How slow requests come in clumps: a stall makes everything slow that is under way, so that a hundred slow requests may
// be one event. Learned tail by tail from how much one block differs from the next; what changes slowly cancels.
import { TAILS, type Above } from './latency-tails.ts'

export type LatencyScatter = {
  readonly sum: Above
  /** The block before, and what its limits were; blocks under other limits cannot be compared. */
  readonly last: { readonly block: Above; readonly limits: string } | null
  /** Squared differences over what independent requests would have, per tail. */
  readonly chi: readonly number[]
  readonly freedom: number
}

export const noScatter: LatencyScatter = {
  sum: { all: 0, above: [] },
  last: null,
  chi: TAILS.map(() => 0),
  freedom: 0,
}

/** Slow requests come in sixes until a version has shown how they come; so much is that guess worth, in blocks. */
export const GUESSED_CLUMPING = 6
const GUESS_BLOCKS = 8
const CLUMPING_MAX = 200

export function withScattered(scatter: LatencyScatter, block: Above, limits: string): LatencyScatter {
  if (block.all === 0 || block.above.length === 0) return scatter
  const { sum, last } = scatter
  const total: Above = {
    all: sum.all + block.all,
    above: block.above.map((count, at) => count + (sum.above[at] ?? 0)),
  }
  const next = { block, limits }
  if (last === null || last.limits !== limits) return { ...scatter, sum: total, last: next }
  return {
    sum: total,
    last: next,
    chi: scatter.chi.map((chi, at) => chi + difference(last.block, block, total, at)),
    freedom: scatter.freedom + 1,
  }
}

/** One, on average, where every request is slow for itself. */
function difference(before: Above, now: Above, total: Above, at: number): number {
  const share = ((total.above[at] ?? 0) + 1) / (total.all + 2)
  const moved = (now.above[at] ?? 0) / now.all - (before.above[at] ?? 0) / before.all
  return moved ** 2 / (share * (1 - share) * (1 / now.all + 1 / before.all))
}

/** What evidence is divided by, tail by tail; at the upper end of its doubt. `guess` is what counts while little is known. */
export function clumpingsOf(
  { chi, freedom }: LatencyScatter,
  guess: readonly number[] = [],
): readonly number[] {
  const doubt = 1 + Math.sqrt(2 / (freedom + GUESS_BLOCKS))
  return TAILS.map((_, at) => {
    const mean = ((guess[at] ?? GUESSED_CLUMPING) * GUESS_BLOCKS + (chi[at] ?? 0)) / (GUESS_BLOCKS + freedom)
    return Math.min(CLUMPING_MAX, Math.max(1, freedom === 0 ? mean : mean * doubt))
  })
}
