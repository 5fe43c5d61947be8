// What is counted of one environment for people who look: totals of each second, and each dimension apart. A second
// that is over waits until the server has it on disk; a server that is away for long finds minutes instead.
import { HeavyHitters } from '../domain/analysis/measures/heavy-hitters.ts'
import {
  type Dimension,
  type MeasuredArm,
  type MeasuredWindow,
  UNSAID,
  VALUE_LENGTH_MAX,
} from '../domain/analysis/measures/measured.ts'
import { RollUp } from '../domain/analysis/measures/roll-up.ts'
import type { LatencyCounts } from '../domain/analysis/latency-histogram.ts'
import { attributeValue, type LookupTables, type RequestFacts } from '../domain/traffic/request-facts.ts'
import type { ReleaseTraffic } from './release-traffic.ts'

/** Windows of a second that wait, and how many of them become one when they are too many. */
const SECONDS_MAX = 120
const SECONDS_JOINED = 60
/** A window longer than this was joined, or its end came late. */
const SECOND_MS_MAX = 10_000
/** Joined ones that wait: a server may be away for two hours before the oldest become one. */
const JOINED_MAX = 120

export type WaitingWindow = { readonly seq: number; readonly window: MeasuredWindow }

type Seen = { readonly requests: number; readonly errors: number; readonly latency: LatencyCounts }
const NOTHING_SEEN: Seen = { requests: 0, errors: 0, latency: [] }

export class EnvironmentMeasures {
  #dimensions: readonly Dimension[] = []
  /** In the order of the dimensions. */
  readonly #counting = new Map<ReleaseTraffic, readonly HeavyHitters[]>()
  readonly #seen = new WeakMap<ReleaseTraffic, Seen>()
  #waiting: WaitingWindow[] = []
  #seq = 0
  /** The last that was told: what was told may be on disk, so it is never joined with what was not. */
  #told = 0
  #fromMs: number

  constructor(nowMs: number) {
    this.#fromMs = nowMs
  }

  /** Nothing is told apart, so nobody need look at a request. */
  get isPlain(): boolean {
    return this.#dimensions.length === 0
  }

  tellApart(dimensions: readonly Dimension[]): void {
    if (JSON.stringify(dimensions) === JSON.stringify(this.#dimensions)) return
    this.#dimensions = dimensions
    this.#counting.clear()
  }

  /** `latencyMs` is undefined for an error of a request that was counted before, or that got no answer. */
  count(
    traffic: ReleaseTraffic,
    facts: RequestFacts,
    tables: LookupTables,
    counts: { readonly requests: number; readonly errors: number; readonly latencyMs: number | undefined },
  ): void {
    const counting = this.#countingOf(traffic)
    for (const [at, { attribute }] of this.#dimensions.entries()) {
      const value = attributeValue(attribute, facts, tables) ?? UNSAID
      const short = value.length > VALUE_LENGTH_MAX ? value.slice(0, VALUE_LENGTH_MAX) : value
      counting[at]?.count(short, counts.requests, counts.errors, counts.latencyMs)
    }
  }

  /** Ends the window that is open; one in which nothing happened is not kept. */
  endWindow(nowMs: number, all: readonly ReleaseTraffic[]): void {
    const from = this.#fromMs
    this.#fromMs = nowMs
    const arms = all.flatMap((traffic) => this.#armOf(traffic) ?? [])
    this.#counting.clear()
    if (arms.length === 0) return
    this.#seq += 1
    this.#waiting.push({ seq: this.#seq, window: { from, spanMs: Math.max(0, nowMs - from), arms } })
    this.#join()
  }

  /** Those after `seq`; the others are let go of. */
  take(seq: number): readonly WaitingWindow[] {
    this.#waiting = this.#waiting.filter((one) => one.seq > seq)
    this.#told = this.#waiting.at(-1)?.seq ?? this.#told
    return [...this.#waiting]
  }

  #countingOf(traffic: ReleaseTraffic): readonly HeavyHitters[] {
    const known = this.#counting.get(traffic)
    if (known !== undefined) return known
    const fresh = this.#dimensions.map(() => new HeavyHitters())
    this.#counting.set(traffic, fresh)
    return fresh
  }

  #armOf(traffic: ReleaseTraffic): MeasuredArm | undefined {
    const before = this.#seen.get(traffic) ?? NOTHING_SEEN
    const { requests, errors } = traffic
    if (requests === before.requests && errors === before.errors) return undefined
    const now = { requests, errors, latency: traffic.latency() }
    this.#seen.set(traffic, now)
    const counting = this.#counting.get(traffic) ?? []
    return {
      release: traffic.release,
      track: traffic.track,
      total: {
        requests: requests - before.requests,
        errors: errors - before.errors,
        latency: grown(before.latency, now.latency),
      },
      dimensions: this.#dimensions.flatMap(({ name }, at) => {
        const told = counting[at]?.read(name)
        return told === undefined ? [] : [{ ...told, values: told.values.map(readable) }]
      }),
    }
  }

  /** Nothing is dropped: seconds become minutes, and the oldest minute grows at last. */
  #join(): void {
    const waiting = this.#waiting
    const joined = waiting.findLastIndex(({ window }) => window.spanMs > SECOND_MS_MAX) + 1
    if (waiting.length - joined > SECONDS_MAX) this.#joinFrom(joined, SECONDS_JOINED)
    else if (joined > JOINED_MAX) this.#joinFrom(0, 2)
  }

  #joinFrom(start: number, count: number): void {
    const toldTo = this.#waiting.findLastIndex(({ seq }) => seq <= this.#told) + 1
    const end = start < toldTo ? Math.min(start + count, toldTo) : start + count
    const parts = this.#waiting.slice(start, end)
    const first = parts[0]
    // One alone is as good as joined; what follows it may be.
    if (parts.length < 2 || first === undefined) return this.#joinFrom(end, count)
    this.#waiting.splice(start, parts.length, added(first, parts.slice(1)))
  }
}

/** The last one's number: whoever has some of them on disk asks for what is after a number, and gets no part twice. */
function added(first: WaitingWindow, rest: readonly WaitingWindow[]): WaitingWindow {
  const last = rest.at(-1) ?? first
  const sum = new RollUp()
  for (const { window } of [first, ...rest]) sum.add(window.arms)
  const spanMs = last.window.from + last.window.spanMs - first.window.from
  return { seq: last.seq, window: { from: first.window.from, spanMs, arms: sum.read() } }
}

function grown(before: LatencyCounts, now: LatencyCounts): LatencyCounts {
  const old = new Map(before)
  return now.flatMap(([bucket, count]) => {
    const more = count - (old.get(bucket) ?? 0)
    return more > 0 ? [[bucket, more] as const] : []
  })
}

/** Requests have one character per byte. */
function readable<Value extends { readonly value: string }>(one: Value): Value {
  const isPlain = !/[\x80-\xff]/.test(one.value)
  return isPlain ? one : { ...one, value: Buffer.from(one.value, 'latin1').toString('utf8') }
}
