// Deadlines of many connections without a timer for each: all are looked at a few times a second.
import type { Clock } from '../../ports/clock.ts'

export type Watched = {
  seenMs: number
  deadlineMs: number
  idleMsMax: number
  readonly reader: { onLate(): void }
}

const LOOK_MS_MIN = 20
const LOOK_MS_MAX = 500

export class Timekeeper {
  /** Never more than one look behind. */
  nowMs: number
  readonly #watched = new Set<Watched>()
  readonly #clock: Clock
  readonly #lookMs: number

  /** `shortestMs` is the shortest limit that anything here has. */
  constructor(clock: Clock, shortestMs: number, signal: AbortSignal) {
    this.#clock = clock
    this.#lookMs = Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, shortestMs / 4))
    this.nowMs = clock.monotonicMs()
    void this.#run(signal)
  }

  watch(one: Watched): void {
    this.#watched.add(one)
  }

  forget(one: Watched): void {
    this.#watched.delete(one)
  }

  /** A deadline so far from now. Never early. */
  after(ms: number): number {
    return this.nowMs + this.#lookMs + ms
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(this.#lookMs, signal)
      this.nowMs = this.#clock.monotonicMs()
      for (const one of this.#watched) {
        const isIdle = this.nowMs - one.seenMs > one.idleMsMax + this.#lookMs
        if (isIdle || this.nowMs > one.deadlineMs) one.reader.onLate()
      }
    }
  }
}
