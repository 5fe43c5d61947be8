// One ticking clock for the whole page, kept in the server's time so that a phone whose clock is wrong still says how
// long ago things happened. A part that reads it re-renders only when the words it shows change.
import { useSyncExternalStore } from 'react'

// A difference below this is the way the answer took, not a clock that is wrong.
const toleratedMs = 2000
const listeners = new Set<() => void>()
let offsetMs = 0
let timer: ReturnType<typeof setInterval> | null = null

/** Now, as the server counts. */
export function serverNowMs(): number {
  return Date.now() + offsetMs
}

export function heardServerTime(at: number): void {
  const seenMs = at - Date.now()
  const wanted = Math.abs(seenMs) < toleratedMs ? 0 : seenMs
  if (Math.abs(wanted - offsetMs) >= toleratedMs) offsetMs = wanted
}

/** Words about the present moment. `read` must give the same string as long as nothing visible changed. */
export function useTicking(read: (nowMs: number) => string): string {
  return useSyncExternalStore(subscribe, () => read(serverNowMs()))
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}
