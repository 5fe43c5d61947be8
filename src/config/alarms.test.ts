import { expect, test } from 'vitest'
import { readConfig } from './read-config.ts'
import { problems, withService } from './sample-configs.ts'

const RUN = { command: 'node server.js', metrics: '/metrics' }

function withAlarms(alarms: unknown, run: unknown = RUN): Record<string, unknown> {
  return withService({ run, pipeline: [{ stage: 'production', alarms }] })
}

function alarmsOf(raw: unknown): unknown {
  const reading = readConfig(raw, '/repo')
  return reading.ok ? reading.config.services[0]?.stages[0]?.alarms : reading.problems
}

test('an alarm is three ticks in a row of what stands there, where nothing else is said', () => {
  expect(
    alarmsOf(withAlarms([{ alarm: 'memory', of: 'memoryBytes', above: 5e8 }], 'node server.js')),
  ).toEqual([
    {
      alarm: 'memory',
      of: { from: 'sluice', metric: 'memoryBytes' },
      rule: { kind: 'above', limit: 5e8 },
      ticks: 3,
      ofTicks: 3,
    },
  ])
})

test('an alarm on what instances tell has its series, its way back and its ticks', () => {
  const alarm = {
    alarm: 'sign-ups',
    metric: 'signups_total{result="invalid"}',
    per: 'request',
    above: 0.1,
    clear: 0.05,
    ticks: 4,
    ofTicks: 8,
  }
  expect(alarmsOf(withAlarms([alarm]))).toEqual([
    {
      alarm: 'sign-ups',
      of: {
        from: 'instances',
        metric: {
          text: 'signups_total{result="invalid"}',
          name: 'signups_total',
          labels: [['result', 'invalid']],
        },
        per: 'request',
      },
      rule: { kind: 'above', limit: 0.1 },
      ticks: 4,
      ofTicks: 8,
      clear: 0.05,
    },
  ])
})

test('a stage without alarms, and a service that tells nothing, mean what they meant before', () => {
  const reading = readConfig(withService({ pipeline: [{ stage: 'production', alarms: [] }] }), '/repo')
  if (!reading.ok) throw new Error('it is a good one')
  expect(Object.keys(reading.config.services[0]?.stages[0] ?? {})).not.toContain('alarms')
  expect(Object.keys(reading.config.services[0]?.run ?? {})).not.toContain('metrics')
})

const GOOD = { alarm: 'a', of: 'fds', above: 5 }

test.each<[alarm: unknown, problem: string]>([
  [
    { ...GOOD, of: 'fd' },
    'stage.alarms[0].of must be one of requestsPerSecond, errorPercent, latencyMsP50, latencyMsP95, latencyMsP99, cpuPercent, memoryBytes, threads, fds, readBytesPerSecond, writeBytesPerSecond, errorLinesPerSecond -> fds',
  ],
  [{ ...GOOD, abov: 5 }, 'stage.alarms[0].abov is not a key here -> above'],
  [{ alarm: 'a', above: 5 }, 'stage.alarms[0] must have one of `of`, `metric` and `query`'],
  [{ ...GOOD, metric: 'x' }, 'stage.alarms[0] must have one of `of`, `metric` and `query`'],
  [
    { alarm: 'a', metric: 'rate(x[5m])', above: 5 },
    'stage.alarms[0].metric is wrong: "rate(x[5m])" is not the name of a metric, such as signups_total or signups_total{result="invalid"}',
  ],
  [
    { alarm: 'a', of: 'fds' },
    'stage.alarms[0] has no limit: write one of `above`, `below`, `rises`, `falls`, `sigma`',
  ],
  [{ ...GOOD, below: 1 }, 'stage.alarms[0] has several limits (above, below): write an alarm for each'],
  [{ ...GOOD, per: 'request' }, 'stage.alarms[0].per is only for a `metric`'],
  [{ ...GOOD, clear: 6 }, 'stage.alarms[0].clear must be at most the limit, which is 5'],
  [
    { alarm: 'a', of: 'fds', below: 5, clear: 4 },
    'stage.alarms[0].clear must be at least the limit, which is 5',
  ],
  [{ ...GOOD, ticks: 4, ofTicks: 3 }, 'stage.alarms[0].ticks must not be more than `ofTicks`, which is 3'],
  [{ ...GOOD, ofTicks: 31 }, 'stage.alarms[0].ofTicks must be at most 30'],
  [{ alarm: 'a', of: 'fds', sigma: 0 }, 'stage.alarms[0].sigma must be above 0'],
  [{ of: 'fds', above: 5 }, 'stage.alarms[0].alarm is missing; it must be the name of the alarm'],
])('%j is a mistake', (alarm, problem) => {
  expect(problems(withAlarms([alarm]))).toEqual([problem])
})

test('two alarms of one name, and too many of them, are mistakes', () => {
  expect(problems(withAlarms([GOOD, GOOD]))).toEqual([
    'stage.alarms[1].alarm is the name of another alarm: `a`',
  ])
  const many = Array.from({ length: 11 }, (_, at) => ({ ...GOOD, alarm: `a${at}` }))
  expect(problems(withAlarms(many))).toEqual(['stage.alarms has more than 10 alarms'])
})

test('an alarm on what nobody tells is a mistake', () => {
  expect(problems(withAlarms([{ alarm: 'a', metric: 'x', above: 5 }], 'node server.js'))).toEqual([
    "stage.alarms[0].metric is told by nobody: say where instances tell their metrics, such as `run: { metrics: '/metrics' }`",
  ])
})

test('a process without a port tells no metrics', () => {
  const raw = withService({
    run: undefined,
    processes: { worker: { command: 'node worker.js', metrics: '/metrics' } },
    pipeline: [{ stage: 'production' }],
  })
  expect(problems(raw)).toEqual([
    'shop.processes.worker.metrics is for `web`: this process has no port, and is well when it goes on running',
  ])
})
