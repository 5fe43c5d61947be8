import { createRouterMetrics } from '../../src/adapters/metric-source/router/router-metrics.ts'
import { trafficPlaneContract } from '../../src/extend/contracts/traffic-plane.contract.ts'
import { startLab, systemClock } from './router-lab.ts'

trafficPlaneContract('the built-in router', async () => {
  const { traffic, port, stateDir } = await startLab()
  return { router: traffic, port, metrics: createRouterMetrics({ stateDir, clock: systemClock }) }
})
