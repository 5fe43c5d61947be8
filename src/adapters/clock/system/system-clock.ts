import type { Clock } from '../../../ports/clock.ts'

/** The machine's own time. A sleep under way keeps the program alive; abort its signal to let go. */
export function createSystemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, signal),
  }
}

// A timer longer than this fires at once in Node, so that a wait of a month would be none.
const timerMsMax = 2_147_483_647

async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const until = performance.now() + ms
  do {
    if (signal?.aborted) return
    await sleepOnce(Math.min(timerMsMax, Math.max(0, until - performance.now())), signal)
  } while (performance.now() < until && !signal?.aborted)
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.ceil(ms))
    signal?.addEventListener('abort', done, { once: true })
  })
}
