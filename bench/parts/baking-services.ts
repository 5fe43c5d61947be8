// Ten thousand services, each with a release that bakes in staging, watched by the production coordinator with a real
// event log and a real tick store; the outside is easy. `node baking-services.ts make|watch FOLDER`: two processes, so
// that what is measured began like a server, with a store that is there.
import { join } from 'node:path'
import { createSystemClock } from '../../src/adapters/clock/system/system-clock.ts'
import { createSqliteEventLog } from '../../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { createSequentialJudge } from '../../src/adapters/judge/sequential/sequential-judge.ts'
import { createFolderTickStore } from '../../src/adapters/tick-store/folder/folder-tick-store.ts'
import { createCoordinator } from '../../src/coordinator/coordinator.ts'
import { defaultPaces } from '../../src/coordinator/ports.ts'
import { createStreams } from '../../src/coordinator/streams.ts'
import { keepMemorySmall } from '../../src/main/node-settings.ts'
import type { BakingFigures } from '../coordinator.ts'
import { stageOf } from '../../src/domain/service/state.ts'
import { bakingDefinition } from './easy-outside.ts'
import { easyPorts } from './easy-ports.ts'
import { quantile } from './figure.ts'
import { walkServices } from './walk-services.ts'

const SERVICES = 10_000
const TICK_MS = 10_000
/** Starting reads everything; what is measured is the life after it. */
const SETTLE_MS = 30_000
const WATCH_MS = 60_000

const [part = '', folder = ''] = process.argv.slice(2)
const eventLog = createSqliteEventLog({ file: join(folder, 'events.sqlite') })
try {
  console.log(JSON.stringify(part === 'watch' ? await watchThem() : { handled: await makeThem() }))
} finally {
  await eventLog.close()
}
process.exit(0)

function makeThem(): Promise<number> {
  return walkServices({
    streams: createStreams(eventLog, defaultPaces.snapshotEvery),
    services: Array.from({ length: SERVICES }, (_, index) => `service-${index}`),
    releases: 1,
    endsBaking: true,
    definition: bakingDefinition,
    startAt: Date.now(),
  })
}

async function watchThem(): Promise<BakingFigures> {
  const clock = createSystemClock()
  const lates: number[] = []
  const dueMs = new Map<string, number>()
  let isCounting = false
  let judged = 0
  const ticks = createFolderTickStore({ folder: join(folder, 'ticks') })
  const ports = {
    ...easyPorts(clock, ({ service, stage }) => stageOf(coordinator.state(service), stage).plan.generation),
    clock,
    eventLog,
    judge: createSequentialJudge(),
    ticks: {
      ...ticks,
      // A tick is due ten seconds after the one before it; once it is kept, the verdict follows in the same turn.
      append: async (...[environment, tick]: Parameters<typeof ticks.append>) => {
        await ticks.append(environment, tick)
        const nowMs = performance.now()
        const wasDueMs = dueMs.get(environment.service)
        if (isCounting && wasDueMs !== undefined) {
          lates.push(Math.max(0, nowMs - wasDueMs))
          judged += 1
        }
        dueMs.set(environment.service, nowMs + TICK_MS)
      },
    },
  }
  const coordinator = createCoordinator(ports, { ...defaultPaces, tickMs: TICK_MS, calmTickMs: TICK_MS })
  await coordinator.start()
  keepMemorySmall()
  await clock.sleep(SETTLE_MS)
  isCounting = true
  const cpuBefore = process.cpuUsage()
  let rssMax = 0
  for (let passedMs = 0; passedMs < WATCH_MS; passedMs += 500) {
    await clock.sleep(500)
    rssMax = Math.max(rssMax, process.memoryUsage.rss())
  }
  const cpu = process.cpuUsage(cpuBefore)
  isCounting = false
  return {
    services: SERVICES,
    judged,
    rssMibMax: rssMax / 1024 ** 2,
    heapMib: process.memoryUsage().heapUsed / 1024 ** 2,
    lateMsP50: quantile(lates, 0.5),
    lateMsP99: quantile(lates, 0.99),
    cpuShare: (cpu.user + cpu.system) / 1_000 / WATCH_MS,
  }
}
