// Alarms of one stage with every default filled in.
import {
  TICKS_DEFAULT,
  type AlarmDefinition,
  type AlarmRule,
  type AlarmSubject,
} from '../../domain/analysis/alarms/alarm.ts'
import type { ConfigPath } from '../config-mistake.ts'
import type { WrittenAlarm } from '../schema/alarm-schema.ts'
import type { ProblemList } from './problem-list.ts'

export type AlarmPlace = {
  readonly path: ConfigPath
  readonly problems: ProblemList
  /** Where instances tell their metrics; undefined where they tell none. */
  readonly metrics: string | undefined
  /** Whether the stage names a source that could be queried. */
  readonly hasSource: boolean
}

const RULES = ['above', 'below', 'rises', 'falls', 'sigma'] as const

export function completeAlarms(
  written: readonly WrittenAlarm[],
  { path, problems, metrics, hasSource }: AlarmPlace,
): readonly AlarmDefinition[] {
  return written.flatMap((alarm, index) => {
    const place = [...path, index]
    if (written.findIndex((other) => other.alarm === alarm.alarm) < index)
      problems.add([...place, 'alarm'], `is the name of another alarm: \`${alarm.alarm}\``)
    const of = subjectOf(alarm, { path: place, problems, metrics, hasSource })
    const rule = ruleOf(alarm, place, problems)
    if (of === null || rule === null) return []
    const ticks = alarm.ticks ?? Math.min(TICKS_DEFAULT, alarm.ofTicks ?? TICKS_DEFAULT)
    const ofTicks = alarm.ofTicks ?? ticks
    if (ticks > ofTicks)
      problems.add([...place, 'ticks'], `must not be more than \`ofTicks\`, which is ${ofTicks}`)
    checkClear(alarm, rule, place, problems)
    return [
      {
        alarm: alarm.alarm,
        of,
        rule,
        ticks,
        ofTicks,
        ...(alarm.clear === undefined ? {} : { clear: alarm.clear }),
      },
    ]
  })
}

function subjectOf(
  { of, metric, query, per }: WrittenAlarm,
  { path, problems, metrics, hasSource }: AlarmPlace,
): AlarmSubject | null {
  if ([of, metric, query].filter((one) => one !== undefined).length !== 1) {
    problems.add(path, 'must have one of `of`, `metric` and `query`')
    return null
  }
  if (metric !== undefined) {
    if (metrics === undefined)
      problems.add(
        [...path, 'metric'],
        "is told by nobody: say where instances tell their metrics, such as `run: { metrics: '/metrics' }`",
      )
    return { from: 'instances', metric, per: per ?? 'second' }
  }
  if (per !== undefined) problems.add([...path, 'per'], 'is only for a `metric`')
  if (query !== undefined) {
    if (!hasSource)
      problems.add(
        [...path, 'query'],
        "is asked of nobody: say where, such as `analysis: { prometheus: { url: 'http://prometheus.internal:9090' } }`",
      )
    return { from: 'source', query: query.trim() }
  }
  return of === undefined ? null : { from: 'sluice', metric: of }
}

function ruleOf(alarm: WrittenAlarm, path: ConfigPath, problems: ProblemList): AlarmRule | null {
  const rules = RULES.flatMap((kind): readonly AlarmRule[] => {
    const limit = alarm[kind]
    return limit === undefined ? [] : [{ kind, limit }]
  })
  const [rule, second] = rules
  if (rule !== undefined && second === undefined) return rule
  problems.add(
    path,
    rule === undefined
      ? 'has no limit: write one of `above`, `below`, `rises`, `falls`, `sigma`'
      : `has several limits (${rules.map(({ kind }) => kind).join(', ')}): write an alarm for each`,
  )
  return null
}

/** Beyond the limit it would be broken and clear at once. */
function checkClear({ clear }: WrittenAlarm, rule: AlarmRule, path: ConfigPath, problems: ProblemList): void {
  if (clear === undefined) return
  const isBelow = rule.kind === 'below'
  if (isBelow ? clear < rule.limit : clear > rule.limit)
    problems.add(
      [...path, 'clear'],
      `must be ${isBelow ? 'at least' : 'at most'} the limit, which is ${rule.limit}`,
    )
}
