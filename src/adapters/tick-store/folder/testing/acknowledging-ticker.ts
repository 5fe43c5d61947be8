// A program that appends ticks and says on its output which are safe, for tests that pull the plug.
//
//   node acknowledging-ticker.ts FOLDER synced|written COUNT
//
// `synced` says so after every fifth tick's sync; `written` is the control: it says so for ticks that were handed to
// the operating system and never synced. Prints `ready`, then a line `ENVIRONMENT SEQ` each time.
import { writeSync } from 'node:fs'
import { createFolderTickStore } from '../folder-tick-store.ts'

const SYNC_EVERY = 5
const ENVIRONMENTS = ['one', 'two', 'three']

const [folder, mode, count] = process.argv.slice(2)
if (folder === undefined) throw new Error('acknowledging-ticker: which folder?')

const store = createFolderTickStore({ folder, limits: { waitingBytesMax: 0, segmentBytesMax: 64 * 1024 } })

function tickOf(seq: number) {
  return { seq, at: seq * 1_000, spanMs: 1_000, generation: 1, routerSeen: true, arms: [] }
}

writeSync(1, 'ready\n')
try {
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
} catch (error) {
  writeSync(1, `failed ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`)
  process.exit(1)
}
await store.close()
