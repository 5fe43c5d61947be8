// Counters of many series made into sums that only grow, whatever single series do: begin anew with their process, come,
// go, come again, or arrive twice.

export type Sample = readonly [atSeconds: number, value: number]

/** A series that was not told for so long is forgotten. */
const FORGOTTEN_SECONDS = 3_600

type Known = { atSeconds: number; value: number }

export class SeriesLedger {
  readonly #known = new Map<string, Known>()
  readonly #sums = new Map<string, number>()

  /**
   * `sum`: what the series is part of. A series that is not known and begins before `newSince` was there before: its
   * first value is where counting starts. One that begins later is new, and all of it counts.
   */
  add(sum: string, series: string, samples: readonly Sample[], newSince: number): void {
    const known = this.#known.get(series)
    let last = known
    let grown = 0
    for (const [atSeconds, value] of samples) {
      if (last !== undefined && atSeconds <= last.atSeconds) continue
      if (last !== undefined) grown += value >= last.value ? value - last.value : value
      else if (atSeconds >= newSince) grown += value
      last = { atSeconds, value }
    }
    if (last !== undefined) this.#known.set(series, last)
    this.#sums.set(sum, this.sumOf(sum) + grown)
  }

  sumOf(sum: string): number {
    return this.#sums.get(sum) ?? 0
  }

  forget(nowSeconds: number): void {
    for (const [series, { atSeconds }] of this.#known)
      if (nowSeconds - atSeconds > FORGOTTEN_SECONDS) this.#known.delete(series)
  }
}
