// What every source of instance metrics promises. Run it from an adapter's own tests:
// `instanceMetricsContract('scrape', createLab)`.
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { parseMetricName, type MetricName } from '../../domain/analysis/alarms/metric-name.ts'
import type { InstanceAsked, InstanceMetrics, InstanceTold } from '../../ports/instance-metrics.ts'

/** One instance; it tells nothing until it is told what. */
export type InstanceLab = {
  readonly asked: InstanceAsked
  /** A counter by label `of`, and a gauge; undefined takes it away. */
  count(name: string, of: string, value: number | undefined): void
  gauge(name: string, value: number | undefined): void
  /** It takes questions and never answers. */
  hang(): void
  stop(): Promise<void>
}

export type InstancesLab = {
  readonly source: InstanceMetrics
  instance(id: string): Promise<InstanceLab>
}

const JOBS = name('jobs_total')
const QUEUE = name('queue_length')

export function instanceMetricsContract(adapter: string, createLab: () => Promise<InstancesLab>): void {
  describe(`instance metrics contract: ${adapter}`, () => {
    test('each instance tells for itself, in the order in which they were asked', async () => {
      const { source, instance } = await createLab()
      const [one, two] = [await instance('one'), await instance('two')]
      one.count('jobs_total', 'mail', 3)
      two.count('jobs_total', 'mail', 5)
      const told = await source.read([two.asked, one.asked], [JOBS])
      expect(told.map(({ id, values }) => [id, values.get('jobs_total')])).toEqual([
        ['two', { kind: 'counter', value: 5 }],
        ['one', { kind: 'counter', value: 3 }],
      ])
      expect(told.map(({ trouble }) => trouble)).toEqual(['', ''])
    })

    test('series that fit a name are added up, and labels narrow it', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.count('jobs_total', 'mail', 3)
      one.count('jobs_total', 'bills', 4)
      const narrow = name('jobs_total{of="bills"}')
      expect(valuesOf(await source.read([one.asked], [JOBS, narrow]))).toEqual([
        ['jobs_total', 7],
        ['jobs_total{of="bills"}', 4],
      ])
    })

    test('gauges and counters are told apart, and a counter that began anew is told as it is', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.count('jobs_total', 'mail', 90)
      one.gauge('queue_length', -2.5)
      const [before] = await source.read([one.asked], [JOBS, QUEUE])
      expect(before?.values.get('jobs_total')?.kind).toBe('counter')
      expect(before?.values.get('queue_length')).toEqual({ kind: 'gauge', value: -2.5 })
      one.count('jobs_total', 'mail', 2)
      const [after] = await source.read([one.asked], [JOBS])
      expect(after?.values.get('jobs_total')).toEqual({ kind: 'counter', value: 2 })
      expect(after?.atMs).toBeGreaterThanOrEqual(before?.atMs ?? Infinity)
    })

    test('zero is told as zero, and what is not there is missing with a reason', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.gauge('queue_length', 0)
      const [told] = await source.read([one.asked], [JOBS, QUEUE])
      expect([...(told?.values ?? [])]).toEqual([['queue_length', { kind: 'gauge', value: 0 }]])
      expect(told?.trouble).toContain('jobs_total')
    })

    test('the nearest name there is stands in the reason', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.gauge('queue_lenght', 4)
      const [told] = await source.read([one.asked], [QUEUE])
      expect(told?.trouble).toContain('did you mean queue_lenght?')
    })

    test.each([Number.NaN, Infinity, -Infinity])('%d is missing, and never a number', async (value) => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.gauge('queue_length', value)
      const [told] = await source.read([one.asked], [QUEUE])
      expect(told?.values.size).toBe(0)
      expect(told?.trouble).toMatch(/\w/)
    })

    test('a counter below zero is missing', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      one.count('jobs_total', 'mail', -3)
      const [told] = await source.read([one.asked], [JOBS])
      expect(told?.values.size).toBe(0)
    })

    test('a name that more than a thousand series fit is missing', async () => {
      const { source, instance } = await createLab()
      const one = await instance('one')
      for (let of = 0; of < 1_001; of += 1) one.count('jobs_total', String(of), 1)
      const [told] = await source.read([one.asked], [JOBS])
      expect(told?.values.size).toBe(0)
      expect(told?.trouble).toContain('more than 1000 series')
    })

    test('one that hangs, and one that is gone, take nothing from the others, and told nothing', async () => {
      const { source, instance } = await createLab()
      const [good, slow, gone] = [await instance('good'), await instance('slow'), await instance('gone')]
      good.count('jobs_total', 'mail', 1)
      slow.hang()
      await gone.stop()
      const told = await Promise.race([
        source.read([good.asked, slow.asked, gone.asked], [JOBS]),
        wait(10_000).then((): readonly InstanceTold[] => []),
      ])
      expect(told.map(({ id, values, trouble }) => [id, values.size, trouble === ''])).toEqual([
        ['good', 1, true],
        ['slow', 0, false],
        ['gone', 0, false],
      ])
    })

    test('nobody is asked of nothing', async () => {
      const { source } = await createLab()
      expect(await source.read([], [JOBS])).toEqual([])
    })
  })
}

function name(text: string): MetricName {
  const found = parseMetricName(text)
  if (found === null) throw new Error(`${text} is no name`)
  return found
}

function valuesOf([told]: readonly InstanceTold[]): readonly (readonly [string, number])[] {
  return [...(told?.values ?? [])].map(([metric, { value }]) => [metric, value])
}
