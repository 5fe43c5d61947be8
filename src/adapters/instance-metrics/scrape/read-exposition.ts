// Text as programs expose it for Prometheus, or by OpenMetrics: only the series that somebody asked for are read, line by
// line, so that whatever else stands in it costs next to nothing and breaks nothing.
import { nearest } from '../../../api/nearest.ts'
import { unescaped, type MetricName } from '../../../domain/analysis/alarms/metric-name.ts'

export type Exposed = {
  readonly values: ReadonlyMap<string, { readonly kind: 'counter' | 'gauge'; readonly value: number }>
  /** Why an asked one is not in `values`, by its text. */
  readonly missing: ReadonlyMap<string, string>
}

/** More that fit one name are a mistake of the name, and nothing to add up every second. */
export const SERIES_MAX = 1_000

type Sum = { value: number; readonly series: Set<string>; trouble: string | null }
type Sample = {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

export function readExposition(text: string, metrics: readonly MetricName[]): Exposed {
  const names = new Set(metrics.map(({ name }) => name))
  const types = new Map<string, string>()
  const sums = new Map(
    metrics.map((metric) => [metric, { value: 0, series: new Set(), trouble: null } as Sum]),
  )
  for (const line of linesOf(text)) {
    if (line.startsWith('#')) {
      const [, word, name, type] = line.split(/\s+/, 4)
      if (word === 'TYPE' && name !== undefined && type !== undefined) types.set(name, type)
      continue
    }
    const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]
    if (name === undefined || !names.has(name)) continue
    const sample = readSample(line, name)
    for (const [metric, sum] of sums) if (metric.name === name) addTo(sum, metric, sample)
  }
  return told(sums, types, text)
}

/** Without splitting all of it: most of it is not asked for. */
function* linesOf(text: string): Iterable<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from)
    const to = end < 0 ? text.length : end
    yield text.slice(from, text[to - 1] === '\r' ? to - 1 : to)
    from = to + 1
  }
}

const LABEL = /[\s,]*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"/y
/** The value, then perhaps a time, then perhaps an exemplar. */
const REST = /^\s+([^\s#]+)(?:\s+[-+.\deE]+)?\s*(?:#.*)?$/

/** Null for a line that cannot be read. */
function readSample(line: string, name: string): Sample | null {
  const labels = new Map<string, string>()
  let rest = line.slice(name.length)
  const open = /^\s*\{/.exec(rest)
  if (open) {
    LABEL.lastIndex = open[0].length
    let end = LABEL.lastIndex
    for (let label = LABEL.exec(rest); label; label = LABEL.exec(rest)) {
      const [, key = '', value = ''] = label
      if (labels.has(key)) return null
      labels.set(key, unescaped(value))
      end = LABEL.lastIndex
    }
    const close = /^\s*(?:,\s*)?\}/.exec(rest.slice(end))
    if (!close) return null
    rest = ` ${rest.slice(end + close[0].length)}`
  }
  const value = REST.exec(rest)?.[1]
  return value === undefined ? null : { name, labels, value: numberOf(value) }
}

function numberOf(text: string): number {
  if (/^\+?inf(inity)?$/i.test(text)) return Infinity
  if (/^-inf(inity)?$/i.test(text)) return -Infinity
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
}

function addTo(sum: Sum, metric: MetricName, sample: Sample | null): void {
  if (sum.trouble !== null) return
  if (sample === null) {
    sum.trouble = `a line of ${metric.name} cannot be read`
    return
  }
  const { labels, value } = sample
  if (!metric.labels.every(([label, wanted]) => (labels.get(label) ?? '') === wanted)) return
  const series = JSON.stringify([...labels].toSorted(([left], [right]) => (left < right ? -1 : 1)))
  if (sum.series.has(series)) sum.trouble = `a series of ${metric.name} stands there twice`
  else if (sum.series.size >= SERIES_MAX) sum.trouble = `more than ${SERIES_MAX} series fit ${metric.text}`
  else if (!Number.isFinite(value)) sum.trouble = `a value of ${metric.name} is not a number`
  sum.series.add(series)
  sum.value += value
}

function told(sums: ReadonlyMap<MetricName, Sum>, types: ReadonlyMap<string, string>, text: string): Exposed {
  const values = new Map<string, { readonly kind: 'counter' | 'gauge'; readonly value: number }>()
  const missing = new Map<string, string>()
  for (const [metric, { value, series, trouble }] of sums) {
    const kind = isCounter(metric.name, types) ? 'counter' : 'gauge'
    if (trouble !== null) missing.set(metric.text, trouble)
    else if (series.size === 0) missing.set(metric.text, whyNone(metric, text))
    else if (!Number.isFinite(value) || (kind === 'counter' && value < 0))
      missing.set(metric.text, `the value of ${metric.text} cannot be`)
    else values.set(metric.text, { kind, value })
  }
  return { values, missing }
}

const NAMES_MAX = 2_000

/** With the nearest name there is; the text is read again for it, which is only done while something is missing. */
function whyNone({ text: wanted, name }: MetricName, text: string): string {
  const names = new Set<string>()
  for (const line of linesOf(text)) {
    const found = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0]
    if (found !== undefined) names.add(found)
    if (names.size >= NAMES_MAX) break
  }
  if (names.has(name)) return `nothing is called ${wanted}; there is ${name} with other labels`
  const near = nearest(name, [...names])
  return `nothing is called ${wanted}${near === null ? '' : `; did you mean ${near}?`}`
}

/** OpenMetrics names the family, and each of its series has an ending of its own. */
function isCounter(name: string, types: ReadonlyMap<string, string>): boolean {
  const ending = /_(total|count|sum|bucket)$/.exec(name)
  const type = types.get(name) ?? (ending ? types.get(name.slice(0, ending.index)) : undefined)
  if (type === undefined || type === 'untyped' || type === 'unknown') return ending !== null
  return type === 'counter' || ((type === 'histogram' || type === 'summary') && ending !== null)
}
