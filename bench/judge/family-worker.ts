// One family of healthy bakes, judged in a thread of its own.
import { parentPort, workerData } from 'node:worker_threads'
import { FAMILIES } from './families.ts'
import { judgeHealthy, type HealthyRuns } from './healthy.ts'
import { PEERS } from './peers/all-peers.ts'

const { place, runs } = workerData as { readonly place: number; readonly runs: HealthyRuns }
const family = FAMILIES[place]
if (!family) throw new Error(`there is no family ${place}`)
// Functions of a family do not cross threads; its place does.
const { ours, peers } = judgeHealthy(family, runs, PEERS)
parentPort?.postMessage({ ours, peers })
