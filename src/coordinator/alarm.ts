// Wakes the work of one service at times of day. One sleep for all of them, however many times are named.
import type { EpochMs } from '../domain/names.ts'
import type { Clock } from '../ports/clock.ts'
import { GIVEN_UP } from './given-up.ts'

export interface Alarm {
  /** Rings once at this time, or at once if it is over. */
  at(time: EpochMs): void
  /** Rings once at each of these times, and no longer at those that were expected before. */
  expect(times: readonly EpochMs[]): void
  stop(): void
}

/** How late it may ring after the clock on the wall was put forward: it is looked at so often. */
const WALL_LOOK_MS = 60_000

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  const asked = new Set<EpochMs>()
  let expected: ReadonlySet<EpochMs> = new Set()
  let nap = new AbortController()
  let napUntil = 0
  let isOn = false
  let isStopped = false

  const next = (): EpochMs => Math.min(...asked, ...expected)

  const sleepOn = async (): Promise<void> => {
    isOn = true
    for (let first = next(); !isStopped && first !== Number.POSITIVE_INFINITY; first = next()) {
      const now = clock.now()
      if (first <= now) {
        forget(now)
        ring()
        continue
      }
      napUntil = first
      nap = new AbortController()
      await clock.sleep(Math.min(first - now, WALL_LOOK_MS), nap.signal)
    }
    isOn = false
  }

  const forget = (until: EpochMs): void => {
    for (const time of asked) if (time <= until) asked.delete(time)
    expected = new Set([...expected].filter((time) => time > until))
  }

  /** Only an earlier time than the one that is slept for changes anything now. */
  const look = (): void => {
    if (isStopped) return
    if (!isOn) void sleepOn()
    else if (next() < napUntil) nap.abort(GIVEN_UP)
  }

  return {
    at: (time) => {
      asked.add(time)
      look()
    },
    expect: (times) => {
      expected = new Set(times)
      look()
    },
    stop: () => {
      isStopped = true
      nap.abort(GIVEN_UP)
    },
  }
}
