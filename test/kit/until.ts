import { setTimeout as wait } from 'node:timers/promises'

/** Asks until the answer is there, or fails saying what never came. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 60_000,
): Promise<T> {
  const endAt = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > endAt) throw new Error(`${what}: not within ${limitMs} ms`)
    await wait(15)
  }
}
