// Everything the coordinator is given. It builds nothing itself, and knows no technology.
import type { ArtifactStore } from '../ports/artifact-store.ts'
import type { Builder } from '../ports/builder.ts'
import type { ChangeSource } from '../ports/change-source.ts'
import type { Checker } from '../ports/checker.ts'
import type { Clock } from '../ports/clock.ts'
import type { DeploymentTarget } from '../ports/deployment-target.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { InstanceMetrics } from '../ports/instance-metrics.ts'
import type { Judge } from '../ports/judge.ts'
import type { Log } from '../ports/log.ts'
import type { MetricSource } from '../ports/metric-source.ts'
import type { Notifier } from '../ports/notifier.ts'
import type { SecretStore } from '../ports/secret-store.ts'
import type { TaskRunner } from '../ports/task-runner.ts'
import type { TickStore } from '../ports/tick-store.ts'
import type { TrafficRouter } from '../ports/traffic-router.ts'

export type CoordinatorPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly eventLog: EventLog
  readonly ticks: TickStore
  readonly source: ChangeSource
  readonly builder: Builder
  readonly artifacts: ArtifactStore
  readonly target: DeploymentTarget
  readonly router: TrafficRouter
  readonly metrics: MetricSource
  /** What instances tell of themselves. Absent: nobody asks, and alarms on that hold. */
  readonly instanceMetrics?: InstanceMetrics
  readonly checker: Checker
  readonly judge: Judge
  readonly secrets: SecretStore
  readonly tasks: TaskRunner
  readonly notifiers: readonly Notifier[]
}

/** Limits and paces, with names. */
export type Paces = {
  /** Between ticks of an environment in which something is on trial. */
  readonly tickMs: number
  /** Between ticks of a calm one. */
  readonly calmTickMs: number
  /** For so long after the traffic of an environment moved it is watched closely. */
  readonly movedMs: number
  readonly snapshotEvery: number
  readonly retryMs: number
  readonly retryMsMax: number
  readonly lookMsMin: number
  readonly lookMsMax: number
  readonly callMs: number
  readonly housekeepingMs: number
}

export const defaultPaces: Paces = {
  tickMs: 1_000,
  calmTickMs: 10_000,
  movedMs: 60_000,
  snapshotEvery: 50,
  retryMs: 500,
  retryMsMax: 60_000,
  lookMsMin: 25,
  lookMsMax: 1_000,
  callMs: 15_000,
  housekeepingMs: 10 * 60_000,
}
