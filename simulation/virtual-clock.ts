// Time that passes only when nothing is left to do. Timers fire by time, then by insertion; before each jump all ready
// work is drained: everything below is a promise, and what is asked for with `nextTick` comes after the last of them.

export interface VirtualClock {
  /** Milliseconds since the world began; never falls. */
  monotonicMs(): number
  /** What the machine's clock on the wall shows. */
  wallMs(): number
  jumpWall(byMs: number): void
  /** A deed of the world itself, `afterMs` from now. */
  after(afterMs: number, deed: () => void): void
  /** Resolves after `ms`, or at once when the signal aborts; never when `isAlive` says no by then. */
  sleep(ms: number, signal?: AbortSignal, isAlive?: () => boolean): Promise<void>
  /** Lets time pass until `untilMs` (monotonic), or until `stop` says so. */
  run(untilMs: number, stop: () => boolean): Promise<void>
  jumps(): number
}

type Timer = { readonly atMs: number; readonly order: number; deed: (() => void) | null }

export function createVirtualClock(wallStartMs: number): VirtualClock {
  const timers = createTimerHeap()
  let nowMs = 0
  let wallOffsetMs = wallStartMs
  let order = 0
  let jumps = 0

  const add = (afterMs: number, deed: () => void): Timer => {
    order += 1
    const timer = { atMs: nowMs + Math.max(0, afterMs), order, deed }
    timers.push(timer)
    return timer
  }

  const fireDue = (): void => {
    for (let first = timers.peek(); first && first.atMs <= nowMs; first = timers.peek()) {
      timers.pop()
      first.deed?.()
    }
  }

  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs + wallOffsetMs,
    jumpWall: (byMs) => {
      wallOffsetMs += byMs
    },
    after: (afterMs, deed) => void add(afterMs, deed),
    sleep: (ms, signal, isAlive = () => true) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const wake = (): void => {
          timer.deed = null
          signal?.removeEventListener('abort', wake)
          if (isAlive()) resolve()
        }
        const timer = add(ms, wake)
        signal?.addEventListener('abort', wake)
      }),
    run: async (untilMs, stop) => {
      await turned()
      for (;;) {
        await drained()
        if (stop()) return
        while (timers.peek()?.deed === null) timers.pop()
        const next = timers.peek()
        if (!next || next.atMs > untilMs) {
          nowMs = Math.max(nowMs, untilMs)
          return
        }
        nowMs = next.atMs
        jumps += 1
        fireDue()
      }
    },
    jumps: () => jumps,
  }
}

/** Much less than a turn of the event loop, which is only needed to hear of signals. */
function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

function turned(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A binary heap, smallest (time, order) first. */
function createTimerHeap(): { push(timer: Timer): void; peek(): Timer | undefined; pop(): void } {
  const heap: Timer[] = []
  const isBefore = (left: Timer, right: Timer): boolean =>
    left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  const swap = (left: number, right: number): void => {
    const kept = heap[left]!
    heap[left] = heap[right]!
    heap[right] = kept
  }
  return {
    peek: () => heap[0],
    push: (timer) => {
      let at = heap.push(timer) - 1
      for (let above = (at - 1) >> 1; at > 0 && isBefore(heap[at]!, heap[above]!); above = (at - 1) >> 1) {
        swap(at, above)
        at = above
      }
    },
    pop: () => {
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return
      heap[0] = last
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        let least = at
        if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left
        if (left + 1 < heap.length && isBefore(heap[left + 1]!, heap[least]!)) least = left + 1
        if (least === at) return
        swap(at, least)
        at = least
      }
    },
  }
}
