// The program's own metrics, in Prometheus text. Labels are service, stage and release only: they stay few.
import { Gauge, Registry } from 'prom-client'
import type { Coordinator } from '../coordinator/coordinator.ts'

export async function programMetrics(coordinator: Coordinator, measured: string): Promise<string> {
  const registry = new Registry()
  const gauge = (name: string, help: string, labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const head = gauge('sluice_newest_release', 'Newest release of a service', ['service'])
  const live = gauge('sluice_live_release', 'Release that a stage runs', ['service', 'stage'])
  const rollout = gauge('sluice_rollout_under_way', '1 while a rollout is under way', ['service', 'stage'])
  const locks = gauge('sluice_locks', 'Locks on a stage', ['service', 'stage'])
  const hold = gauge('sluice_stage_on_hold', '1 while a stage is on hold or stuck', ['service', 'stage'])
  const requests = gauge('sluice_requests_recent', 'Requests in the last ten ticks', [
    'service',
    'stage',
    'release',
  ])
  const errors = gauge('sluice_errors_recent', 'Failed requests in the last ten ticks', [
    'service',
    'stage',
    'release',
  ])
  const troubles = gauge('sluice_troubles', 'Acts that keep failing outside', ['service'])
  for (const service of coordinator.services()) {
    const state = coordinator.state(service)
    head.set({ service }, state.head)
    troubles.set({ service }, coordinator.troubles(service).length)
    for (const stage of Object.values(state.stages)) {
      const labels = { service, stage: stage.stage }
      live.set(labels, stage.live?.release ?? 0)
      rollout.set(labels, stage.rollout ? 1 : 0)
      locks.set(labels, stage.locks.length)
      hold.set(labels, stage.hold || stage.stuck ? 1 : 0)
      for (const tick of coordinator.evidence(service, stage.stage).recent)
        for (const arm of tick.arms) {
          requests.inc({ ...labels, release: String(arm.release) }, arm.requests)
          errors.inc({ ...labels, release: String(arm.release) }, arm.errors)
        }
    }
  }
  return `${await registry.metrics()}${measured}`
}
