// What the production coordinator costs: decisions beside the bare appends of the same rows, and ten thousand services
// that bake at once, each with a judged tick every ten seconds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSqliteEventLog } from '../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { defaultPaces } from '../src/coordinator/ports.ts'
import { createStreams } from '../src/coordinator/streams.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import { atMost, type Bench, type Figure, ratioAtLeast, rounded } from './parts/figure.ts'
import { recordBatches } from './parts/recorded-batches.ts'
import { runApart } from './parts/run-apart.ts'
import { walkServices } from './parts/walk-services.ts'
import { measureRawAppends } from './raw-appends.ts'

const RELEASES = 6
const ROUNDS = 3
/** How many services have something to decide at the same moment, and so share a transaction. */
const LOADS = [
  { name: 'one at a time', sideBySide: 1, services: 25 },
  { name: 'ten at a time', sideBySide: 10, services: 150 },
] as const
type Load = (typeof LOADS)[number]
const RSS_MIB_MAX = 512
const LATE_MS_MAX = 100

export type BakingFigures = {
  readonly services: number
  readonly judged: number
  readonly rssMibMax: number
  readonly lateMsP50: number
  readonly lateMsP99: number
  readonly cpuShare: number
}

export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-coordinator-'))
  try {
    const middles = []
    for (const load of LOADS) middles.push({ load, ...(await middleRound(folder, load, say)) })
    say('ten thousand services bake for 90 s')
    const baking = await runApart<BakingFigures>(join(import.meta.dirname, 'parts', 'baking-services.ts'))
    const figures: readonly Figure[] = [
      ...middles.map(({ load, ours, rival }) =>
        ratioAtLeast(`rows per CPU-second, ${load.name}`, ours, rival, 0.5),
      ),
      atMost('memory with 10,000 services baking', baking.rssMibMax, RSS_MIB_MAX, 'MiB'),
      atMost('lateness of what is due, p99', baking.lateMsP99, LATE_MS_MAX, 'ms'),
    ]
    return {
      figures,
      notes: [
        ...middles.map(({ load, words }) => `${load.name}: ${words}; the middle one of ${ROUNDS} rounds.`),
        `${baking.services} services, ${baking.judged} judged ticks in 90 s, ${rounded(baking.cpuShare * 100)} % of one core; ` +
          `lateness: from when a tick is due until its verdict is in, median ${rounded(baking.lateMsP50)} ms.`,
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function middleRound(folder: string, load: Load, say: (sentence: string) => void) {
  const rounds = []
  // The first one warms both up and is not counted.
  for (let round = 0; round <= ROUNDS; round += 1) {
    rounds.push(await decisions(folder, round, load))
    say(`${load.name}, round ${round}: ${rounds.at(-1)?.words}`)
  }
  const counted = rounds.slice(1).toSorted((a, b) => a.ours / a.rival - b.ours / b.rival)
  const middle = counted[Math.floor(counted.length / 2)]
  if (!middle) throw new Error('no round was counted')
  return middle
}

async function decisions(folder: string, round: number, { name, services: count, sideBySide }: Load) {
  const file = join(folder, `${name} ${round}.sqlite`)
  const sqlite = createSqliteEventLog({ file })
  const services = Array.from({ length: count }, (_, index) => `service-${index}`)
  const walk = (log: EventLog) =>
    walkServices({
      streams: createStreams(log, defaultPaces.snapshotEvery),
      services,
      releases: RELEASES,
      sideBySide,
    })
  // Measured without remembering; the rows are remembered in a run of their own.
  const cpuBefore = process.cpuUsage()
  const handled = await walk(sqlite)
  const cpu = process.cpuUsage(cpuBefore)
  await sqlite.close()
  rmSync(file, { force: true })
  const again = createSqliteEventLog({ file: `${file}-again` })
  const batches = recordBatches(again)
  await walk(batches.log)
  await again.close()
  const raw = measureRawAppends(`${file}-raw`, batches.batches)
  const ours = raw.rows / ((cpu.user + cpu.system) / 1_000_000)
  return {
    ours,
    rival: raw.rowsPerCpuSecond,
    words:
      `${handled} decisions, ${raw.rows} rows in ${raw.batches} transactions: ${rounded(ours)} rows a CPU-second, ` +
      `bare appends ${rounded(raw.rowsPerCpuSecond)}`,
  }
}
