// How soon what ended by itself is started again.

export const crashLoop = { ends: 3, withinMs: 60_000 }
export const pauseMsMin = 100
export const pauseMsMax = 10_000
/** A run at least this long starts the pauses from the shortest again. */
export const shortRunMs = 60_000

/** `endedAt` in wall-clock time; an end in the future (the clock was set back) does not count. */
export function isCrashLooping(endedAt: readonly number[], now: number): boolean {
  return endedAt.filter((at) => at <= now && now - at < crashLoop.withinMs).length >= crashLoop.ends
}

/** 100 ms doubling to 10 s with every short run in a row; a crash loop is tried at the slow pace. */
export function restartPauseMs(shortRuns: number, isLooping: boolean): number {
  if (isLooping) return pauseMsMax
  return Math.min(pauseMsMax, pauseMsMin * 2 ** Math.max(0, Math.min(20, shortRuns - 1)))
}
