// A bake as most judges see it: sums of whole minutes.
import { SECONDS, type Counted } from '../bake.ts'

export type Minute = {
  readonly candidate: number
  readonly candidateErrors: number
  readonly baseline: number
  readonly baselineErrors: number
}

export function minutesOf(bake: Counted): readonly Minute[] {
  return Array.from({ length: SECONDS / 60 }, (_, minute) => {
    const sum = (counts: Int32Array): number => {
      let total = 0
      for (let second = minute * 60; second < (minute + 1) * 60; second += 1) total += counts[second] ?? 0
      return total
    }
    return {
      candidate: sum(bake.candidate),
      candidateErrors: sum(bake.candidateErrors),
      baseline: sum(bake.baseline),
      baselineErrors: sum(bake.baselineErrors),
    }
  })
}

/** Says after which second it is against the release; null for never. */
export type Peer = (bake: Counted, minutes: readonly Minute[]) => number | null

export type NamedPeer = { readonly name: string; readonly judge: Peer; readonly isSlow?: boolean }
