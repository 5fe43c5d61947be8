// What a Prometheus server knows of the releases of an environment: counters by the label that names the version, and
// what queries of alarms come to.
import type {
  AnalysisDefinition,
  CountedThere,
} from '../../../domain/analysis/sources/analysis-definition.ts'
import { releaseOfVersion, type VersionOf } from '../../../domain/analysis/sources/version-label.ts'
import { environmentKey, type ReleaseNumber } from '../../../domain/names.ts'
import { releaseName } from '../../../domain/release-number.ts'
import type { ArmReading, QueryTold, SourceAsked } from '../../../ports/metric-source.ts'
import type { OutsideLook, OutsideMetrics } from '../../../ports/outside-metrics.ts'
import { PortFailure } from '../../../ports/port-failure.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'
import { latencyOfBuckets } from '../latency-buckets.ts'
import { staleMsOf } from '../polled/polled-source.ts'
import { secretOf } from '../secret-of.ts'
import { SeriesLedger } from '../series-ledger.ts'
import { whyNoSeries } from './name-check.ts'
import { createPrometheusApi, type PrometheusApi, type Series } from './prometheus-api.ts'

export type PrometheusMetricsOptions = { readonly secrets: Pick<SecretStore, 'read'> }

/** More that fit one selector are a mistake of it, and too much to add up again and again. */
export const SERIES_MAX = 5_000
const WINDOW_SECONDS_MAX = 600

type Place = {
  readonly ledger: SeriesLedger
  lastAtSeconds: number | null
  /** Releases that were counted, each with the edges of its latency buckets: what was told once is told again. */
  readonly edges: Map<ReleaseNumber, Set<string>>
  /** Selectors that were found to be right though nothing fits them now. */
  readonly right: Set<string>
}

/** One look at one environment. */
type Look = {
  readonly api: PrometheusApi
  readonly analysis: AnalysisDefinition
  readonly versions: readonly VersionOf[]
  readonly place: Place
  readonly nowSeconds: number
  readonly windowSeconds: number
}

export function createPrometheusMetrics({ secrets }: PrometheusMetricsOptions): OutsideMetrics {
  const places = new Map<string, Place>()

  return {
    look: async (environment, asked, signal) => {
      const { source } = asked.analysis
      if (source.kind !== 'prometheus') throw notPrometheus()
      const token =
        source.token === undefined ? null : await secretOf(secrets, environment, source.token, asked.secrets)
      const api = createPrometheusApi({ url: source.url, token, signal })
      const key = `${environmentKey(environment)} ${JSON.stringify(asked.analysis)}`
      const place = places.get(key) ?? begun()
      places.set(key, place)
      return lookAt(api, asked, place)
    },
  }
}

function begun(): Place {
  return { ledger: new SeriesLedger(), lastAtSeconds: null, edges: new Map(), right: new Set() }
}

async function lookAt(api: PrometheusApi, asked: SourceAsked, place: Place): Promise<OutsideLook> {
  const { analysis, releases } = asked
  const nowSeconds = await api.seconds()
  const sinceSeconds = nowSeconds - (place.lastAtSeconds ?? nowSeconds)
  const wanted = Math.max(staleMsOf(analysis.everyMs) / 1_000, sinceSeconds) + analysis.everyMs / 1_000
  const windowSeconds = Math.ceil(Math.min(WINDOW_SECONDS_MAX, wanted))
  const look: Look = { api, analysis, versions: releases, place, nowSeconds, windowSeconds }
  const counted = analysis.counts === undefined ? null : await countsOf(look, analysis.counts)
  const queries = await Promise.all(asked.queries.map((query) => queried(look, query)))
  place.lastAtSeconds = nowSeconds
  place.ledger.forget(nowSeconds)
  return {
    arms: counted?.arms ?? [],
    missing: counted?.missing ?? [],
    told: queries.flatMap(({ told }) => told),
    troubles: queries.flatMap(({ trouble }) => trouble ?? []),
  }
}

async function countsOf(look: Look, counts: CountedThere): Promise<Pick<OutsideLook, 'arms' | 'missing'>> {
  const [requests, errors, latency] = await Promise.all([
    rangeOf(look, counts.requests),
    rangeOf(look, counts.errors),
    counts.latency === undefined ? null : rangeOf(look, counts.latency),
  ])
  const wrong =
    (await wrongWith(look, counts.requests, requests)) ??
    (await wrongWith(look, counts.errors, errors)) ??
    (counts.latency === undefined || latency === null
      ? undefined
      : await wrongWith(look, counts.latency, latency))
  const missing: { release: ReleaseNumber; why: string }[] = []
  for (const { release } of look.versions) {
    const why =
      wrong ?? whyMissing(look, release, counts, { requests, errors, latency: latency ?? new Map() })
    if (why === undefined) addUp(look, release, { requests, errors, latency })
    else missing.push({ release, why })
  }
  const isMissing = new Set(missing.map(({ release }) => release))
  const arms = [...look.place.edges].flatMap(([release, edges]) =>
    isMissing.has(release) ? [] : [armOf(look, release, edges)],
  )
  return { arms, missing }
}

/** Series by the release that their label names; those that name none, or one that does not serve, are under null. */
type ByRelease = ReadonlyMap<ReleaseNumber | null, readonly Series[]>

async function rangeOf(
  { api, analysis, versions, windowSeconds, nowSeconds }: Look,
  selector: string,
): Promise<ByRelease> {
  const series = await api.range(selector, windowSeconds, nowSeconds)
  if (series.length > SERIES_MAX)
    throw new PortFailure(`more than ${SERIES_MAX} series fit ${selector}; name fewer of them`, {
      code: 'metric-source/too-many-series',
      again: 'retry',
    })
  return Map.groupBy(series, ({ labels }) => releaseOfVersion(labels[analysis.version] ?? '', versions))
}

/** What fits nothing at all is looked at more closely: zero errors are a fact only where errors would be counted. */
async function wrongWith(look: Look, selector: string, found: ByRelease): Promise<string | undefined> {
  const { api, analysis, place, nowSeconds } = look
  const isFound = found.size > 0
  if (isFound || place.right.has(selector)) {
    if (isFound) place.right.add(selector)
    return undefined
  }
  const why = await whyNoSeries(api, selector, { version: analysis.version, atSeconds: nowSeconds })
  if (why === undefined) place.right.add(selector)
  return why
}

function whyMissing(
  { analysis, nowSeconds }: Look,
  release: ReleaseNumber,
  counts: CountedThere,
  found: { readonly requests: ByRelease; readonly errors: ByRelease; readonly latency: ByRelease },
): string | undefined {
  const mine = found.requests.get(release) ?? []
  const name = releaseName(release)
  if (mine.length === 0) {
    const others = [...found.requests.values()].flat()
    const values = [...new Set(others.map(({ labels }) => labels[analysis.version] ?? ''))].toSorted()
    const seen = values.every((value) => value === '')
      ? `none has the label ${analysis.version}`
      : `${analysis.version} is ${values
          .slice(-5)
          .map((value) => JSON.stringify(value))
          .join(', ')}`
    return `nothing is told of ${name}: of what fits ${counts.requests}, ${seen}`
  }
  const newest = Math.max(...mine.map(({ samples }) => samples.at(-1)?.[0] ?? 0))
  if (nowSeconds - newest > staleMsOf(analysis.everyMs) / 1_000)
    return `nothing new is told of ${name}; is \`every\` how often it is scraped?`
  for (const [selector, series] of [
    [counts.requests, mine],
    [counts.errors, found.errors.get(release) ?? []],
    [counts.latency ?? '', found.latency.get(release) ?? []],
  ] as const)
    if (series.some(({ samples }) => samples.some(([, value]) => !(value >= 0 && Number.isFinite(value)))))
      return `a value of ${selector} of ${name} cannot be`
  const isAsked = mine.some(({ samples }) => (samples.at(-1)?.[1] ?? 0) > 0)
  if (counts.latency !== undefined && isAsked && found.latency.get(release) === undefined)
    return `nothing is told of how long ${name} takes: none of ${counts.latency} is of it`
  return undefined
}

/** Releases beyond these are so old that nobody asks about them any more. */
const RELEASES_KEPT = 20

function addUp(
  { analysis, place: { ledger, edges }, nowSeconds, windowSeconds }: Look,
  release: ReleaseNumber,
  found: { readonly requests: ByRelease; readonly errors: ByRelease; readonly latency: ByRelease | null },
): void {
  // Whatever was there before the window had a value at its beginning.
  const newSince = nowSeconds - windowSeconds + (1.5 * analysis.everyMs) / 1_000
  const add = (sum: string, { labels, samples }: Series): void =>
    ledger.add(sum, `${sum} ${nameOf(labels)}`, samples, newSince)
  for (const kind of ['requests', 'errors'] as const)
    for (const series of found[kind].get(release) ?? []) add(`${release} ${kind}`, series)
  const mine = edges.get(release) ?? new Set()
  for (const series of found.latency?.get(release) ?? []) {
    const edge = series.labels['le'] ?? ''
    mine.add(edge)
    add(`${release} at most ${edge}`, series)
  }
  edges.delete(release)
  edges.set(release, mine)
  const [oldest] = edges.keys()
  if (edges.size > RELEASES_KEPT && oldest !== undefined) edges.delete(oldest)
}

function nameOf(labels: Series['labels']): string {
  return JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

function armOf(
  { analysis, place: { ledger } }: Look,
  release: ReleaseNumber,
  edges: ReadonlySet<string>,
): ArmReading {
  const times = isInMs(analysis.counts?.latency ?? '') ? 1 : 1_000
  return {
    release,
    requests: Math.round(ledger.sumOf(`${release} requests`)),
    errors: Math.round(ledger.sumOf(`${release} errors`)),
    latency: latencyOfBuckets(
      [...edges].flatMap((edge) => {
        const edgeMs = edge === '+Inf' ? Infinity : Number(edge) * times
        return edge === '' || Number.isNaN(edgeMs)
          ? []
          : [[edgeMs, Math.round(ledger.sumOf(`${release} at most ${edge}`))] as const]
      }),
    ),
  }
}

/** Seconds are the custom; what counts otherwise says so in its name. */
function isInMs(selector: string): boolean {
  return /^[a-zA-Z0-9_:]*(_ms_|_milliseconds_)/.test(selector)
}

/** One value for each release; a release with two has told none that could be believed. */
async function queried(
  { api, analysis, versions, nowSeconds }: Look,
  query: string,
): Promise<{ readonly told: readonly QueryTold[]; readonly trouble: string | null }> {
  const nothing = (trouble: string) => ({ told: [], trouble: `${query}: ${trouble}` })
  const series = await api.instant(query, nowSeconds).catch((error: unknown) => {
    // One that cannot be read takes nothing from the others, nor from what is counted.
    if (error instanceof PortFailure && error.code === 'metric-source/bad-query') return error
    throw error
  })
  if (series instanceof PortFailure) return nothing(series.message)
  if (series === null) return nothing(`is no value for each version; write sum by (${analysis.version}) (…)`)
  if (series.length > SERIES_MAX) return nothing(`more than ${SERIES_MAX} series fit it`)
  if (series.length === 0) {
    const why = await whyNoSeries(api, query, { version: null, atSeconds: nowSeconds })
    return nothing(why ?? 'nothing fits it')
  }
  const told: QueryTold[] = []
  for (const { release } of versions) {
    const mine = series.filter(
      ({ labels }) => releaseOfVersion(labels[analysis.version] ?? '', versions) === release,
    )
    const [only, another] = mine
    if (only === undefined) continue
    if (another !== undefined)
      return nothing(
        `has several values of ${releaseName(release)}; write sum by (${analysis.version}) (…) around it`,
      )
    const value = only.samples.at(-1)?.[1] ?? Number.NaN
    if (!Number.isFinite(value)) return nothing(`is not a number for ${releaseName(release)}`)
    told.push({ query, release, value })
  }
  const isLabelled = series.some(({ labels }) => labels[analysis.version] !== undefined)
  if (told.length === 0 && !isLabelled) return nothing(`none of it has the label ${analysis.version}`)
  return { told, trouble: null }
}

function notPrometheus(): PortFailure {
  return new PortFailure('is no Prometheus', { code: 'metric-source/unreadable', again: 'never' })
}
