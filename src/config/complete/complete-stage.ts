// One stage with every default filled in.
import type {
  ApprovalDefinition,
  BakeDefinition,
  CheckDefinition,
  RolloutStep,
  StageDefinition,
  WindowDefinition,
} from '../../domain/pipeline/definition.ts'
import type { ConfigPath } from '../config-mistake.ts'
import type { WrittenStage } from '../schema/stage-schema.ts'
import { writeDuration } from '../words/duration.ts'
import { describeRollout, expandRollout, rolloutMs, type WrittenStep } from '../words/rollout.ts'
import { completeAlarms } from './complete-alarms.ts'
import { completeAnalysis } from './complete-analysis.ts'
import { completeInstances, type Processes } from './complete-processes.ts'
import { DEFAULTS } from './defaults.ts'
import type { ProblemList } from './problem-list.ts'
import { longestOpenMs } from './window-span.ts'

export type StagePlace = {
  readonly path: ConfigPath
  readonly isLast: boolean
  /** Names of the stages before it. */
  readonly earlier: readonly string[]
  readonly problems: ProblemList
  /** Groups of people, by name. */
  readonly people: Readonly<Record<string, readonly string[]>>
  readonly processes: Processes
  /** Where instances tell their metrics; undefined where they tell none. */
  readonly metrics: string | undefined
}

export function completeStage(written: WrittenStage, place: StagePlace): StageDefinition {
  const { instances, workers } = completeInstances(
    written.instances,
    place.processes,
    place.path,
    place.problems,
  )
  const window = completeWindow(written.window)
  const rollout = completeRollout(written.rollout, instances, place)
  checkRolloutFits(rollout, window, place)
  checkName(written.stage, place)
  sayWhatReplacingLeavesOut(written, rollout, place)
  return {
    stage: written.stage,
    instances,
    // Left out where nothing is said of it: such a configuration means what it meant before.
    ...(workers === undefined ? {} : { workers }),
    ...(place.processes.hasPort ? {} : { portless: true as const }),
    traffic: completeTraffic(written, place),
    bake: completeBake(written, place),
    window,
    rollout,
    checks: completeChecks(written.checks ?? [], place),
    inconclusive: written.inconclusive ?? (place.isLast ? 'extend' : 'promote'),
    ...(written.judge === 'thresholds' ? { judge: written.judge } : {}),
    ...analysisOf(written, place),
    ...alarmsOf(written, place),
    ...watchesOf(written, place),
    caught: written.caught ?? 'go-back',
    watchMs: written.watch ?? DEFAULTS.watchMs,
    drainMs: written.drain ?? DEFAULTS.drainMs,
    passAfterMs: written.passAfter ?? DEFAULTS.passAfterMs,
    ...(written.maintenance === undefined ? {} : { maintenance: written.maintenance }),
    ...mirrorOf(written, place),
    ...(written.ahead === undefined ? {} : { ahead: completeAhead(written.ahead, place) }),
    ...completeApproval(written, place),
    ...(written.queue === 'latest' ? { queue: 'latest' as const } : {}),
    env: written.env ?? {},
    renamedFrom: written.renamedFrom ?? null,
  }
}

/** Left out where there are none: such a configuration means what it meant before. */
function analysisOf(
  { analysis }: WrittenStage,
  { path, problems, processes: { hasPort } }: StagePlace,
): Pick<StageDefinition, 'analysis'> {
  if (analysis === undefined) return {}
  const found = completeAnalysis(analysis, { path: [...path, 'analysis'], problems, hasPort })
  return found === null ? {} : { analysis: found }
}

/** Only backwards, so that no two stages can mirror each other. */
function mirrorOf(
  { mirror, stage }: WrittenStage,
  { path, problems, earlier }: StagePlace,
): Pick<StageDefinition, 'mirror'> {
  if (mirror === undefined) return {}
  if (!earlier.includes(mirror.to))
    problems.add([...path, 'mirror', 'to'], `is no stage before ${stage}, and copies only go backwards`)
  return { mirror }
}

/** Left out where there are none, as well. */
function alarmsOf(
  { alarms = [], analysis }: WrittenStage,
  { path, problems, metrics }: StagePlace,
): Pick<StageDefinition, 'alarms'> {
  if (alarms.length === 0) return {}
  return {
    alarms: completeAlarms(alarms, {
      path: [...path, 'alarms'],
      problems,
      metrics,
      hasSource: analysis !== undefined,
    }),
  }
}

/** A service alone means its stage of the same name. */
function watchesOf(
  { watches = [], stage }: WrittenStage,
  { path, problems }: StagePlace,
): Pick<StageDefinition, 'watches'> {
  if (watches.length === 0) return {}
  for (const [index, name] of watches.entries())
    if (watches.indexOf(name) < index) problems.add([...path, 'watches', index], 'is watched already')
  return {
    watches: watches.map((name) => {
      const [service = name, other = stage] = name.split('/')
      return { service, stage: other }
    }),
  }
}

/** Where nothing has a port nobody sends requests; jobs stand for them where the output tells of some. */
function completeTraffic(
  { traffic }: WrittenStage,
  { processes, path, problems }: StagePlace,
): StageDefinition['traffic'] {
  if (processes.hasPort || processes.tellsJobs) return traffic ?? 'expected'
  if (traffic === 'expected')
    problems.add(
      [...path, 'traffic'],
      'cannot be `expected`: no process has a port, and `jobs` says of none which lines tell of one',
    )
  return 'none'
}

function completeAhead(ahead: number, place: StagePlace): number {
  if (place.isLast)
    place.problems.add(
      [...place.path, 'ahead'],
      'is for a stage with another one after it; the last has none',
    )
  return ahead
}

/** Groups are written out: the rules know people. */
function completeApproval(
  { approve, promote }: WrittenStage,
  { problems, path, people }: StagePlace,
): { readonly approve?: ApprovalDefinition } {
  if (promote !== undefined) {
    if (approve !== undefined)
      problems.add([...path, 'promote'], 'says the same as `approve`, and less; keep one of them')
    return { approve: { by: [], n: 1, own: true, byHand: true } }
  }
  if (approve === undefined) return {}
  const names = approve.by === undefined ? [] : typeof approve.by === 'string' ? [approve.by] : approve.by
  const by = [...new Set(names.flatMap((name) => people[name] ?? [name]))]
  const n = approve.n ?? 1
  if (by.length > 0 && n > by.length)
    problems.add(
      [...path, 'approve', 'n'],
      `wants ${n} approvals, and only ${by.length} ${by.length === 1 ? 'person is' : 'people are'} asked`,
    )
  return { approve: { by, n, own: approve.own ?? true, byHand: false } }
}

/** Nothing may stand beside what replaces itself: so no hotfix is checked there on its way to a later stage. */
function sayWhatReplacingLeavesOut(
  { stage, checks = [] }: WrittenStage,
  rollout: readonly RolloutStep[],
  { isLast, path, problems }: StagePlace,
): void {
  if (isLast || checks.length === 0 || !rollout.some(({ kind }) => kind === 'replace')) return
  problems.note(
    [...path, 'rollout'],
    `is \`replace\`, so nothing can stand beside what \`${stage}\` runs: a hotfix goes on to later stages without the checks of this one`,
  )
}

function checkName(stage: string, place: StagePlace): void {
  if (/^r\d+$/.test(stage)) {
    place.problems.add([...place.path, 'stage'], `cannot be \`${stage}\`: that is the address of a release`)
  }
}

function completeBake(stage: WrittenStage, place: StagePlace): BakeDefinition | null {
  const written = stage.bake ?? (place.isLast ? false : {})
  if (written === false || written === 0) return null
  const bake = typeof written === 'number' ? { for: written } : written
  const forMs = bake.for ?? DEFAULTS.bakeForMs
  if (forMs === 0) return null
  const path = [...place.path, 'bake']
  const hasTraffic = stage.traffic !== 'none' && (place.processes.hasPort || place.processes.tellsJobs)
  if (!hasTraffic && (bake.requests ?? 0) > 0) {
    place.problems.add(
      [...path, 'requests'],
      'waits for requests, but `traffic: none` says that nobody sends any',
    )
  }
  if ((bake.own ?? 0) > forMs) {
    place.problems.add([...path, 'own'], `must not be longer than \`for\`, which is ${writeDuration(forMs)}`)
  }
  if ((bake.atLeast ?? 0) > forMs)
    place.problems.add(
      [...path, 'atLeast'],
      `must not be longer than \`for\`, which is ${writeDuration(forMs)}`,
    )
  if (bake.atLeast !== undefined && stage.judge === 'thresholds')
    place.problems.add(
      [...path, 'atLeast'],
      'needs the sequential judge: fixed limits cannot show that a release is not worse',
    )
  return {
    forMs,
    ...(bake.atLeast === undefined ? {} : { atLeastMs: bake.atLeast }),
    requests: bake.requests ?? (hasTraffic ? DEFAULTS.bakeRequests : 0),
    ownMs: bake.own ?? Math.min(Math.round(forMs * DEFAULTS.bakeOwnPart), DEFAULTS.bakeOwnMsMax),
  }
}

function completeWindow(written: WrittenStage['window']): WindowDefinition | null {
  if (written === undefined) return null
  return {
    days: written.days,
    fromMinute: written.hours.fromMinute,
    toMinute: written.hours.toMinute,
    zone: written.zone,
    closedOn: [...new Set(written.except)].sort(),
  }
}

function completeRollout(
  written: WrittenStage['rollout'],
  instances: number,
  place: StagePlace,
): readonly RolloutStep[] {
  const fallback = place.isLast ? DEFAULTS.rolloutLast : DEFAULTS.rollout
  const list = written === undefined ? fallback : Array.isArray(written) ? written : [written]
  const reading = expandRollout(list.map(readStep), instances)
  if (reading.ok) return reading.steps
  const path = [...place.path, 'rollout']
  place.problems.add(
    Array.isArray(written) ? [...path, reading.index] : path,
    `cannot be: ${reading.message}`,
  )
  return []
}

function readStep(
  written:
    | string
    | { readonly step: string; readonly soak?: number | undefined; readonly confirm?: boolean | undefined },
): WrittenStep {
  return typeof written === 'string'
    ? { step: written, soakMs: null }
    : { step: written.step, soakMs: written.soak ?? null, confirm: written.confirm }
}

/** A rollout that cannot end inside its window does not start; one that never could is a mistake. */
function checkRolloutFits(
  rollout: readonly RolloutStep[],
  window: WindowDefinition | null,
  place: StagePlace,
): void {
  if (window === null) return
  const [takesMs, openMs] = [rolloutMs(rollout), longestOpenMs(window)]
  if (takesMs <= openMs) return
  place.problems.add(
    [...place.path, 'window'],
    `is open for ${writeDuration(openMs)} at a time, but the rollout takes ${writeDuration(takesMs)} (${describeRollout(rollout)}), so it would never start`,
  )
}

function completeChecks(
  written: NonNullable<WrittenStage['checks']>,
  place: StagePlace,
): readonly CheckDefinition[] {
  const checks = written.map((check, index) => completeCheck(check, [...place.path, 'checks', index], place))
  for (const [index, { check }] of checks.entries()) {
    if (checks.findIndex((other) => other.check === check) < index) {
      place.problems.add([...place.path, 'checks', index], `has the same name as another check: \`${check}\``)
    }
  }
  return checks
}

type WrittenCheck = NonNullable<WrittenStage['checks']>[number]

function completeCheck(
  written: WrittenCheck,
  path: ConfigPath,
  { problems, processes: { hasPort } }: StagePlace,
): CheckDefinition {
  const { command, http } = written
  if (http !== undefined && !hasPort)
    problems.add([...path, 'http'], 'asks for a path, and no process has a port; write a `command`')
  if ((command === undefined) === (http === undefined)) {
    problems.add(path, 'must have either a `command` or an `http` path')
  }
  for (const key of ['status', 'contains'] as const) {
    if (http === undefined && written[key] !== undefined)
      problems.add([...path, key], 'is only for `http` checks')
  }
  const shared = {
    check: written.check ?? command ?? http ?? '',
    when: written.when ?? 'entry',
    limitMs: written.limit ?? DEFAULTS.checkLimitMs,
  } as const
  if (http === undefined) return { ...shared, kind: 'command', command: command ?? '' }
  return {
    ...shared,
    kind: 'http',
    path: http,
    status: written.status ?? DEFAULTS.checkStatus,
    contains: written.contains ?? null,
  }
}
