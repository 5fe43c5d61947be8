// Counts per value where values are many and room is little. The heaviest are told apart and the rest is *other*; what
// a value may have lost to *other* is known and told. Twice as many as are kept may be there for a while: then the
// lighter half goes, and a value that comes (back) later may have had as much before as the heaviest that went. Two of
// these add up to one that keeps the same promise, so seconds become minutes and minutes hours.
import { Tally } from './tally.ts'
import { type MeasuredDimension, VALUES_KEPT } from './measured.ts'

/** Few people look for the customer with the most requests; many look for the one whose requests fail. */
const ERROR_WEIGHT = 10

type Kept = { readonly tally: Tally; missedMax: number }

export class HeavyHitters {
  readonly #kept = new Map<string, Kept>()
  readonly #keep: number
  readonly #other = new Tally()
  #missedMax = 0

  constructor(keep: number = VALUES_KEPT) {
    this.#keep = keep
  }

  count(value: string, requests: number, errors: number, latencyMs: number | undefined): void {
    this.#of(value).tally.count(requests, errors, latencyMs)
  }

  add({ values, other, missedMax }: Omit<MeasuredDimension, 'dimension'>): void {
    if (missedMax > 0) {
      const told = new Set(values.map(({ value }) => value))
      for (const [value, kept] of this.#kept) if (!told.has(value)) kept.missedMax += missedMax
    }
    // Those that come anew may have been lost here before, but not in what is being added.
    for (const one of values) {
      const kept = this.#of(one.value)
      kept.tally.add(one)
      kept.missedMax += one.missedMax
    }
    this.#other.add(other)
    this.#missedMax += missedMax
  }

  /** Lighter values than the heaviest `keep` are cut first, so that what is told has its bound. */
  read(dimension: string): MeasuredDimension {
    if (this.#kept.size > this.#keep) this.#cut()
    const values = [...this.#kept].map(([value, { tally, missedMax }]) => ({
      value,
      ...tally.read(),
      missedMax,
    }))
    return { dimension, values, other: this.#other.read(), missedMax: this.#missedMax }
  }

  #of(value: string): Kept {
    const known = this.#kept.get(value)
    if (known !== undefined) return known
    if (this.#kept.size >= this.#keep * 2) this.#cut()
    const fresh = { tally: new Tally(), missedMax: this.#missedMax }
    this.#kept.set(value, fresh)
    return fresh
  }

  #cut(): void {
    const byWeight = [...this.#kept].toSorted(([, left], [, right]) => weight(right) - weight(left))
    for (const [value, kept] of byWeight.slice(this.#keep)) {
      this.#missedMax = Math.max(this.#missedMax, weight(kept))
      this.#other.addTally(kept.tally)
      this.#kept.delete(value)
    }
  }
}

function weight({ tally, missedMax }: Kept): number {
  return tally.requests + (ERROR_WEIGHT - 1) * tally.errors + missedMax
}
