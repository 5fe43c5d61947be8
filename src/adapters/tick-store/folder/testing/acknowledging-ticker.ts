// A program that appends ticks and says on its output which are safe, for tests that kill it or pull the plug.
//
//   node acknowledging-ticker.ts FOLDER synced|written|waiting COUNT
//
// `synced` says so after every fifth tick's sync; `written` is the control: it says so for ticks that were handed to
// the operating system and never synced. `waiting` lets ticks wait in memory as usual, syncs now and then, all
// environments at once, and goes on where the folder ends. Prints `ready`, then a line `ENVIRONMENT SEQ` each time.
import { writeSync } from 'node:fs'
import { createFolderTickStore } from '../folder-tick-store.ts'

const SYNC_EVERY = 5
const ENVIRONMENTS = ['one', 'two', 'three']
/** Ticks between two syncs where they may wait: at most this many. */
const UNSYNCED_MAX = 40

const [folder, mode, count] = process.argv.slice(2)
if (folder === undefined) throw new Error('acknowledging-ticker: which folder?')

// Small segments, so that a cut also falls between two files.
const limits =
  mode === 'waiting'
    ? { segmentBytesMax: 4 * 1024, waitingMax: UNSYNCED_MAX }
    : { waitingMax: 0, segmentBytesMax: 64 * 1024 }
const store = createFolderTickStore({ folder, limits })

function tickOf(seq: number) {
  return { seq, at: seq * 1_000, spanMs: 1_000, generation: seq, routerSeen: true, arms: [] }
}

async function oneByOne(): Promise<void> {
  for (let seq = 1; seq <= Number(count); seq++) {
    for (const stage of ENVIRONMENTS) {
      const environment = { service: 'shop', stage }
      await store.append(environment, tickOf(seq))
      if (mode === 'synced' && seq % SYNC_EVERY !== 0) continue
      if (mode === 'synced') await store.sync(environment)
      // Of what is only written, the last one still waits in memory.
      writeSync(1, `${stage} ${mode === 'synced' ? seq : seq - 1}\n`)
    }
  }
}

async function waiting(stage: string): Promise<void> {
  const environment = { service: 'shop', stage }
  let seq = await store.lastSeq(environment)
  const end = seq + Number(count)
  for (let round = 1; seq < end; round++) {
    for (let unsynced = 1 + (round % UNSYNCED_MAX); unsynced > 0; unsynced--) {
      seq++
      await store.append(environment, tickOf(seq))
    }
    await store.sync(environment)
    writeSync(1, `${stage} ${seq}\n`)
  }
}

writeSync(1, 'ready\n')
try {
  if (mode === 'waiting') await Promise.all(ENVIRONMENTS.map(waiting))
  else await oneByOne()
} catch (error) {
  writeSync(1, `failed ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`)
  process.exit(1)
}
await store.close()
