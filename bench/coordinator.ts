// What the production coordinator costs: decisions beside the bare appends of the same rows, and ten thousand services
// that bake at once, each with a judged tick every ten seconds.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryEventLog } from '../src/adapters/event-log/memory/memory-event-log.ts'
import { createSqliteEventLog } from '../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import { defaultPaces } from '../src/coordinator/ports.ts'
import { createStreams } from '../src/coordinator/streams.ts'
import type { ServiceCommand } from '../src/domain/service/command.ts'
import type { EventLog } from '../src/ports/event-log.ts'
import { atMost, type Bench, type Figure, ratioAtLeast, rounded } from './parts/figure.ts'
import { recordBatches } from './parts/recorded-batches.ts'
import { type Recorded, replayCommands } from './parts/replay-commands.ts'
import { runApart } from './parts/run-apart.ts'
import { walkServices } from './parts/walk-services.ts'
import { measureRawAppends, removeStore } from './raw-appends.ts'

const RELEASES = 6
/** So many are not counted: a server that runs is warm. */
const WARM_UPS = 2
const ROUNDS = 5
/** How many services have something to decide at the same moment, and so share a transaction. */
const LOADS = [
  { name: 'one at a time', sideBySide: 1, services: 30 },
  { name: 'ten at a time', sideBySide: 10, services: 200 },
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
        'A decision: what is due is asked, a command is decided, its events are appended and folded, with the snapshots ' +
          'that fall due. Bare appends: the rows of the same run, in the same transactions, each synced; ids, versions ' +
          'and JSON are given to them.',
        `${baking.services} services, ${baking.judged} judged ticks in 90 s, ${rounded(baking.cpuShare * 100)} % of one core; ` +
          `lateness: from when a tick is due until its verdict is in, median ${rounded(baking.lateMsP50)} ms.`,
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function middleRound(folder: string, load: Load, say: (sentence: string) => void) {
  const recorded = await recordCommands(load)
  const rounds = []
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    const one = await decisions(folder, recorded, load)
    say(`${load.name}${round < 0 ? ', to get warm' : ''}: ${one.words}`)
    if (round >= 0) rounds.push(one)
  }
  const ordered = rounds.toSorted((a, b) => a.ours / a.rival - b.ours / b.rival)
  const middle = ordered[Math.floor(ordered.length / 2)]
  if (!middle) throw new Error('no round was counted')
  return middle
}

async function recordCommands({ services, sideBySide }: Load): Promise<Recorded> {
  const names = Array.from({ length: services }, (_, index) => `service-${index}`)
  const recorded = new Map<string, ServiceCommand[]>(names.map((service) => [service, []]))
  await walkServices({
    streams: createStreams(createMemoryEventLog(), Number.POSITIVE_INFINITY),
    services: names,
    releases: RELEASES,
    sideBySide,
    onCommand: (service, command) => recorded.get(service)?.push(command),
  })
  return recorded
}

async function decisions(folder: string, recorded: Recorded, { name, sideBySide }: Load) {
  const file = join(folder, `${name}.sqlite`)
  const replay = (log: EventLog) =>
    replayCommands({ streams: createStreams(log, defaultPaces.snapshotEvery), recorded, sideBySide })
  // The rows are remembered in a run of their own, which is not measured.
  const first = createSqliteEventLog({ file })
  const batches = recordBatches(first)
  await replay(batches.log)
  await first.close()
  removeStore(file)
  const sqlite = createSqliteEventLog({ file })
  const cpuBefore = process.cpuUsage()
  const handled = await replay(sqlite)
  await sqlite.close()
  const cpu = process.cpuUsage(cpuBefore)
  removeStore(file)
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
