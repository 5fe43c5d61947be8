// The production server over a store with a long history and an easy outside: it says when it is ready and when it
// asked the outside for the first thing that is due. `node recovering-server.ts STATE-FOLDER`
import { flushCompileCache } from 'node:module'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createSystemClock } from '../../src/adapters/clock/system/system-clock.ts'
import { createSqliteEventLog } from '../../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { createRandomIds } from '../../src/adapters/ids/random/random-ids.ts'
import { createSequentialJudge } from '../../src/adapters/judge/sequential/sequential-judge.ts'
import { createFolderMeasureStore } from '../../src/adapters/measure-store/folder/folder-measure-store.ts'
import { createFolderTickStore } from '../../src/adapters/tick-store/folder/folder-tick-store.ts'
import { createBuiltInLookups } from '../../src/adapters/traffic-router/built-in/built-in-lookups.ts'
import { createCoordinator } from '../../src/coordinator/coordinator.ts'
import { stageOf } from '../../src/domain/service/state.ts'
import { createMeasureTotals } from '../../src/main/measure-totals.ts'
import { createControl } from '../../src/main/create-control.ts'
import { keepMemorySmall } from '../../src/main/node-settings.ts'
import { createRepositories } from '../../src/main/repositories.ts'
import { readVersion } from '../../src/main/version.ts'
import { createServer } from '../../src/server/create-server.ts'
import { createTokenStore } from '../../src/server/tokens.ts'
import { easyPorts } from './easy-ports.ts'

const [folder = '', port = '0'] = process.argv.slice(2)
const clock = createSystemClock()
const eventLog = createSqliteEventLog({ file: join(folder, 'events.sqlite') })
const easy = easyPorts(
  clock,
  ({ service, stage }) => stageOf(coordinator.state(service), stage).plan.generation,
)
let hasActed = false
/** What the coordinator owes the outside: the first of it is told. */
function noted<Args extends readonly unknown[], Answer>(
  act: (...args: Args) => Answer,
): (...args: Args) => Answer {
  return (...args) => {
    if (!hasActed) console.log(`acted ${Date.now()}`)
    hasActed = true
    return act(...args)
  }
}
const ports = {
  ...easy,
  clock,
  eventLog,
  ids: createRandomIds(),
  judge: createSequentialJudge(),
  lookups: createBuiltInLookups({ stateDir: join(folder, 'router'), clock }),
  measureSource: { take: async () => [] },
  measures: createFolderMeasureStore({ folder: join(folder, 'measures') }),
  ticks: createFolderTickStore({ folder: join(folder, 'ticks') }),
  builder: { ...easy.builder, start: noted(easy.builder.start) },
  target: { ...easy.target, scale: noted(easy.target.scale) },
  router: { ...easy.router, apply: noted(easy.router.apply) },
}
const coordinator = createCoordinator(ports)
const repositories = createRepositories({
  eventLog,
  coordinator,
  clock,
  log: ports.log,
  changed: async () => {},
})
let isReady = false
const version = readVersion()
const control = createControl({
  coordinator,
  repositories,
  ports,
  backups: { make: () => Promise.reject(new Error('none is made here')), list: async () => [] },
  addresses: { suffix: 'localhost', port: 8080 },
  uploads: join(folder, 'uploads'),
  ticksFolder: join(folder, 'ticks'),
  measureTotals: createMeasureTotals(),
  version,
  isReady: () => isReady,
})
await createServer({
  control,
  tokens: createTokenStore({ file: join(folder, 'tokens.json'), clock }),
  webRoot: null,
  listen: { host: '127.0.0.1', port: Number(port) },
  user: userInfo().username,
  version,
  clock,
  ids: ports.ids,
  log: ports.log,
})
await coordinator.start()
await repositories.recover()
isReady = true
const { user, system } = process.cpuUsage()
console.log(`recovered ${Date.now()} ${Math.round((user + system) / 1_000)}`)
flushCompileCache()
keepMemorySmall()
