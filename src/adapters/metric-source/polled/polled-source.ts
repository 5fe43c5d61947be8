// Makes a metric source of one outside: asks it as often as it has something new, gives what it told last meanwhile, and
// says so when that is too old to be believed.
import { sourceInWords } from '../../../domain/analysis/sources/analysis-definition.ts'
import { environmentKey, type Environment } from '../../../domain/names.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { MetricSource, SourceAsked, TrafficReading } from '../../../ports/metric-source.ts'
import type { OutsideLook, OutsideMetrics } from '../../../ports/outside-metrics.ts'
import { asPortFailure } from '../../../ports/port-failure.ts'

export type PolledSourceOptions = {
  readonly outside: OutsideMetrics
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
  /** How long a reading waits for a look that is under way; 300 by default. The look itself goes on. */
  readonly waitMsMax?: number
  /** How long one look may take; 10,000 by default. */
  readonly lookMsMax?: number
}

/** So many times in a row nothing new, and what was told is too old. */
const STALE_LOOKS = 3
const STALE_MS_MIN = 10_000
/** After a failure it is asked again so soon at the earliest. */
const RETRY_MS_MIN = 1_000
const AFTER_MS_MAX = 10 * 60_000

type Polled = {
  look: OutsideLook | null
  /** When the look was asked for. */
  lookAtMs: number
  trouble: string | null
  nextAtMs: number
  pending: Promise<void> | null
}

/** How long something that was told is believed. */
export function staleMsOf(everyMs: number): number {
  return Math.max(STALE_LOOKS * everyMs, STALE_MS_MIN)
}

export function createPolledSource(options: PolledSourceOptions): MetricSource {
  const { outside, clock, waitMsMax = 300, lookMsMax = 10_000 } = options
  const places = new Map<string, Polled>()

  const look = async (polled: Polled, environment: Environment, asked: SourceAsked): Promise<void> => {
    const atMs = clock.monotonicMs()
    try {
      polled.look = await outside.look(environment, asked, AbortSignal.timeout(lookMsMax))
      polled.lookAtMs = atMs
      polled.trouble = null
      polled.nextAtMs = atMs + asked.analysis.everyMs
    } catch (error) {
      const { message, afterMs = 0 } = asPortFailure(error)
      const wait = Math.min(AFTER_MS_MAX, Math.max(afterMs, asked.analysis.everyMs, RETRY_MS_MIN))
      polled.trouble = message
      polled.nextAtMs = clock.monotonicMs() + wait
    }
    polled.pending = null
  }

  return {
    read: async (environment, asked) => {
      if (asked === undefined) return { seen: false, generation: 0, arms: [] }
      // What is asked of another place, or in other words, begins anew.
      const key = `${environmentKey(environment)} ${JSON.stringify(asked.analysis)}`
      const polled = places.get(key) ?? begun()
      forgetOthers(places, environment, key)
      places.set(key, polled)
      if (polled.pending === null && isDue(polled, asked, clock.monotonicMs()))
        polled.pending = look(polled, environment, asked)
      await waitFor(polled.pending, (signal) => clock.sleep(waitMsMax, signal))
      return readingOf(polled, asked, clock.monotonicMs())
    },
  }
}

function begun(): Polled {
  return { look: null, lookAtMs: 0, trouble: null, nextAtMs: Number.NEGATIVE_INFINITY, pending: null }
}

function forgetOthers(places: Map<string, unknown>, environment: Environment, key: string): void {
  const prefix = `${environmentKey(environment)} `
  for (const other of places.keys()) if (other !== key && other.startsWith(prefix)) places.delete(other)
}

async function waitFor(
  pending: Promise<void> | null,
  nap: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (pending === null) return
  const done = new AbortController()
  await Promise.race([pending, nap(done.signal)])
  done.abort()
}

/** Whoever serves since the last look is asked about at once. */
function isDue({ look, trouble, nextAtMs }: Polled, asked: SourceAsked, nowMs: number): boolean {
  return nowMs >= nextAtMs || (look !== null && trouble === null && unknownTo(look, asked))
}

function unknownTo({ arms, missing }: OutsideLook, { analysis, releases }: SourceAsked): boolean {
  const known = new Set([...arms, ...missing].map(({ release }) => release))
  return analysis.counts !== undefined && releases.some(({ release }) => !known.has(release))
}

function readingOf({ look, lookAtMs, trouble }: Polled, asked: SourceAsked, nowMs: number): TrafficReading {
  const where = sourceInWords(asked.analysis.source)
  const unseen = (why: string): TrafficReading => ({
    seen: false,
    generation: 0,
    arms: [],
    trouble: `${where}: ${why}`,
  })
  if (look === null) return unseen(trouble ?? 'has not answered yet')
  if (nowMs - lookAtMs > staleMsOf(asked.analysis.everyMs)) return unseen(trouble ?? 'is too slow to answer')
  if (unknownTo(look, asked)) return unseen(trouble ?? 'has not told yet of all that serve now')
  const isAsked = new Set(asked.releases.map(({ release }) => release))
  const missing = look.missing.find(({ release }) => isAsked.has(release))
  if (missing) return unseen(missing.why)
  const words = [trouble, ...look.troubles].filter((one) => one !== null)
  return {
    seen: true,
    generation: 0,
    arms: look.arms,
    told: look.told,
    ...(words.length === 0 ? {} : { trouble: `${where}: ${words.join('; ')}` }),
  }
}
