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

/** One promise and one function a sleep: a server has tens of thousands under way. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const until = performance.now() + ms
    let timer: NodeJS.Timeout | undefined
    const look = () => {
      const leftMs = until - performance.now()
      clearTimeout(timer)
      if (signal?.aborted || (timer && leftMs <= 0)) {
        signal?.removeEventListener('abort', look)
        resolve()
      } else timer = setTimeout(look, Math.ceil(Math.min(timerMsMax, Math.max(0, leftMs))))
    }
    look()
    if (!signal?.aborted) signal?.addEventListener('abort', look, { once: true })
  })
}
