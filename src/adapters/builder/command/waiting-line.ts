import { once } from 'node:events'

/** At most so many at a time, the others in the order they came; one whose signal ends while it waits never starts. */
export function waitingLine(
  atOnceMax: number,
): (signal: AbortSignal, work: () => Promise<void>) => Promise<void> {
  let free = atOnceMax
  const waiting: { readonly go: () => void }[] = []

  const place = async (signal: AbortSignal): Promise<boolean> => {
    if (signal.aborted) return false
    if (free > 0) {
      free--
      return true
    }
    const left = new AbortController()
    let called = false
    const mine = {
      go: () => {
        called = true
        left.abort()
      },
    }
    waiting.push(mine)
    // Ends by either: being called, or giving up.
    await once(signal, 'abort', { signal: left.signal }).catch(() => undefined)
    if (called) return true
    waiting.splice(waiting.indexOf(mine), 1)
    return false
  }

  return async (signal, work) => {
    if (!(await place(signal))) return
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next.go()
    }
  }
}
