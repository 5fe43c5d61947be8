// Wakes the work of one service, at times of day and after spans. One sleep for all of them, however many there are.
import type { EpochMs } from '../domain/names.ts'
import type { Clock } from '../ports/clock.ts'
import { GIVEN_UP } from './given-up.ts'

export interface Alarm {
  /** Rings once when so many milliseconds have passed, whatever the clock on the wall does meanwhile. */
  after(ms: number): void
  /** Rings once at each of these times of day, and no longer at those that were expected before. */
  expect(times: readonly EpochMs[]): void
  stop(): void
}

/** How late it may ring after the clock on the wall was put forward: it is looked at so often. */
const WALL_LOOK_MS = 60_000

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  /** By the clock that never goes back. */
  const spans = new Set<number>()
  let times: readonly EpochMs[] = []
  let nap = new AbortController()
  let napEndsMs = 0
  let isOn = false
  let isStopped = false

  const leftMs = (): number =>
    Math.min(Math.min(...spans) - clock.monotonicMs(), Math.min(...times) - clock.now())

  const sleepOn = async (): Promise<void> => {
    isOn = true
    for (let left = leftMs(); !isStopped && left !== Number.POSITIVE_INFINITY; left = leftMs()) {
      if (left <= 0) {
        forget()
        ring()
        continue
      }
      const napMs = Math.min(left, WALL_LOOK_MS)
      napEndsMs = clock.monotonicMs() + napMs
      nap = new AbortController()
      await clock.sleep(napMs, nap.signal)
    }
    isOn = false
  }

  const forget = (): void => {
    for (const end of spans) if (end <= clock.monotonicMs()) spans.delete(end)
    const now = clock.now()
    times = times.filter((time) => time > now)
  }

  /** Only what comes before the end of the present sleep changes anything now. */
  const look = (): void => {
    if (isStopped) return
    if (!isOn) void sleepOn()
    else if (clock.monotonicMs() + leftMs() < napEndsMs) nap.abort(GIVEN_UP)
  }

  return {
    after: (ms) => {
      spans.add(clock.monotonicMs() + ms)
      look()
    },
    expect: (expected) => {
      times = expected
      look()
    },
    stop: () => {
      isStopped = true
      nap.abort(GIVEN_UP)
    },
  }
}
