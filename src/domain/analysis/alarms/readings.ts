// What an alarm's rule is held against, point by point: the value itself, its change in a minute, or how far it is from
// what is usual of the baseline.
import type { AlarmDefinition } from './alarm.ts'
import { tickMetricOf } from './alarm.ts'
import type { Point } from './told.ts'

/** What one point comes to; `value` is what was told, `measure` what the limit is for. */
export type Reading = { readonly seq: number; readonly value: number; readonly measure: number }

/** A change is told from no fewer values: a few of them lie on a slope by chance. */
export const SLOPE_POINTS_MIN = 20
/** What is usual is told from no fewer values. */
export const USUAL_POINTS_MIN = 10
const MINUTE_MS = 60_000
/** A value that hardly moves is no reason to take a hair's breadth for many spreads. */
const SPREAD_MIN = 0.05
/** The median distance from the middle, as the spread of a normal distribution. */
const MAD_TO_SIGMA = 1.4826

export function readingsOf(
  { of, rule }: Pick<AlarmDefinition, 'of' | 'rule'>,
  points: readonly Point[],
  baseline: readonly Point[],
): readonly Reading[] {
  const metric = tickMetricOf(of)
  switch (rule.kind) {
    case 'above':
    case 'below':
      return valuesOf(points, metric).map(({ seq, value }) => ({ seq, value, measure: value }))
    case 'rises':
      return slopesOf(points, baseline, metric)
    case 'falls':
      return slopesOf(points, baseline, metric).map((one) => ({ ...one, measure: -one.measure }))
    case 'sigma': {
      const usual = usualOf(baseline, metric)
      if (usual === null) return []
      return valuesOf(points, metric).map(({ seq, value }) => ({
        seq,
        value,
        measure: spreadsFrom(value, usual),
      }))
    }
  }
}

/** Middle and spread of what the baseline told; null where that is too little to say what is usual. */
export function usualOf(
  baseline: readonly Point[],
  metric: string,
): { readonly middle: number; readonly spread: number } | null {
  const values = valuesOf(baseline, metric).map(({ value }) => value)
  if (values.length < USUAL_POINTS_MIN) return null
  const middle = medianOf(values)
  const away = medianOf(values.map((value) => Math.abs(value - middle)))
  return { middle, spread: spreadOf(away, middle) }
}

/** `away`: the median distance from the middle. */
export function spreadOf(away: number, middle: number): number {
  return Math.max(MAD_TO_SIGMA * away, SPREAD_MIN * Math.abs(middle))
}

/** How many spreads above the middle. */
export function spreadsFrom(
  value: number,
  { middle, spread }: { readonly middle: number; readonly spread: number },
): number {
  return spread > 0 ? (value - middle) / spread : value > middle ? Infinity : 0
}

type Value = { readonly seq: number; readonly value: number; readonly minutes: number }

/**
 * Minutes are counted by the spans: a clock on the wall may jump. Metrics stand at the same place from point to point, so
 * that it is looked for once.
 */
function valuesOf(points: readonly Point[], metric: string): readonly Value[] {
  const found: Value[] = []
  let [ms, place] = [0, -1]
  for (const { seq, spanMs, values } of points) {
    ms += spanMs
    if (values[place]?.[0] !== metric) place = values.findIndex(([name]) => name === metric)
    const value = values[place]?.[1]
    if (typeof value === 'number') found.push({ seq, value, minutes: ms / MINUTE_MS })
  }
  return found
}

/** How often the baseline told a number. */
export function timesTold(baseline: readonly Point[], metric: string): number {
  return valuesOf(baseline, metric).length
}

/** The slope of all that was told up to each point: of the difference, where the baseline mostly told it too. */
function slopesOf(points: readonly Point[], baseline: readonly Point[], metric: string): readonly Reading[] {
  const own = valuesOf(points, metric)
  const beside = new Map(valuesOf(baseline, metric).map(({ seq, value }) => [seq, value]))
  const shared = own.filter(({ seq }) => beside.has(seq))
  const isBeside = 2 * shared.length >= own.length
  const row = isBeside
    ? shared.map((one) => ({ ...one, level: one.value - (beside.get(one.seq) ?? 0) }))
    : own.map((one) => ({ ...one, level: one.value }))
  const sums = { n: 0, x: 0, y: 0, xx: 0, xy: 0 }
  return row.flatMap(({ seq, value, minutes, level }) => {
    sums.n += 1
    sums.x += minutes
    sums.y += level
    sums.xx += minutes * minutes
    sums.xy += minutes * level
    const width = sums.n * sums.xx - sums.x * sums.x
    if (sums.n < SLOPE_POINTS_MIN || width <= 0) return []
    return [{ seq, value, measure: (sums.n * sums.xy - sums.x * sums.y) / width }]
  })
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}
