// Pulls the plug under the event log and the tick store, again and again, and counts what was acknowledged and is
// gone. The stores lie on ext4 in a file; `xfs_io -c shutdown` drops everything of it that was never synced.
//
//   node scripts/power-cut.ts [--rounds 20] [--dir FOLDER] [--json]
//
// Every other round the writer is stopped (SIGSTOP) while the plug is pulled, so that no sync is under way, and every
// acknowledgement counts. In the others it runs, and what was acknowledged before the pull counts; what it said during
// the pull is counted apart (`lostInThePull`): Linux lets an fsync that races with the shutdown of ext4 answer "done"
// now and then, though the data is gone. The floor, a plain write and fsync with none of our code, does it too.
//
// Needs root and the packages e2fsprogs and xfsprogs. Exit 0 only when nothing that counts was lost and both controls,
// which do not sync, did lose: a test that cannot lose shows nothing.
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkStore } from '../src/adapters/event-log/sqlite/check-store.ts'
import { createSqliteEventLog } from '../src/adapters/event-log/sqlite/sqlite-event-log.ts'
import {
  follow,
  startWriter,
  type WriterProcess,
} from '../src/adapters/event-log/sqlite/testing/writer-process.ts'
import { createFolderTickStore } from '../src/adapters/tick-store/folder/folder-tick-store.ts'
import { FLOOR_LINE_BYTES } from './fsync-floor.ts'

const TICKER = fileURLToPath(
  new URL('../src/adapters/tick-store/folder/testing/acknowledging-ticker.ts', import.meta.url),
)
const FLOOR = fileURLToPath(new URL('fsync-floor.ts', import.meta.url))
const DISK_BYTES = 256 * 1024 * 1024
const ENDLESS = 100_000_000
/** The plug is pulled after so many acknowledgements. */
const ACKS_MIN = 50
const ACKS_MAX = 3_000
/** How long a writer may take to notice that its disk is gone. */
const NOTICE_MS = 10_000
/** A millisecond each. */
const STOP_LOOKS_MAX = 5_000

type Trial = {
  readonly name: string
  readonly isControl: boolean
  start(folder: string, round: number): WriterProcess
  /** What is there after the power came back, by the names that the writer used. */
  look(folder: string): Promise<ReadonlyMap<string, number>>
}

type Outcome = {
  readonly name: string
  readonly isControl: boolean
  rounds: number
  acknowledged: number
  lost: number
  lostInThePull: number
  roundsWithLoss: number
  /** What the writer said when its disk was gone. */
  readonly failures: Set<string>
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, dir: { type: 'string' }, json: { type: 'boolean' } },
})
const trials: readonly Trial[] = [
  floorTrial('floor: write and fsync'),
  eventLogTrial('event log', 'FULL'),
  eventLogTrial('event log, control: synchronous=NORMAL', 'NORMAL'),
  tickTrial('tick store', 'synced'),
  tickTrial('tick store, control: written, not synced', 'written'),
]

needRoot()
const outcomes: Outcome[] = []
for (const trial of trials) outcomes.push(await run(trial, Number(values.rounds)))
report(outcomes)

async function run(trial: Trial, rounds: number): Promise<Outcome> {
  const outcome: Outcome = {
    name: trial.name,
    isControl: trial.isControl,
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    lostInThePull: 0,
    roundsWithLoss: 0,
    failures: new Set(),
  }
  for (let round = 0; round < rounds; round++) {
    await onFreshDisk(async (disk) => {
      const state = join(disk.folder, 'state')
      const writer = trial.start(state, round)
      await writer.reached(ACKS_MIN + ((round * 7_919 + 104_729) % (ACKS_MAX - ACKS_MIN)))
      const isStopped = round % 2 === 0
      if (isStopped) await stop(writer)
      const before = new Map(writer.acknowledged)
      disk.pullPlug()
      writer.child.kill('SIGCONT')
      await endOf(writer)
      disk.powerUp()
      const found = await trial.look(state)
      const lost = missing(isStopped ? writer.acknowledged : before, found)
      outcome.rounds += 1
      outcome.acknowledged += [...writer.acknowledged.values()].reduce((sum, each) => sum + each, 0)
      outcome.lost += lost
      outcome.lostInThePull += missing(writer.acknowledged, found) - lost
      outcome.roundsWithLoss += lost > 0 ? 1 : 0
      outcome.failures.add(writer.failure() ?? 'none')
    })
  }
  return outcome
}

function missing(acknowledged: ReadonlyMap<string, number>, found: ReadonlyMap<string, number>): number {
  return [...acknowledged].reduce((sum, [name, safe]) => sum + Math.max(0, safe - (found.get(name) ?? 0)), 0)
}

/** Stops every thread of the writer. One that is in an fsync stops only when that is over. */
async function stop(writer: WriterProcess): Promise<void> {
  writer.child.kill('SIGSTOP')
  const tasks = `/proc/${writer.child.pid}/task`
  const isStopped = (task: string) =>
    / T /.test(
      readFileSync(join(tasks, task, 'stat'), 'utf8')
        .split(')')
        .at(-1) ?? '',
    )
  for (let look = 0; look < STOP_LOOKS_MAX; look++) {
    if (readdirSync(tasks).every(isStopped)) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('the writer does not stop')
}

function floorTrial(name: string): Trial {
  return {
    name,
    isControl: false,
    start(folder) {
      mkdirSync(folder)
      return follow([process.execPath, FLOOR, join(folder, 'floor')])
    },
    async look(folder) {
      const bytes = readFileSync(join(folder, 'floor'))
      let whole = 0
      const line = (n: number) => bytes.toString('latin1', (n - 1) * FLOOR_LINE_BYTES, n * FLOOR_LINE_BYTES)
      while (line(whole + 1) === `${String(whole + 1).padEnd(FLOOR_LINE_BYTES - 1)}\n`) whole += 1
      return new Map([['floor', whole]])
    },
  }
}

function eventLogTrial(name: string, synchronous: 'FULL' | 'NORMAL'): Trial {
  return {
    name,
    isControl: synchronous === 'NORMAL',
    start: (folder, round) =>
      startWriter({
        file: join(folder, 'events.sqlite'),
        mode: round % 4 < 2 ? 'single' : 'grouped',
        count: ENDLESS,
        synchronous,
      }),
    async look(folder) {
      const file = join(folder, 'events.sqlite')
      const log = createSqliteEventLog({ file })
      const found = new Map((await log.streams()).map((each) => [each.stream, each.version]))
      await log.close()
      const { problems } = checkStore(file)
      if (problems.length > 0) throw new Error(`${name}: ${problems.join('; ')}`)
      return found
    },
  }
}

function tickTrial(name: string, mode: 'synced' | 'written'): Trial {
  return {
    name,
    isControl: mode === 'written',
    start: (folder) => follow([process.execPath, TICKER, folder, mode, String(ENDLESS)]),
    async look(folder) {
      const store = createFolderTickStore({ folder })
      const found = new Map<string, number>()
      for (const stage of ['one', 'two', 'three']) {
        let last = 0
        for await (const tick of store.read({ service: 'shop', stage }, 0)) {
          if (tick.seq !== last + 1) break
          last = tick.seq
        }
        found.set(stage, last)
      }
      await store.close()
      return found
    },
  }
}

async function endOf(writer: WriterProcess): Promise<void> {
  const timer = setTimeout(() => writer.child.kill('SIGKILL'), NOTICE_MS)
  await writer.ended
  clearTimeout(timer)
}

type Disk = { readonly folder: string; pullPlug(): void; powerUp(): void }

async function onFreshDisk(work: (disk: Disk) => Promise<void>): Promise<void> {
  const place = mkdtempSync(join(values.dir ?? tmpdir(), 'power-cut-'))
  const image = join(place, 'disk.img')
  const folder = join(place, 'disk')
  const mount = () => command('mount', '-o', 'loop', image, folder)
  try {
    mkdirSync(folder)
    writeFileSync(image, '')
    truncateSync(image, DISK_BYTES)
    command('mkfs.ext4', '-q', '-F', image)
    mount()
    await work({
      folder,
      pullPlug: () => command('xfs_io', '-x', '-c', 'shutdown', folder),
      powerUp() {
        command('umount', folder)
        mount()
      },
    })
  } finally {
    spawnSync('umount', [folder])
    rmSync(place, { recursive: true, force: true })
  }
}

function command(name: string, ...words: readonly string[]): void {
  const done = spawnSync(name, words, { encoding: 'utf8' })
  if (done.status === 0) return
  throw new Error(`${name} ${words.join(' ')}: ${done.error?.message ?? done.stderr}`)
}

function needRoot(): void {
  const missing = ['mkfs.ext4', 'xfs_io'].filter((name) => spawnSync(name, ['-V']).error !== undefined)
  if (process.getuid?.() === 0 && missing.length === 0) return
  console.error(`power-cut needs root, and the programs mkfs.ext4 (e2fsprogs) and xfs_io (xfsprogs)`)
  process.exit(64)
}

/** A writer whose disk is gone (ext4 answers EIO, or EROFS a little later) must say that, and not go down with a riddle. */
function saidSo({ failures }: Outcome): boolean {
  return [...failures].every((code) => /\/(disk-error|read-only)$/.test(code))
}

function report(found: readonly Outcome[]): void {
  const holds = found.every((each) => (each.isControl ? each.lost > 0 : each.lost === 0 && saidSo(each)))
  const rows = found.map(({ failures, ...each }) => ({ ...each, writerSaid: [...failures].join(', ') }))
  if (values.json === true) console.log(JSON.stringify({ holds, trials: rows }))
  else console.table(rows)
  process.exitCode = holds ? 0 : 1
}
