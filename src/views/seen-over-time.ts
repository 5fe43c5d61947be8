// What was seen of one release in a stage, and of those beside it, as sums and as points in time. Pure.
import type { SeenPoint, SeenSum, SeenView } from '../api/seen.ts'
import { addArms, type ArmSum, type Evidence } from '../domain/analysis/evidence.ts'
import { counted } from './arms-seen.ts'
import { quantileMs } from '../domain/analysis/latency-histogram.ts'
import type { Tick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import { releaseName } from '../domain/release-number.ts'

/** About one a second: its last two hours. */
const TICKS_READ = 7_200
/** What was there before it came is worth seeing beside it. */
const TICKS_BEFORE = 60
const POINTS_MAX = 120
/** Beside a release serve those it is compared with; more would only be noise. */
const ARMS_MAX = 4

/** Which ticks to read for a release; undefined where it never served here, or so long ago that nobody knows. */
export function ticksOf(
  { spells }: Evidence,
  release: ReleaseNumber,
): { readonly afterSeq: number; readonly toSeq: number } | undefined {
  const served = spells.filter(({ shares }) => shares.some(([each]) => each === release))
  const first = served[0]
  const last = served.at(-1)
  if (!first || !last) return undefined
  const from = Math.max(first.fromSeq - TICKS_BEFORE, last.toSeq - TICKS_READ)
  return { afterSeq: Math.max(0, from - 1), toSeq: last.toSeq }
}

export function seenOverTime(
  place: {
    readonly stage: string
    readonly release: ReleaseNumber
    /** The source outside that counts here. Absent: the routers do. */
    readonly countedBy?: string | undefined
  },
  evidence: Evidence,
  ticks: readonly Tick[],
): SeenView {
  const { stage, release } = place
  const served = evidence.spells.filter(({ shares }) => shares.some(([each]) => each === release))
  const sums = served.reduce<readonly ArmSum[]>((all, spell) => addArms(all, spell.sums), [])
  const isShown = (each: ReleaseNumber): boolean => shown.includes(each)
  const shown = [release, ...besides(sums, release)].slice(0, ARMS_MAX)
  const stepMs = stepOf(ticks)
  const points = stepsOf(ticks, stepMs).flatMap((step) => pointOf(step, isShown) ?? [])
  return {
    stage,
    release,
    countedBy: place.countedBy ?? null,
    watchedMs: served.reduce((total, { watchedMs }) => total + watchedMs, 0),
    sums: shown.flatMap((each) => sums.filter((sum) => sum.release === each).map(sumRow)),
    stepMs,
    points,
  }
}

/** Whole seconds, so few that the points fit a chart. Ticks come each second only while something is judged. */
function stepOf(ticks: readonly Tick[]): number {
  const first = ticks[0]
  const last = ticks.at(-1)
  if (!first || !last) return 0
  const seconds = (last.at - first.at + first.spanMs) / 1000
  return Math.max(1, Math.ceil(seconds / POINTS_MAX)) * 1000
}

function stepsOf(ticks: readonly Tick[], stepMs: number): readonly (readonly Tick[])[] {
  const first = ticks[0]
  if (!first) return []
  const beganAt = first.at - first.spanMs
  const steps = Map.groupBy(ticks, ({ at }) => Math.ceil((at - beganAt) / stepMs))
  return [...steps.values()]
}

/** Others that carried traffic meanwhile, the busiest first. */
function besides(sums: readonly ArmSum[], release: ReleaseNumber): readonly ReleaseNumber[] {
  return sums
    .filter((sum) => sum.release !== release && sum.requests > 0)
    .toSorted((left, right) => right.requests - left.requests)
    .map((sum) => sum.release)
}

function sumRow({ release, requests, errors, latency }: ArmSum): SeenSum {
  return {
    release,
    name: releaseName(release),
    requests,
    errors,
    errorPercent: requests > 0 ? (100 * errors) / requests : 0,
    latencyMsP50: quantileMs(latency, 0.5) ?? null,
    latencyMsP95: quantileMs(latency, 0.95) ?? null,
  }
}

function pointOf(step: readonly Tick[], isShown: (release: ReleaseNumber) => boolean): SeenPoint | undefined {
  const last = step.at(-1)
  // Where no router told anything, there is a gap and not a zero.
  const told = step.filter(({ routerSeen }) => routerSeen)
  if (!last || told.length === 0) return undefined
  const seconds = spanMs(told) / 1000
  const sums = told.reduce<readonly ArmSum[]>((all, { arms }) => addArms(all, arms.map(counted)), [])
  const weights = new Map(told.at(-1)?.arms.map((arm) => [arm.release, arm.weightPercent]))
  return {
    at: last.at,
    arms: sums
      .filter(
        ({ release, requests }) => isShown(release) && (requests > 0 || (weights.get(release) ?? 0) > 0),
      )
      .map((sum) => {
        const { errorPercent, latencyMsP50, latencyMsP95 } = sumRow(sum)
        return {
          release: sum.release,
          weightPercent: weights.get(sum.release) ?? 0,
          requestsPerS: seconds > 0 ? sum.requests / seconds : 0,
          errorPercent,
          latencyMsP50,
          latencyMsP95,
        }
      }),
  }
}

function spanMs(ticks: readonly Tick[]): number {
  return ticks.reduce((total, tick) => total + tick.spanMs, 0)
}
