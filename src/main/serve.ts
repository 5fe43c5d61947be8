// The server process: `node src/main/serve.ts --state DIR --api-port 7070 --router-port 8080`.
import { userInfo } from 'node:os'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import closeWithGrace from 'close-with-grace'
import { createSystemClock } from '../adapters/clock/system/system-clock.ts'
import { createPinoLog } from '../adapters/log/pino/pino-log.ts'
import { createThresholdJudge } from '../adapters/judge/thresholds/threshold-judge.ts'
import { collectMeasures, type MeasuredEnvironment } from '../coordinator/collect-measures.ts'
import { type Coordinator, createCoordinator, defaultLimits } from '../coordinator/coordinator.ts'
import { defaultPaces } from '../coordinator/ports.ts'
import type { Judge } from '../ports/judge.ts'
import type { Log } from '../ports/log.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { createServer } from '../server/create-server.ts'
import { createTokenStore } from '../server/tokens.ts'
import { removeServerRecord, writeServerRecord } from '../api/server-record.ts'
import { buildPorts } from './build-ports.ts'
import { createBackups } from './backups.ts'
import { backupPlanOf } from './backup-plan.ts'
import { createControl } from './create-control.ts'
import { limitsOf } from './limits-of.ts'
import { createMeasureTotals } from './measure-totals.ts'
import { keepCompiled, keepMemorySmall } from './node-settings.ts'
import { createNotifiers } from './notifiers.ts'
import { placesIn } from './places.ts'
import { createRepositories } from './repositories.ts'
import { packageFolder, readVersion } from './version.ts'

const CLOSE_MS_MAX = 8_000

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

type Flags = {
  readonly state: string
  readonly host: string
  readonly apiPort: number
  readonly routerHost: string
  readonly routerPort: number
  readonly trafficRouter: string
  readonly suffix: string
  readonly logLevel: LogLevel
  readonly judge: string
}

async function main(): Promise<void> {
  const flags = readFlags()
  const log = createPinoLog({ level: flags.logLevel, base: { part: 'server', pid: process.pid } })
  try {
    await serve(flags, log)
  } catch (error) {
    console.error(`sluice server: ${error instanceof Error ? error.message : String(error)}`)
    // What a person must mend is a refusal; what may pass by itself is tried again by the keeper like any other end.
    process.exit(error instanceof PortFailure && error.again === 'retry' ? 1 : 78)
  }
}

async function serve(flags: Flags, log: Log): Promise<void> {
  const places = placesIn(flags.state)
  const version = readVersion()
  const notifiers = createNotifiers(log, createSystemClock())
  const ports = await buildPorts({
    places,
    log,
    notifiers: notifiers.all,
    traffic: {
      kind: flags.trafficRouter === 'haproxy' ? 'haproxy' : 'built-in',
      ...{ host: flags.routerHost, port: flags.routerPort, suffix: flags.suffix },
    },
    ...judgeOf(flags.judge),
  })
  const closing = new AbortController()
  await ports.haproxy?.begin().catch((error: unknown) => {
    // A person must mend it, and is told at once.
    throw new Error(error instanceof Error ? error.message : String(error), { cause: error })
  })
  void ports.haproxy?.guard(closing.signal)
  let limits = defaultLimits
  const coordinator = createCoordinator(ports, defaultPaces, () => limits)
  const backups = createBackups({ places, ports, coordinator })
  const repositories = createRepositories({
    eventLog: ports.eventLog,
    coordinator,
    clock: ports.clock,
    log,
    changed: async (configs) => {
      limits = limitsOf(configs)
      backups.schedule(backupPlanOf(configs))
      await notifiers.configure(configs)
    },
  })
  const measureTotals = createMeasureTotals()
  let isReady = false
  const control = createControl({
    coordinator,
    repositories,
    ports,
    backups,
    measureTotals,
    uploads: places.uploads,
    ticksFolder: places.ticks,
    addresses: { suffix: flags.suffix, port: flags.routerPort },
    version,
    isReady: () => isReady,
  })
  const webRoot = join(packageFolder(), 'dist', 'web')
  const server = await createServer({
    control,
    tokens: createTokenStore({ file: places.tokens, clock: ports.clock }),
    webRoot: existsSync(webRoot) ? webRoot : null,
    listen: { host: flags.host, port: flags.apiPort },
    user: userInfo().username,
    version,
    clock: ports.clock,
    ids: ports.ids,
    log,
  })
  let stopMeasuring = async (): Promise<void> => undefined
  closeWithGrace({ delay: CLOSE_MS_MAX, logger: false }, async ({ err }) => {
    if (err) log.error({ error: err }, 'the server met a defect and ends; its keeper starts it again')
    closing.abort()
    await server.close()
    await stopMeasuring()
    await repositories.stop()
    await backups.stop()
    await coordinator.stop()
    await Promise.all([
      ports.builder.close?.(),
      ports.target.close(),
      ports.ticks.close(),
      ports.measures.close(),
    ])
    await ports.eventLog.close()
    await removeServerRecord(places.state)
  })
  await coordinator.start()
  await repositories.recover()
  const collecting = collectMeasures({
    environments: () => measuredEnvironments(coordinator),
    source: ports.measureSource,
    store: ports.measures,
    clock: ports.clock,
    log,
    onWindow: (taken) => measureTotals.add(taken),
  })
  stopMeasuring = () => collecting.stop()
  isReady = true
  await writeServerRecord(places.state, {
    address: server.address,
    pid: process.pid,
    version,
    startedAt: ports.clock.now(),
  })
  keepCompiled()
  keepMemorySmall()
  console.log(`server ready on ${server.address}`)
}

/** Every environment of every service, and what its service is measured by. */
function measuredEnvironments(coordinator: Coordinator): readonly MeasuredEnvironment[] {
  return coordinator.services().flatMap((service) => {
    const { definition } = coordinator.state(service)
    return (definition?.stages ?? []).map(({ stage }) => ({
      environment: { service, stage },
      dimensions: definition?.run.measureBy ?? [],
    }))
  })
}

/** For showing that the verdicts matter: with it, nothing is ever turned back by what is seen. */
const silentJudge: Judge = { judge: () => ({ verdict: 'none' }) }

/** For the whole server; what a stage's config says comes below it. */
function judgeOf(name: string): { readonly judge?: Judge } {
  if (name === 'none') return { judge: silentJudge }
  return name === 'thresholds' ? { judge: createThresholdJudge() } : {}
}

function readFlags(): Flags {
  const { values } = parseArgs({
    options: {
      state: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'api-port': { type: 'string', default: '7070' },
      'router-host': { type: 'string', default: '127.0.0.1' },
      'router-port': { type: 'string', default: '8080' },
      'traffic-router': { type: 'string', default: 'built-in' },
      suffix: { type: 'string', default: 'localhost' },
      'log-level': { type: 'string', default: 'info' },
      judge: { type: 'string', default: 'sequential' },
    },
  })
  if (values.state === undefined) {
    console.error(
      'usage: node src/main/serve.ts --state DIR [--host 127.0.0.1] [--api-port 7070] [--router-port 8080] [--suffix localhost]',
    )
    process.exit(64)
  }
  return {
    state: values.state,
    host: values.host,
    apiPort: Number(values['api-port']),
    routerHost: values['router-host'],
    routerPort: Number(values['router-port']),
    trafficRouter: values['traffic-router'],
    suffix: values.suffix,
    logLevel: LOG_LEVELS.find((level) => level === values['log-level']) ?? 'info',
    judge: values.judge,
  }
}

await main()
