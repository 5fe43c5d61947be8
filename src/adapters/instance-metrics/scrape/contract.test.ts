import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { realClock } from '../../../../test/kit/real-clock.ts'
import {
  instanceMetricsContract,
  type InstanceLab,
} from '../../../extend/contracts/instance-metrics.contract.ts'
import { createScrapedMetrics } from './scraped-metrics.ts'

/** A program that exposes what it counts as text. */
async function instance(id: string): Promise<InstanceLab> {
  const counters = new Map<string, number>()
  const gauges = new Map<string, number>()
  let isHanging = false
  const keep = (map: Map<string, number>, key: string, value: number | undefined): void => {
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }
  const server = createServer((_, answer) => {
    if (isHanging) return
    const lines = [...counters, ...gauges].map(([series, value]) => `${series} ${value}`)
    const types = [...gauges.keys()].map((name) => `# TYPE ${name} gauge`)
    answer.end(`${[...types, ...lines].join('\n')}\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(stop)
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    asked: { id, host: '127.0.0.1', port, path: '/metrics' },
    count: (name, of, value) => keep(counters, `${name}{of="${of}"}`, value),
    gauge: (name, value) => keep(gauges, name, value),
    hang: () => {
      isHanging = true
    },
    stop,
  }
}

instanceMetricsContract('scrape', async () => ({
  source: createScrapedMetrics({ clock: realClock }),
  instance,
}))
