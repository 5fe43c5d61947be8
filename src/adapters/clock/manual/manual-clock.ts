import type { Clock } from '../../../ports/clock.ts'

/** Time that stands still until it is told to pass; for tests and scenarios. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass, waking sleepers in the order of their times; what they start may sleep again within the span. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone, as a person or NTP would; spans and sleepers do not notice. */
  jump(ms: number): void
}

type Sleeper = { readonly dueMs: number; readonly wake: () => void }

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let elapsedMs = 0
  let offsetMs = startMs
  let sleepers: readonly Sleeper[] = []

  const drain = () => new Promise<void>((resolve) => setImmediate(resolve))
  const nextDue = (untilMs: number) =>
    sleepers
      .filter((sleeper) => sleeper.dueMs <= untilMs)
      .reduce<Sleeper | undefined>(
        (first, sleeper) => (first && first.dueMs <= sleeper.dueMs ? first : sleeper),
        undefined,
      )

  return {
    now: () => offsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const sleeper: Sleeper = {
          dueMs: elapsedMs + Math.max(0, ms),
          wake: () => {
            sleepers = sleepers.filter((other) => other !== sleeper)
            signal?.removeEventListener('abort', sleeper.wake)
            resolve()
          },
        }
        sleepers = [...sleepers, sleeper]
        signal?.addEventListener('abort', sleeper.wake, { once: true })
      }),
    advance: async (ms) => {
      const untilMs = elapsedMs + ms
      await drain()
      for (let due = nextDue(untilMs); due !== undefined; due = nextDue(untilMs)) {
        elapsedMs = Math.max(elapsedMs, due.dueMs)
        due.wake()
        await drain()
      }
      elapsedMs = untilMs
    },
    jump: (ms) => {
      offsetMs += ms
    },
  }
}
