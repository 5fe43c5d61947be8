// What the alarms of a stage are set on, worked out for one tick: what Sluice counts itself, and what instances told since
// the last time. What was not told is left out, and never taken for zero.
import { tickMetricOf, type AlarmDefinition, type AlarmSubject } from '../domain/analysis/alarms/alarm.ts'
import type { MetricName } from '../domain/analysis/alarms/metric-name.ts'
import { ownMetric } from '../domain/analysis/alarms/own-metrics.ts'
import type { ArmTick, Tick } from '../domain/analysis/tick.ts'
import type { ReleaseNumber } from '../domain/names.ts'
import type { FleetLook } from '../ports/deployment-target.ts'
import type { QueryTold } from '../ports/metric-source.ts'
import type { InstanceAsked, InstanceMetrics, InstanceTold } from '../ports/instance-metrics.ts'

/** What an instance told last, by its id. */
export type ToldBefore = ReadonlyMap<string, InstanceTold>

/** Of more instances the mean is no other, and asking takes its time. */
const ASKED_MAX = 50
/** An instance that was silent for longer is known by what it tells from now on. */
const REMEMBERED_MS = 60_000

export function namesIn(alarms: readonly AlarmDefinition[]): readonly MetricName[] {
  const names = alarms.flatMap(({ of }) => (of.from === 'instances' ? [of.metric] : []))
  return [...new Map(names.map((name) => [name.text, name])).values()]
}

/** Asks all instances that can tell; `pathOf` says where a release does, if it does. */
export async function askInstances(
  source: InstanceMetrics | undefined,
  alarms: readonly AlarmDefinition[],
  fleets: readonly FleetLook[],
  pathOf: (release: ReleaseNumber) => string | undefined,
): Promise<readonly InstanceTold[]> {
  const names = namesIn(alarms)
  if (source === undefined || names.length === 0) return []
  const asked = fleets.flatMap(({ release, instances }): readonly InstanceAsked[] => {
    const path = pathOf(release)
    if (path === undefined) return []
    return instances
      .filter(({ port, process, state }) => process === undefined && port > 0 && state === 'ready')
      .slice(0, ASKED_MAX)
      .map(({ id, host, port }) => ({ id, host, port, path }))
  })
  return asked.length === 0 ? [] : source.read(asked, names)
}

/** What is new of what is missing, for the log; a trouble that goes on is said once. */
export function newTroubles(
  before: ReadonlyMap<string, string>,
  now: readonly InstanceTold[],
): { readonly known: ReadonlyMap<string, string>; readonly news: readonly InstanceTold[] } {
  const known = new Map(now.flatMap(({ id, trouble }) => (trouble === '' ? [] : [[id, trouble] as const])))
  return { known, news: now.filter(({ id, trouble }) => trouble !== '' && before.get(id) !== trouble) }
}

/** What is known for the next time. */
export function toldNow(before: ToldBefore, now: readonly InstanceTold[], atMs: number): ToldBefore {
  const heard = now.filter(({ values }) => values.size > 0)
  const silent = [...before.values()].filter((one) => atMs - one.atMs <= REMEMBERED_MS)
  return new Map([...silent, ...heard].map((one) => [one.id, one]))
}

export function withMetrics(
  tick: Tick,
  {
    alarms,
    fleets,
    before,
    now,
    queried = [],
    sourceTrouble = '',
  }: {
    readonly alarms: readonly AlarmDefinition[]
    readonly fleets: readonly FleetLook[]
    readonly before: ToldBefore
    readonly now: readonly InstanceTold[]
    /** What queries of alarms came to. Absent: there are none. */
    readonly queried?: readonly QueryTold[]
    /** Why some of them came to nothing. */
    readonly sourceTrouble?: string | undefined
  },
): Tick {
  const subjects = [...new Map(alarms.map(({ of }) => [tickMetricOf(of), of])).entries()]
  return {
    ...tick,
    arms: tick.arms.map((arm) => {
      const ready = new Set(
        fleets
          .filter(({ release }) => release === arm.release)
          .flatMap(({ instances }) => instances)
          .flatMap(({ id, process, state }) => (process === undefined && state === 'ready' ? [id] : [])),
      )
      const told = now.filter(({ id }) => ready.has(id))
      const metrics = subjects.flatMap(([name, of]): [string, number | null][] => {
        const value = valueOf(of, { tick, arm, told, before, ready: ready.size, queried })
        return value === undefined ? [] : [[name, value]]
      })
      const untold = subjects.flatMap(([name, of]): [string, string][] => {
        const why = metrics.some(([known]) => known === name) ? '' : whyUntold(of, told, sourceTrouble)
        return why === '' ? [] : [[name, why.slice(0, WHY_MAX)]]
      })
      return { ...arm, metrics, ...(untold.length === 0 ? {} : { untold }) }
    }),
  }
}

const WHY_MAX = 300

/** The same words for all instances, as far as they are: which of them it was changes from tick to tick. */
function whyUntold(of: AlarmSubject, told: readonly InstanceTold[], sourceTrouble: string): string {
  if (of.from === 'source') return sourceTrouble
  if (of.from === 'sluice') return ''
  return told.map(({ trouble }) => trouble).find((trouble) => trouble.includes(of.metric.text)) ?? ''
}

type Span = {
  readonly tick: Tick
  readonly arm: ArmTick
  readonly told: readonly InstanceTold[]
  readonly before: ToldBefore
  readonly ready: number
  readonly queried: readonly QueryTold[]
}

function valueOf(of: AlarmSubject, span: Span): number | null | undefined {
  const { tick, arm, told, before, ready, queried } = span
  if (of.from === 'sluice') return ownMetric(of.metric, arm, tick)
  if (of.from === 'source')
    return queried.find(({ query, release }) => query === of.query && release === arm.release)?.value
  const each = told.flatMap((now) => {
    const value = leveled(of.metric.text, before.get(now.id), now)
    return value === undefined ? [] : [value]
  })
  // Half of them may be the half that is well.
  if (each.length === 0 || 2 * each.length < told.length) return undefined
  const mean = each.reduce((sum, value) => sum + value, 0) / each.length
  if (!Number.isFinite(mean)) return undefined
  if (of.per === 'second') return mean
  // Whoever did not tell did as much as the others.
  if (!tick.routerSeen || arm.requests === 0 || tick.spanMs <= 0) return null
  return (mean * ready * tick.spanMs) / 1_000 / arm.requests
}

/** A gauge as it is, a counter by what it grew in a second; one that fell began anew. */
function leveled(metric: string, before: InstanceTold | undefined, now: InstanceTold): number | undefined {
  const told = now.values.get(metric)
  if (told === undefined || told.kind === 'gauge') return told?.value
  const old = before?.values.get(metric)
  const ms = now.atMs - (before?.atMs ?? 0)
  if (old === undefined || ms <= 0) return undefined
  return (1_000 * (told.value >= old.value ? told.value - old.value : told.value)) / ms
}
