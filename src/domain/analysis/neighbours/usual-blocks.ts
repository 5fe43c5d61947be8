// What a neighbour did lately, in a few blocks of ticks: what came before a release is what is usual. Bounded, and made
// of recorded ticks alone.
import { addLatency, type LatencyCounts } from '../latency-histogram.ts'
import type { Tick } from '../tick.ts'

/** Some minutes, a tick a second; a calm stage is looked at less often, and a block lasts longer. */
const BLOCK_TICKS = 200
const BLOCKS_KEPT = 8

export type NeighbourSeen = { readonly name: string; readonly blocks: readonly NeighbourBlock[] }

export type NeighbourBlock = {
  readonly fromSeq: number
  readonly toSeq: number
  readonly ticks: number
  readonly requests: number
  readonly errors: number
  readonly latency: LatencyCounts
}

/** No block goes on across a tick after which something is asked for anew. */
export function withNeighbourTick(
  seen: readonly NeighbourSeen[],
  { seq, neighbours }: Tick,
  cutAfter: ReadonlySet<number>,
): readonly NeighbourSeen[] {
  if (neighbours === undefined) return seen
  return neighbours.map(({ name, seen: isSeen, requests, errors, latency }) => {
    const blocks = seen.find((one) => one.name === name)?.blocks ?? []
    if (!isSeen) return { name, blocks }
    const last = blocks.at(-1)
    const goesOn = last !== undefined && last.ticks < BLOCK_TICKS && !cutAfter.has(last.toSeq)
    const block = goesOn
      ? {
          fromSeq: last.fromSeq,
          toSeq: seq,
          ticks: last.ticks + 1,
          requests: last.requests + requests,
          errors: last.errors + errors,
          latency: addLatency(last.latency, latency),
        }
      : { fromSeq: seq, toSeq: seq, ticks: 1, requests, errors, latency }
    return { name, blocks: [...(goesOn ? blocks.slice(0, -1) : blocks), block].slice(-BLOCKS_KEPT) }
  })
}

/** All that was seen of it up to a tick. */
export function usualUpTo(
  { blocks }: NeighbourSeen,
  seq: number,
): Pick<NeighbourBlock, 'requests' | 'errors' | 'latency'> {
  return blocks
    .filter(({ toSeq }) => toSeq <= seq)
    .reduce<Pick<NeighbourBlock, 'requests' | 'errors' | 'latency'>>(
      (sum, block) => ({
        requests: sum.requests + block.requests,
        errors: sum.errors + block.errors,
        latency: addLatency(sum.latency, block.latency),
      }),
      { requests: 0, errors: 0, latency: [] },
    )
}
