// What Datadog knows of the releases of an environment: counts in spans of ten seconds by the tag that names the
// version, added up span by span, and what queries of alarms come to.
import type { CountedThere } from '../../../domain/analysis/sources/analysis-definition.ts'
import { countsBy, parseMetricQuery } from '../../../domain/analysis/sources/metric-query.ts'
import { releaseOfVersion } from '../../../domain/analysis/sources/version-label.ts'
import { environmentKey, type ReleaseNumber } from '../../../domain/names.ts'
import { releaseName } from '../../../domain/release-number.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { QueryTold, SourceAsked } from '../../../ports/metric-source.ts'
import type { OutsideLook, OutsideMetrics } from '../../../ports/outside-metrics.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'
import { staleMsOf } from '../polled/polled-source.ts'
import { secretOf } from '../secret-of.ts'
import { createDatadogApi, type DatadogApi, type Points } from './datadog-api.ts'

export type DatadogMetricsOptions = {
  readonly secrets: Pick<SecretStore, 'read'>
  /** Where Datadog does not say what time it is, this clock does. */
  readonly clock: Pick<Clock, 'now'>
  /** What is younger may still grow; 20 by default. */
  readonly settleSeconds?: number
}

/** Datadog keeps counts in spans of at least so long. */
export const SPAN_SECONDS = 10
export const SERIES_MAX = 1_000
const WINDOW_SECONDS_MAX = 3_600
const RELEASES_KEPT = 20

type Sums = { requests: number; errors: number; lastSeconds: number }

type Place = {
  /** How far its clock is before ours. */
  aheadSeconds: number
  lastSeconds: number | null
  readonly sums: Map<ReleaseNumber, Sums>
}

type Look = {
  readonly api: DatadogApi
  readonly asked: SourceAsked
  readonly place: Place
  readonly fromSeconds: number
  readonly toSeconds: number
  readonly settleSeconds: number
}

export function createDatadogMetrics(options: DatadogMetricsOptions): OutsideMetrics {
  const { secrets, clock, settleSeconds = 20 } = options
  const places = new Map<string, Place>()

  return {
    look: async (environment, asked, signal) => {
      const { source, everyMs } = asked.analysis
      if (source.kind !== 'datadog')
        throw new PortFailure('is no Datadog', { code: 'metric-source/unreadable', again: 'never' })
      const key = (name: string): Promise<string> => secretOf(secrets, environment, name, asked.secrets)
      const [apiKey, applicationKey] = [await key(source.apiKey), await key(source.applicationKey)]
      const api = createDatadogApi({ url: source.url, apiKey, applicationKey, signal })
      const placeKey = `${environmentKey(environment)} ${JSON.stringify(asked.analysis)}`
      const place = places.get(placeKey) ?? { aheadSeconds: 0, lastSeconds: null, sums: new Map() }
      places.set(placeKey, place)
      const toSeconds = clock.now() / 1_000 + place.aheadSeconds
      const freshSeconds = staleMsOf(everyMs) / 1_000 + settleSeconds + 2 * SPAN_SECONDS
      const windowSeconds = Math.max(
        freshSeconds,
        toSeconds - (place.lastSeconds ?? toSeconds) + freshSeconds,
      )
      const fromSeconds = toSeconds - Math.min(WINDOW_SECONDS_MAX, windowSeconds)
      return lookAt({ api, asked, place, fromSeconds, toSeconds, settleSeconds })
    },
  }

  async function lookAt(look: Look): Promise<OutsideLook> {
    const { asked, place } = look
    const { counts } = asked.analysis
    const counted = counts === undefined ? null : await countsOf(look, counts)
    const queries = await Promise.all(asked.queries.map((query) => queried(look, query)))
    place.lastSeconds = look.toSeconds
    return {
      arms: counted?.arms ?? [],
      missing: counted?.missing ?? [],
      told: queries.flatMap(({ told }) => told),
      troubles: queries.flatMap(({ trouble }) => trouble ?? []),
    }
  }

  async function countsOf(look: Look, counts: CountedThere): Promise<Pick<OutsideLook, 'arms' | 'missing'>> {
    const [requests, errors] = await Promise.all([
      spansOf(look, counts.requests),
      spansOf(look, counts.errors),
    ])
    look.place.aheadSeconds += requests.nowSeconds - look.toSeconds
    const settledSeconds = requests.nowSeconds - look.settleSeconds - SPAN_SECONDS
    const missing: { release: ReleaseNumber; why: string }[] = []
    for (const { release } of look.asked.releases) {
      const [mine, failed] = [requests.of(release), errors.of(release)]
      const why = whyMissing(look, release, { counts, requests, errors, settledSeconds })
      if (why === undefined) addUp(look.place, release, { mine, failed, settledSeconds })
      else missing.push({ release, why })
    }
    const isMissing = new Set(missing.map(({ release }) => release))
    const arms = [...look.place.sums].flatMap(([release, { requests: all, errors: wrong }]) =>
      isMissing.has(release) ? [] : [{ release, requests: all, errors: wrong, latency: [] }],
    )
    return { arms, missing }
  }
}

type Spans = {
  readonly nowSeconds: number
  readonly isEmpty: boolean
  /** Values of the tag that names the version, also of those that name no release that serves. */
  readonly values: readonly string[]
  /** Counts of a release by the beginning of each span; NaN where one is none. */
  of(release: ReleaseNumber): ReadonlyMap<number, number>
}

async function spansOf({ api, asked, fromSeconds, toSeconds }: Look, text: string): Promise<Spans> {
  const metric = parseMetricQuery(text)
  if (metric === null)
    throw new PortFailure(`does not understand what it is asked: ${text}`, {
      code: 'metric-source/bad-query',
      again: 'never',
    })
  const { version } = asked.analysis
  const { series, nowSeconds } = await api.query(
    countsBy(metric, version, SPAN_SECONDS),
    fromSeconds,
    toSeconds,
  )
  if (series.length > SERIES_MAX)
    throw new PortFailure(`more than ${SERIES_MAX} series fit ${text}; name fewer of them`, {
      code: 'metric-source/too-many-series',
      again: 'retry',
    })
  const byRelease = Map.groupBy(series, (one) => releaseOfVersion(valueOf(one, version), asked.releases))
  return {
    nowSeconds,
    isEmpty: series.length === 0,
    values: [...new Set(series.map((one) => valueOf(one, version)))].toSorted(),
    of: (release) => addedUp(byRelease.get(release) ?? []),
  }
}

function addedUp(series: readonly Points[]): ReadonlyMap<number, number> {
  const sums = new Map<number, number>()
  for (const { points } of series)
    for (const [atSeconds, value] of points) {
      if (value === null) continue
      // A point that comes twice in one series would be counted twice; of several series the spans are added up.
      sums.set(
        atSeconds,
        (sums.get(atSeconds) ?? 0) + (value >= 0 && Number.isFinite(value) ? value : Number.NaN),
      )
    }
  return sums
}

function valueOf({ tags }: Points, tag: string): string {
  const found = tags.find((one) => one.startsWith(`${tag}:`))
  return found === undefined ? '' : found.slice(tag.length + 1).trim()
}

function whyMissing(
  { asked, settleSeconds }: Look,
  release: ReleaseNumber,
  {
    counts,
    requests,
    errors,
    settledSeconds,
  }: {
    readonly counts: CountedThere
    readonly requests: Spans
    readonly errors: Spans
    readonly settledSeconds: number
  },
): string | undefined {
  const name = releaseName(release)
  const mine = requests.of(release)
  if (requests.isEmpty) return `nothing fits ${counts.requests}`
  if (mine.size === 0) {
    const { version } = asked.analysis
    const seen = requests.values.slice(-5).map((value) => JSON.stringify(value === '' ? 'N/A' : value))
    return `nothing is told of ${name}: of what fits ${counts.requests}, ${version} is ${seen.join(', ')}`
  }
  const freshSeconds = staleMsOf(asked.analysis.everyMs) / 1_000 + settleSeconds
  if (settledSeconds - Math.max(...mine.keys()) > freshSeconds) return `nothing new is told of ${name}`
  if ([...mine.values(), ...errors.of(release).values()].some(Number.isNaN))
    return `a value of ${name} cannot be`
  // No errors are a fact where the same metric counts what went well; of a metric of their own nobody knows.
  const isSameMetric = parseMetricQuery(counts.errors)?.metric === parseMetricQuery(counts.requests)?.metric
  if (errors.isEmpty && !isSameMetric)
    return `nothing fits ${counts.errors}; count it from zero on, so that none can be told from not counted`
  return undefined
}

/** Spans that are over and settled, each once. */
function addUp(
  { sums }: Place,
  release: ReleaseNumber,
  {
    mine,
    failed,
    settledSeconds,
  }: {
    readonly mine: ReadonlyMap<number, number>
    readonly failed: ReadonlyMap<number, number>
    readonly settledSeconds: number
  },
): void {
  const known = sums.get(release) ?? { requests: 0, errors: 0, lastSeconds: Number.NEGATIVE_INFINITY }
  const isNew = (atSeconds: number): boolean => atSeconds > known.lastSeconds && atSeconds <= settledSeconds
  const more = (spans: ReadonlyMap<number, number>): number =>
    [...spans].reduce((sum, [atSeconds, value]) => (isNew(atSeconds) ? sum + value : sum), 0)
  const ends = [...mine.keys(), ...failed.keys()].filter(isNew)
  sums.delete(release)
  sums.set(release, {
    requests: known.requests + Math.round(more(mine)),
    errors: known.errors + Math.round(more(failed)),
    lastSeconds: Math.max(known.lastSeconds, ...ends),
  })
  const [oldest] = sums.keys()
  if (sums.size > RELEASES_KEPT && oldest !== undefined) sums.delete(oldest)
}

/** The last value of each version. */
async function queried(
  { api, asked, fromSeconds, toSeconds }: Look,
  query: string,
): Promise<{ readonly told: readonly QueryTold[]; readonly trouble: string | null }> {
  const { version } = asked.analysis
  const nothing = (trouble: string) => ({ told: [], trouble: `${query}: ${trouble}` })
  const found = await api.query(query, fromSeconds, toSeconds).catch((error: unknown) => {
    if (error instanceof PortFailure && error.code === 'metric-source/bad-query') return error
    throw error
  })
  if (found instanceof PortFailure) return nothing(found.message)
  if (found.series.length === 0) return nothing('nothing fits it')
  if (found.series.length > SERIES_MAX) return nothing(`more than ${SERIES_MAX} series fit it`)
  if (found.series.every((one) => valueOf(one, version) === ''))
    return nothing(`none of it has the tag ${version}; write by {${version}} after it`)
  const told: QueryTold[] = []
  for (const { release } of asked.releases) {
    const [only, another] = found.series.filter(
      (one) => releaseOfVersion(valueOf(one, version), asked.releases) === release,
    )
    if (another !== undefined) return nothing(`has several values of ${releaseName(release)}`)
    const value = only?.points.findLast(([, each]) => each !== null)?.[1]
    if (typeof value === 'number' && Number.isFinite(value)) told.push({ query, release, value })
  }
  return { told, trouble: null }
}
