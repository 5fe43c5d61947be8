import { expect, test } from 'vitest'
import type { AlarmDefinition } from '../domain/analysis/alarms/alarm.ts'
import { parseMetricName } from '../domain/analysis/alarms/metric-name.ts'
import type { OwnMetric } from '../domain/analysis/alarms/own-metrics.ts'
import { arm, took, tick, WELL } from '../domain/analysis/testing/ticks.ts'
import type { FleetLook, InstanceLook } from '../ports/deployment-target.ts'
import type { InstanceTold } from '../ports/instance-metrics.ts'
import { askInstances, newTroubles, toldNow, withMetrics } from './told-by-instances.ts'

function own(metric: OwnMetric): AlarmDefinition {
  return {
    alarm: metric,
    of: { from: 'sluice', metric },
    rule: { kind: 'above', limit: 1 },
    ticks: 3,
    ofTicks: 3,
  }
}

function on(text: string, per: 'second' | 'request' = 'second'): AlarmDefinition {
  const metric = parseMetricName(text)
  if (metric === null) throw new Error(`${text} is no name`)
  return { ...own('fds'), of: { from: 'instances', metric, per } }
}

function look(id: string, more: Partial<InstanceLook> = {}): InstanceLook {
  const use = { cpuMs: 0, memoryBytes: 0, threads: 0, fds: 0, readBytes: 0, writeBytes: 0, errorLines: 0 }
  return {
    id,
    host: '127.0.0.1',
    port: 20_000,
    state: 'ready',
    startedAt: 0,
    restarts: 0,
    lastWords: null,
    use,
    ...more,
  }
}

function fleet(release: number, ...instances: readonly InstanceLook[]): FleetLook {
  return { release, wanted: instances.length, instances }
}

function told(id: string, atMs: number, value: number, kind: 'counter' | 'gauge' = 'counter'): InstanceTold {
  return { id, atMs, values: new Map([['m', { kind, value }]]), trouble: '' }
}

const silent = (id: string, atMs: number): InstanceTold => ({ id, atMs, values: new Map(), trouble: 'gone' })

/** What one release with instances a and b is said to tell. */
function metrics(
  alarm: AlarmDefinition,
  before: readonly InstanceTold[],
  now: readonly InstanceTold[],
  instances: readonly InstanceLook[] = [look('a'), look('b')],
) {
  const seen = tick([arm(7, 100, { requests: 20 })])
  const known = toldNow(new Map(), before, 0)
  const after = withMetrics(seen, { alarms: [alarm], fleets: [fleet(7, ...instances)], before: known, now })
  return after.arms[0]?.metrics
}

test('a counter is told as what one instance grew in a second, each by its own time', () => {
  expect(
    metrics(on('m'), [told('a', 0, 100), told('b', 500, 0)], [told('a', 1_000, 104), told('b', 1_500, 8)]),
  ).toEqual([['m', 6]])
})

test('a counter that fell began anew', () => {
  expect(metrics(on('m'), [told('a', 0, 100)], [told('a', 2_000, 4)], [look('a')])).toEqual([['m', 2]])
})

test('a counter that was never read before is not told yet, and not taken for nothing', () => {
  expect(metrics(on('m'), [], [told('a', 1_000, 104), told('b', 1_000, 8)])).toEqual([])
})

test('a counter that was silent for a while is told over the whole while', () => {
  const first = toldNow(new Map(), [told('a', 0, 100)], 0)
  const second = toldNow(first, [silent('a', 1_000)], 1_000)
  const seen = tick([arm(7, 100)])
  const after = withMetrics(seen, {
    alarms: [on('m')],
    fleets: [fleet(7, look('a'))],
    before: second,
    now: [told('a', 2_000, 110)],
  })
  expect(after.arms[0]?.metrics).toEqual([['m', 5]])
})

test('what was silent for longer than a minute is forgotten', () => {
  expect(toldNow(toldNow(new Map(), [told('a', 0, 1)], 0), [], 60_001).size).toBe(0)
})

test('a gauge is told as the mean of the instances', () => {
  expect(metrics(on('m'), [], [told('a', 0, 1, 'gauge'), told('b', 0, 4, 'gauge')])).toEqual([['m', 2.5]])
})

test('fewer than half of the instances tell nothing of a release', () => {
  const three = [look('a'), look('b'), look('c')]
  expect(metrics(on('m'), [], [told('a', 0, 4, 'gauge'), silent('b', 0), silent('c', 0)], three)).toEqual([])
  expect(
    metrics(on('m'), [], [told('a', 0, 4, 'gauge'), told('b', 0, 2, 'gauge'), silent('c', 0)], three),
  ).toEqual([['m', 3]])
})

test('what is not ready, and what is of another release, tells nothing', () => {
  const instances = [look('a'), look('b', { state: 'unhealthy' })]
  expect(
    metrics(
      on('m'),
      [],
      [told('a', 0, 1, 'gauge'), told('b', 0, 9, 'gauge'), told('x', 0, 9, 'gauge')],
      instances,
    ),
  ).toEqual([['m', 1]])
})

test('by each request: all that grew, over all that was asked; nothing where nothing was asked', () => {
  const alarm = on('m', 'request')
  expect(
    metrics(alarm, [told('a', 0, 0), told('b', 0, 0)], [told('a', 1_000, 3), told('b', 1_000, 5)]),
  ).toEqual([['m per request', 0.4]])
  const idle = withMetrics(tick([arm(7, 100)]), {
    alarms: [alarm],
    fleets: [fleet(7, look('a'))],
    before: toldNow(new Map(), [told('a', 0, 0)], 0),
    now: [told('a', 1_000, 3)],
  })
  expect(idle.arms[0]?.metrics).toEqual([['m per request', null]])
})

test('what Sluice counts itself is there without asking anybody', () => {
  const instances = { ...WELL, wanted: 2, ready: 2, cpuMs: 600, memoryBytes: 4e6, errorLines: 3 }
  const seen = tick([arm(7, 100, { requests: 40, errors: 2, latency: took(100, 40), instances })], {
    spanMs: 2_000,
  })
  const names = [
    'requestsPerSecond',
    'errorPercent',
    'cpuPercent',
    'memoryBytes',
    'errorLinesPerSecond',
  ] as const
  const span = { alarms: names.map(own), fleets: [], before: new Map(), now: [] }
  expect(withMetrics(seen, span).arms[0]?.metrics).toEqual([
    ['sluice.requestsPerSecond', 20],
    ['sluice.errorPercent', 5],
    ['sluice.cpuPercent', 15],
    ['sluice.memoryBytes', 2e6],
    ['sluice.errorLinesPerSecond', 0.75],
  ])
  const unseen = withMetrics({ ...seen, routerSeen: false }, span).arms[0]?.metrics
  expect(unseen?.slice(0, 2)).toEqual([
    ['sluice.requestsPerSecond', null],
    ['sluice.errorPercent', null],
  ])
})

test('whoever has a port and is up is asked, where its release says; nobody, where no alarm asks', async () => {
  const asked: string[] = []
  const source = {
    read: async (all: readonly { id: string; path: string }[]) => {
      asked.push(...all.map(({ id, path }) => `${id} ${path}`))
      return []
    },
  }
  const worker = look('worker', { process: 'worker', port: 0 })
  const fleets = [fleet(7, look('a'), look('new', { state: 'starting' }), worker), fleet(6, look('old'))]
  const pathOf = (release: number) => (release === 7 ? '/metrics' : undefined)
  await askInstances(source, [own('fds')], fleets, pathOf)
  expect(asked).toEqual([])
  await askInstances(source, [on('m')], fleets, pathOf)
  expect(asked).toEqual(['a /metrics'])
})

test('of many instances no more than fifty are asked', async () => {
  const counts: number[] = []
  const source = {
    read: async (all: readonly unknown[]) => {
      counts.push(all.length)
      return []
    },
  }
  const many = Array.from({ length: 300 }, (_, at) => look(`i${at}`))
  await askInstances(source, [on('m')], [fleet(7, ...many)], () => '/metrics')
  expect(counts).toEqual([50])
})

test('a trouble that goes on is said once, and again when it came back', () => {
  const first = newTroubles(new Map(), [silent('a', 0), told('b', 0, 1)])
  expect(first.news.map(({ id }) => id)).toEqual(['a'])
  expect(newTroubles(first.known, [silent('a', 1)]).news).toEqual([])
  const well = newTroubles(first.known, [told('a', 2, 1)])
  expect(newTroubles(well.known, [silent('a', 3)]).news.map(({ id }) => id)).toEqual(['a'])
})

test('a query is told by the source, release by release, and what it came to nothing for is said', () => {
  const query: AlarmDefinition = { ...own('fds'), of: { from: 'source', query: 'sum by (version) (x)' } }
  const seen = tick([arm(7, 90), arm(8, 10)])
  const at = { alarms: [query], fleets: [], before: new Map(), now: [] }
  const both = withMetrics(seen, {
    ...at,
    queried: [
      { query: 'sum by (version) (x)', release: 7, value: 0 },
      { query: 'sum by (version) (y)', release: 8, value: 5 },
    ],
    sourceTrouble: 'Prometheus at http://p: nothing is called x',
  })
  expect(both.arms.map(({ metrics: all, untold }) => [all, untold])).toEqual([
    [[['query sum by (version) (x)', 0]], undefined],
    [[], [['query sum by (version) (x)', 'Prometheus at http://p: nothing is called x']]],
  ])
})

test('why an instance does not tell a metric goes along with the tick', () => {
  const nowhere: InstanceTold = {
    id: 'a',
    atMs: 0,
    values: new Map(),
    trouble: 'nothing is called m; did you mean n?',
  }
  const [first] = withMetrics(tick([arm(7, 100)]), {
    alarms: [on('m')],
    fleets: [fleet(7, look('a'))],
    before: new Map(),
    now: [nowhere],
  }).arms
  expect(first?.untold).toEqual([['m', 'nothing is called m; did you mean n?']])
})
