/** Where the waiting happens; the page hands in the browser's. */
export type Timers = {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => void
}

/**
 * Lets `run` through at most once in `everyMs`. The first call runs at once; calls in between become one run at the
 * end of the pause, so the last news is never lost.
 */
export function createCoalescer(
  options: { readonly everyMs: number; readonly run: () => void },
  timers: Timers,
): () => void {
  let lastRunAt = Number.NEGATIVE_INFINITY
  let isPlanned = false
  const run = () => {
    isPlanned = false
    lastRunAt = timers.now()
    options.run()
  }
  return () => {
    if (isPlanned) return
    const waitMs = lastRunAt + options.everyMs - timers.now()
    if (waitMs <= 0) return run()
    isPlanned = true
    timers.after(waitMs, run)
  }
}
