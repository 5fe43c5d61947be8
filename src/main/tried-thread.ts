// Tries the alarms of a stage on the past in a thread of its own: two weeks are many ticks, and a server has others to see.
import { parentPort, workerData } from 'node:worker_threads'
import { triedOnThePast, type TriedAsked } from './tried-on-the-past.ts'

const { ticksFolder, service, definition, now } = workerData as TriedAsked
parentPort?.postMessage(await triedOnThePast(ticksFolder, service, definition, now))
