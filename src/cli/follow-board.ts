// The board again and again, as it changes: through the live stream, which is taken up again when it is cut.
import type { Board } from '../api/board.ts'
import { ApiProblem, type Client } from '../api/client.ts'
import type { CliParts } from './parts.ts'

const COALESCE_MS = 250
const AGAIN_MS_MIN = 500
const AGAIN_MS_MAX = 10_000

export type Sight =
  | { readonly board: Board; readonly isStale: false }
  | { readonly board: null; readonly isStale: true; readonly why: string }

/** Yields at once, then after changes, at most four times a second; says so while the server cannot be reached. */
export async function* followBoard(
  parts: CliParts,
  client: Client,
  signal: AbortSignal,
): AsyncGenerator<Sight> {
  let againMs = AGAIN_MS_MIN
  let last: number | undefined
  while (!signal.aborted) {
    const cut = new AbortController()
    const both = AbortSignal.any([signal, cut.signal])
    try {
      yield { board: await client.board(), isStale: false }
      const news = listen(client, both, last)
      while (await news.next()) {
        againMs = AGAIN_MS_MIN
        last = news.position()
        yield { board: await client.board(), isStale: false }
        await parts.sleep(COALESCE_MS, signal)
      }
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiProblem && error.status < 500) throw error
      yield { board: null, isStale: true, why: error instanceof Error ? error.message : String(error) }
    } finally {
      cut.abort()
    }
    await parts.sleep(againMs, signal)
    againMs = Math.min(againMs * 2, AGAIN_MS_MAX)
  }
}

/** Keeps only that something changed, however often it did while nobody looked. */
function listen(client: Client, signal: AbortSignal, from: number | undefined) {
  let fresh = false
  let ended = false
  let failure: unknown = null
  let position = from
  let wake = (): void => undefined
  void (async () => {
    try {
      for await (const at of client.changes(signal, from)) {
        position = at
        fresh = true
        wake()
      }
    } catch (error) {
      failure = error
    }
    ended = true
    wake()
  })()
  return {
    position: () => position,
    /** True when something changed since the last time, false when the stream ended. */
    next: async (): Promise<boolean> => {
      if (!fresh && !ended) await new Promise<void>((resolve) => (wake = resolve))
      if (failure !== null && !signal.aborted) throw failure
      if (!fresh) return false
      fresh = false
      return true
    },
  }
}
