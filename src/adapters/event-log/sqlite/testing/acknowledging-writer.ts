// A program that appends and says on its output what was acknowledged, for tests that kill it or pull the plug.
//
//   node acknowledging-writer.ts FILE single|grouped COUNT [FULL|NORMAL]
//
// `single` waits for each append; `grouped` has 20 streams under way at once. Prints `ready`, then a line
// `STREAM VERSION` per acknowledged append, and at the end `groups N`: how many commits it saw.
import { writeSync } from 'node:fs'
import { createSqliteEventLog } from '../sqlite-event-log.ts'

const STREAMS_AT_ONCE = 20
const FILLER = 'x'.repeat(300)

const [file, mode, count, synchronous] = process.argv.slice(2)
if (file === undefined) throw new Error('acknowledging-writer: which file?')

const log = createSqliteEventLog({ file, synchronous: synchronous === 'NORMAL' ? 'NORMAL' : 'FULL' })
const left = { appends: Number(count) }
let turnsWithAcks = 0
let sawAckThisTurn = false

function noteAck(stream: string, version: number): void {
  writeSync(1, `${stream} ${version}\n`)
  if (sawAckThisTurn) return
  sawAckThisTurn = true
  turnsWithAcks += 1
  setImmediate(() => {
    sawAckThisTurn = false
  })
}

async function work(stream: string): Promise<void> {
  const seen = await log.readStream(stream, 0)
  let version = seen.length
  while (left.appends > 0) {
    left.appends -= 1
    const result = await log.append(stream, version, [
      { type: 'made-for-the-test', data: { n: version + 1, filler: FILLER } },
    ])
    if (!result.appended) throw new Error(`${stream} is at ${result.version}, not at ${version}`)
    version = result.version
    noteAck(stream, version)
  }
}

writeSync(1, 'ready\n')
const streams = Array.from({ length: mode === 'grouped' ? STREAMS_AT_ONCE : 1 }, (_, n) => `stream-${n}`)
try {
  await Promise.all(streams.map(work))
} catch (error) {
  writeSync(1, `failed ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`)
  process.exit(1)
}
writeSync(1, `groups ${turnsWithAcks}\n`)
await log.close()
