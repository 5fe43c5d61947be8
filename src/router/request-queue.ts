// Requests that wait for an instance with room, in the order they came: no more than the plan says, no longer than it
// says. One for each release that has a limit.
import type { Clock } from '../ports/clock.ts'

export type Waiting = {
  /** There may be room. False: there is none after all, and it goes on waiting at the head of the queue. */
  tryNow(): boolean
  onTooLate(): void
}

export class RequestQueue {
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #waiting: { readonly one: Waiting; readonly left: AbortController }[] = []

  constructor(clock: Pick<Clock, 'sleep'>) {
    this.#clock = clock
  }

  get length(): number {
    return this.#waiting.length
  }

  enter(one: Waiting, waitMs: number): void {
    const entry = { one, left: new AbortController() }
    this.#waiting.push(entry)
    void this.#clock.sleep(waitMs, entry.left.signal).then(() => {
      if (this.leave(one)) one.onTooLate()
    })
  }

  /** False when it was not there any more. */
  leave(one: Waiting): boolean {
    const at = this.#waiting.findIndex((entry) => entry.one === one)
    const [entry] = at < 0 ? [] : this.#waiting.splice(at, 1)
    entry?.left.abort()
    return entry !== undefined
  }

  /** An instance has room again. */
  wake(): void {
    const first = this.#waiting[0]
    if (first === undefined || !first.one.tryNow()) return
    this.leave(first.one)
  }
}
