// The embedded default: everything on this machine, with nothing but Node.
import { createFolderArtifactStore } from '../adapters/artifact-store/folder/folder-artifact-store.ts'
import { createCommandBuilder } from '../adapters/builder/command/command-builder.ts'
import { createGitSource } from '../adapters/change-source/git/git-source.ts'
import { createLocalChecker } from '../adapters/checker/local/local-checker.ts'
import { createSystemClock } from '../adapters/clock/system/system-clock.ts'
import { createLocalRunner } from '../adapters/command-runner/local/local-runner.ts'
import { createProcessTarget } from '../adapters/deployment-target/process/process-target.ts'
import { createProcessTasks } from '../adapters/deployment-target/process/process-tasks.ts'
import { createSqliteEventLog, type SqliteEventLog } from '../adapters/event-log/sqlite/sqlite-event-log.ts'
import { createRandomIds } from '../adapters/ids/random/random-ids.ts'
import { createScrapedMetrics } from '../adapters/instance-metrics/scrape/scraped-metrics.ts'
import { createSequentialJudge } from '../adapters/judge/sequential/sequential-judge.ts'
import { createRouterMeasures } from '../adapters/measure-source/router/router-measures.ts'
import { createFolderMeasureStore } from '../adapters/measure-store/folder/folder-measure-store.ts'
import { createDatadogMetrics } from '../adapters/metric-source/datadog/datadog-metrics.ts'
import { createPolledSource } from '../adapters/metric-source/polled/polled-source.ts'
import { createPrometheusMetrics } from '../adapters/metric-source/prometheus/prometheus-metrics.ts'
import { createRouterMetrics } from '../adapters/metric-source/router/router-metrics.ts'
import { createEncryptedFileSecrets } from '../adapters/secret-store/encrypted-file/encrypted-file-secrets.ts'
import { KEY_VARIABLE } from '../adapters/secret-store/encrypted-file/secret-key.ts'
import { createFolderTickStore } from '../adapters/tick-store/folder/folder-tick-store.ts'
import { createHaproxyMetrics } from '../adapters/traffic-router/haproxy/haproxy-metrics.ts'
import { createHaproxyRouter, type HaproxyRouter } from '../adapters/traffic-router/haproxy/haproxy-router.ts'
import { createBuiltInLookups } from '../adapters/traffic-router/built-in/built-in-lookups.ts'
import { createBuiltInRouter } from '../adapters/traffic-router/built-in/built-in-router.ts'
import { readRecipe } from '../config/load/read-recipe.ts'
import type { CoordinatorPorts } from '../coordinator/ports.ts'
import type { Ids } from '../ports/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { LookupStore } from '../ports/lookup-store.ts'
import type { MeasureSource } from '../ports/measure-source.ts'
import type { MeasureStore } from '../ports/measure-store.ts'
import type { Judge } from '../ports/judge.ts'
import type { Log } from '../ports/log.ts'
import type { Notifier } from '../ports/notifier.ts'
import { createMetricSources } from './metric-sources.ts'
import type { Places } from './places.ts'

/** Who passes requests on, and where. */
export type TrafficSettings = {
  readonly kind: 'built-in' | 'haproxy'
  readonly host: string
  readonly port: number
  readonly suffix: string
}

export type BuiltPorts = CoordinatorPorts & {
  /** Where it is HAProxy that passes requests on. */
  readonly haproxy?: HaproxyRouter | undefined
  readonly ids: Ids
  readonly lookups: LookupStore
  readonly measureSource: MeasureSource
  readonly measures: MeasureStore
  readonly eventLog: SqliteEventLog
}

export async function buildPorts(parts: {
  readonly places: Places
  readonly log: Log
  readonly notifiers: readonly Notifier[]
  readonly traffic: TrafficSettings
  /** Another judge than the built-in one. */
  readonly judge?: Judge
}): Promise<BuiltPorts> {
  const { places, log, notifiers, traffic } = parts
  const clock = createSystemClock()
  const ids = createRandomIds()
  // First: a second server on the same store must be refused before it touches anything else.
  const eventLog = createSqliteEventLog({ file: places.store })
  const artifacts = createFolderArtifactStore({ dir: places.artifacts, clock })
  const source = createGitSource({ stateDir: places.git, log })
  const secrets = createEncryptedFileSecrets({
    file: places.secrets,
    key: { variable: process.env[KEY_VARIABLE], file: places.secretKey },
  })
  const haproxy = traffic.kind === 'haproxy' ? haproxyOf(places, traffic, { clock, log }) : undefined
  const runner = createLocalRunner({ clock, caller: process.env })
  return {
    clock,
    ids,
    log,
    eventLog,
    artifacts,
    source,
    notifiers,
    ticks: createFolderTickStore({ folder: places.ticks }),
    builder: createCommandBuilder({
      stateDir: places.builds,
      checkout: source,
      artifacts,
      runner,
      readRecipe,
      log,
    }),
    checker: createLocalChecker({ dir: places.checks, clock, artifacts, runner }),
    target: await createProcessTarget({ stateDir: places.instances, artifacts, clock, ids, secrets }),
    tasks: createProcessTasks({ stateDir: places.tasks, artifacts, clock, secrets }),
    secrets,
    lookups: createBuiltInLookups({ stateDir: places.router, clock }),
    haproxy,
    router: haproxy ?? createBuiltInRouter({ stateDir: places.router, clock }),
    measureSource: createRouterMeasures({ stateDir: places.router, clock, log }),
    measures: createFolderMeasureStore({ folder: places.measures }),
    instanceMetrics: createScrapedMetrics({ clock }),
    metrics: createMetricSources({
      router: haproxy
        ? createHaproxyMetrics({ stateDir: places.router })
        : createRouterMetrics({ stateDir: places.router, clock }),
      outside: {
        prometheus: createPolledSource({ outside: createPrometheusMetrics({ secrets }), clock }),
        datadog: createPolledSource({ outside: createDatadogMetrics({ secrets, clock }), clock }),
      },
    }),
    judge: parts.judge ?? createSequentialJudge(),
  }
}

function haproxyOf(
  places: Places,
  { host, port, suffix }: TrafficSettings,
  tools: { readonly clock: Clock; readonly log: Log },
): HaproxyRouter {
  return createHaproxyRouter({
    stateDir: places.router,
    host,
    port,
    hosts: { suffix, mappings: [] },
    ...tools,
  })
}
