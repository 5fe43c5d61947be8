// The built-in routers as a metric source: real sockets, real releases.
import type { RequestListener } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import {
  arm,
  get,
  PRODUCTION,
  startLab,
  startRelease,
  systemClock,
} from '../../../../test/router/router-lab.ts'
import {
  metricSourceContract,
  type Answered,
  type MetricLab,
} from '../../../extend/contracts/metric-source.contract.ts'
import { createRouterMetrics } from './router-metrics.ts'

metricSourceContract('router', routerLab, { hasLatency: true, lateMsMax: 20_000 })

async function routerLab(): Promise<MetricLab> {
  /** What is still to be answered wrong, and how slowly everything is. */
  const ways = new Map<number, { wrong: number; ms: number }>()
  const listenerOf =
    (release: number): RequestListener =>
    (_, answer) => {
      const way = ways.get(release)
      const isWrong = way !== undefined && way.wrong > 0
      if (isWrong) way.wrong -= 1
      void wait(way?.ms ?? 0).then(() => answer.writeHead(isWrong ? 500 : 200).end('well'))
    }
  const ports = new Map<number, number>()
  for (const release of [1, 2])
    ports.set(release, (await startRelease(`r${release}`, listenerOf(release))).port)
  let lab = await startLab()
  // Plans go on being numbered where a router comes after another.
  const { stateDir, apply } = lab

  const serve = async (only: number): Promise<void> => {
    const arms = [...ports].map(([release, port]) => arm(release, release === only ? 100 : 0, [port]))
    await apply({ arms })
  }
  const restart = async (): Promise<void> => {
    await lab.router.stop()
    lab = await startLab({ stateDir })
  }
  const answer = async (release: number, { requests, errors, ms }: Answered): Promise<void> => {
    ways.set(release, { wrong: errors, ms })
    await serve(release)
    await Promise.all(Array.from({ length: requests }, () => get(lab.port, 'shop.localhost')))
  }

  return {
    source: createRouterMetrics({ stateDir, clock: systemClock }),
    environment: PRODUCTION,
    asked: () => undefined,
    serve: async () => serve(1),
    answer,
    restart,
    breakOff: () => lab.router.stop(),
    mend: async () => {
      lab = await startLab({ stateDir })
    },
  }
}
