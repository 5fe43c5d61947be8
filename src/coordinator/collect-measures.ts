// Once a second: what routers counted apart goes to its store. Nothing that decides looks at it.
import type { Dimension } from '../domain/analysis/measures/measured.ts'
import { environmentKey, type Environment } from '../domain/names.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { MeasureSource, TakenWindow } from '../ports/measure-source.ts'
import type { MeasureStore } from '../ports/measure-store.ts'

export type MeasuredEnvironment = {
  readonly environment: Environment
  readonly dimensions: readonly Dimension[]
}

export type CollectParts = {
  readonly environments: () => readonly MeasuredEnvironment[]
  readonly source: MeasureSource
  readonly store: MeasureStore
  readonly clock: Clock
  readonly log: Log
  /** Told of every window once, after it was stored. */
  readonly onWindow?: (taken: TakenWindow) => void
  readonly everyMs?: number
}

const EVERY_MS = 1_000

export function collectMeasures(parts: CollectParts): { stop(): Promise<void> } {
  const { clock, log, everyMs = EVERY_MS } = parts
  const stopped = new AbortController()

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await collectOnce(parts)
        await parts.store.turn(clock.now())
      } catch (error) {
        log.warn({ error }, 'what was measured could not be kept; it is asked for again')
      }
      await clock.sleep(everyMs, stopped.signal)
    }
  }
  const looping = loop()
  return {
    stop: async () => {
      stopped.abort()
      await looping
    },
  }
}

async function collectOnce({ environments, source, store, onWindow }: CollectParts): Promise<void> {
  const asked = []
  for (const { environment, dimensions } of environments())
    asked.push({ environment, dimensions, after: await store.marks(environment) })
  const taken = new Map<string, TakenWindow[]>()
  for (const one of await source.take(asked)) {
    const key = environmentKey(one.environment)
    taken.set(key, [...(taken.get(key) ?? []), one])
  }
  for (const windows of taken.values()) {
    const environment = windows[0]?.environment
    if (environment === undefined) continue
    await store.append(environment, windows)
    for (const window of windows) onWindow?.(window)
  }
}
