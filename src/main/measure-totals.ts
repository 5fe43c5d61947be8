// Counters for Prometheus by release, track and dimension, added up from the windows that were stored since the server
// started. Series stay few: the heaviest values of each dimension, and nothing of what nobody asked for lately.
import { bucketMs } from '../domain/analysis/latency-histogram.ts'
import type { Counts, MeasuredArm } from '../domain/analysis/measures/measured.ts'
import { RollUp } from '../domain/analysis/measures/roll-up.ts'
import { environmentKey, type Environment } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'
import type { TakenWindow } from '../ports/measure-source.ts'

/** Per release, track and dimension. */
const VALUES_SHOWN = 20
const FORGOTTEN_MS = 3_600_000
/** Upper edges, as buckets of the grid: each four times the one before, from 0.1 ms to 26 s. */
const EDGES = Array.from({ length: 10 }, (_, at) => at * 16)

type Series = { readonly environment: Environment; readonly sum: RollUp; lastMs: number }

export type MeasureTotals = {
  add(taken: Pick<TakenWindow, 'environment' | 'window'>): void
  /** Prometheus text. */
  text(nowMs: number): string
}

export function createMeasureTotals(): MeasureTotals {
  const all = new Map<string, Series>()
  return {
    add: ({ environment, window }) => {
      for (const arm of window.arms) {
        const name = `${environmentKey(environment)}/${arm.release}/${arm.track ?? ''}`
        const series = all.get(name) ?? { environment, sum: new RollUp(VALUES_SHOWN), lastMs: 0 }
        all.set(name, series)
        series.sum.add([arm])
        series.lastMs = Math.max(series.lastMs, window.from)
      }
    },
    text: (nowMs) => {
      for (const [name, { lastMs }] of all) if (lastMs + FORGOTTEN_MS < nowMs) all.delete(name)
      const arms = [...all.values()].flatMap(({ environment, sum }) =>
        sum.read().map((arm) => ({ arm, labels: labelsOf(environment, arm) })),
      )
      const each = (lines: (arm: MeasuredArm, labels: string) => readonly string[]): readonly string[] =>
        arms.flatMap(({ arm, labels }) => lines(arm, labels))
      const text = [
        ...about('sluice_requests_total', 'counter', 'Requests by release and track'),
        ...each(({ total }, labels) => [`sluice_requests_total{${labels}} ${total.requests}`]),
        ...about('sluice_errors_total', 'counter', 'Failed requests by release and track'),
        ...each(({ total }, labels) => [`sluice_errors_total{${labels}} ${total.errors}`]),
        ...about('sluice_latency_seconds', 'histogram', "From a request's head to its answer's head"),
        ...each(({ total }, labels) => histogram(total, labels)),
        ...about('sluice_dimension_requests_total', 'counter', 'Requests by what run.measureBy names'),
        ...each((arm, labels) => dimensionLines('requests', arm, labels)),
        ...about('sluice_dimension_errors_total', 'counter', 'Failed requests by what run.measureBy names'),
        ...each((arm, labels) => dimensionLines('errors', arm, labels)),
      ]
      return `${text.join('\n')}\n`
    },
  }
}

function about(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function labelsOf({ service, stage }: Environment, { release, track }: MeasuredArm): string {
  const labels = { service, stage, release: releaseName(release).replace('#', ''), track: track ?? '' }
  return Object.entries(labels).map(labelText).join(',')
}

function labelText([name, value]: readonly [string, string]): string {
  const safe = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `${name}="${safe}"`
}

function histogram({ latency }: Counts, labels: string): readonly string[] {
  const upTo = (edge: number): number =>
    latency.reduce((sum, [bucket, count]) => sum + (bucket <= edge ? count : 0), 0)
  const count = upTo(Infinity)
  const bucket = (le: string, value: number) => `sluice_latency_seconds_bucket{${labels},le="${le}"} ${value}`
  return [
    ...EDGES.map((edge) => bucket(String(Number((bucketMs(edge) / 1_000).toPrecision(6))), upTo(edge))),
    bucket('+Inf', count),
    `sluice_latency_seconds_count{${labels}} ${count}`,
  ]
}

function dimensionLines(of: 'requests' | 'errors', arm: MeasuredArm, labels: string): readonly string[] {
  return arm.dimensions.flatMap(({ dimension, values, other }) => {
    const line = (value: string, count: number): string =>
      `sluice_dimension_${of}_total{${labels},${labelText(['dimension', dimension])},${value}} ${count}`
    return [
      ...values.map((one) => line(labelText(['value', one.value]), one[of])),
      // A label of its own, for somebody may be called other.
      ...(other.requests > 0 ? [line('other="true"', other[of])] : []),
    ]
  })
}
