// The last values of what alarms are set on, release by release. Bounded, and made of recorded ticks alone.
import type { EpochMs, ReleaseNumber } from '../../names.ts'
import type { Tick } from '../tick.ts'

/** A minute while something is on trial, ten minutes of a calm time. */
export const POINTS_KEPT = 60
/** What is on trial, what is beside it, and what served before. */
const RELEASES_KEPT = 4

export type Told = { readonly release: ReleaseNumber; readonly points: readonly Point[] }

/** A metric that is not in `values` was not told; null says that there was nothing to measure. */
export type Point = {
  readonly seq: number
  readonly at: EpochMs
  readonly spanMs: number
  readonly values: readonly (readonly [metric: string, value: number | null])[]
}

/** Only what a release tells while it serves: what waits outside shows nothing of how it is. */
export function withTold(told: readonly Told[], tick: Tick): readonly Told[] {
  const serving = tick.arms.filter((arm) => arm.weightPercent > 0 && arm.metrics !== undefined)
  if (serving.length === 0) return told
  const now = serving.map(({ release, metrics = [] }): Told => {
    const points = told.find((one) => one.release === release)?.points ?? []
    const { seq, at, spanMs } = tick
    const values =
      tick.spoilt === true ? [] : metrics.filter(([, value]) => value === null || Number.isFinite(value))
    return { release, points: [...points, { seq, at, spanMs, values }].slice(-POINTS_KEPT) }
  })
  const others = told.filter(({ release }) => now.every((one) => one.release !== release))
  return [...others, ...now].slice(-RELEASES_KEPT)
}

/** Points of several releases as one row, in order of time. */
export function pointsOf(told: readonly Told[], releases: readonly ReleaseNumber[]): readonly Point[] {
  const rows = told.filter(({ release }) => releases.includes(release)).map(({ points }) => points)
  const [only, ...more] = rows
  if (only === undefined || more.length === 0) return only ?? []
  return rows.flat().toSorted((left, right) => left.seq - right.seq)
}

/** Undefined: it was not told. */
export function valueAt({ values }: Point, metric: string): number | null | undefined {
  return values.find(([name]) => name === metric)?.[1]
}
