// Writes the long history that the recovery bench recovers: through `handleCommand` and the production streams, with
// their snapshots, until every service is one event short of its next one. Then this process kills itself, so that
// nothing is closed. `node make-history.ts STORE SERVICES EVENTS ACKNOWLEDGED-FILE`
import { writeFileSync } from 'node:fs'
import { createSqliteEventLog } from '../../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { defaultPaces } from '../../src/coordinator/ports.ts'
import { createStreams, streamOf } from '../../src/coordinator/streams.ts'
import { walkServices } from './walk-services.ts'

const [file = '', services = '0', events = '0', acknowledged = ''] = process.argv.slice(2)
const eventsEach = Math.ceil(Number(events) / Number(services))
/** Two events may come at once: so near to the next snapshot is as near as every service gets. */
const SHORT_OF = 2

// Not a sync for each of a million events; what is measured later is the reading.
const log = createSqliteEventLog({ file, synchronous: 'NORMAL' })
const snapshotAt = new Map<string, number>()
const streams = createStreams(
  {
    ...log,
    saveSnapshot: async (snapshot) => {
      await log.saveSnapshot(snapshot)
      snapshotAt.set(snapshot.stream, snapshot.version)
    },
  },
  defaultPaces.snapshotEvery,
)
const names = Array.from({ length: Number(services) }, (_, index) => `service-${index}`)
await walkServices({
  streams,
  services: names,
  releases: Number.POSITIVE_INFINITY,
  isEnough: (service) => {
    const { version } = streams.get(service)
    const since = version - (snapshotAt.get(streamOf(service)) ?? 0)
    return version >= eventsEach && since >= defaultPaces.snapshotEvery - SHORT_OF
  },
})
const versions = Object.fromEntries(names.map((service) => [streamOf(service), streams.get(service).version]))
writeFileSync(acknowledged, JSON.stringify(versions))
process.kill(process.pid, 'SIGKILL')
