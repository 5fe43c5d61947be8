// The ticks of one environment. Calls are taken one after the other, in the order in which they came.
//
// | where a tick is   | what it survives   | leaves by                                     |
// | ----------------- | ------------------ | --------------------------------------------- |
// | waiting in memory | nothing            | `flush`: enough of them wait, or `sync`       |
// | written           | end of the process | `sync`, rotation, or giving up the open file  |
// | synced            | a power cut        | `prune`                                       |
import { mkdir, open, stat, truncate, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Tick } from '../../../domain/analysis/tick.ts'
import type { EpochMs } from '../../../domain/names.ts'
import type { Gate } from './gate.ts'
import type { OpenFiles } from './open-files.ts'
import { lastTick, listSegments, readSegment, type Segment, segmentAt } from './segments.ts'
import { asTickFailure, tickFailure } from './tick-failure.ts'
import { parseTickLine, writeTickLine } from './tick-line.ts'

export type TickLimits = {
  /** A segment is closed when it would grow beyond this, or when a day ends (UTC). */
  readonly segmentBytesMax: number
  /** How many ticks of one environment wait in memory, at most. The judge holds about as many anyway. */
  readonly waitingMax: number
  /** How many of all environments together wait in memory. */
  readonly allWaitingMax: number
}

/** What all environments of a store share. */
export type Shared = {
  readonly files: OpenFiles
  /** For everything that opens a file only to look: ten thousand may start at once. */
  readonly gate: Gate
  readonly limits: TickLimits
  waiting: number
}

type Line = { readonly line: string; readonly bytes: number; readonly seq: number; readonly day: number }
type ActiveSegment = Segment & { bytes: number; day: number | undefined }

const DAY_MS = 86_400_000

export type EnvironmentTicks = ReturnType<typeof createEnvironmentTicks>

export function createEnvironmentTicks(folder: string, shared: Shared) {
  const { files, gate, limits } = shared
  let lastSeq = 0
  let active: ActiveSegment | undefined
  /** As they came, and not as lines: the last few are held by the judge anyway, so that here they cost nothing. */
  let waiting: Tick[] = []
  let isFolderUnsynced = false
  /** A write failed half-way: what it left at the end of the active segment must go first. */
  let hasTornEnd = false
  let loading: Promise<void> | undefined
  let lastTurn: Promise<unknown> = Promise.resolve()

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = lastTurn.then(async () => {
      try {
        // Tried again by the next call when it failed.
        loading ??= load()
        await loading.catch((error: unknown) => {
          loading = undefined
          throw error
        })
        return await work()
      } catch (error) {
        throw asTickFailure(error, folder)
      }
    })
    lastTurn = turn.catch(() => {})
    return turn
  }

  async function load(): Promise<void> {
    const segment = (await gate(() => listSegments(folder))).at(-1)
    if (segment === undefined) return
    const { tick, endsAt, fileBytes } = await gate(() => lastTick(segment.path))
    if (endsAt < fileBytes) await truncate(segment.path, endsAt)
    lastSeq = tick?.seq ?? segment.firstSeq - 1
    active = { ...segment, bytes: endsAt, day: tick === undefined ? undefined : dayOf(tick) }
  }

  function wait(tick: Tick): void {
    waiting.push(tick)
    shared.waiting += 1
    lastSeq = tick.seq
  }

  async function flush(): Promise<void> {
    if (hasTornEnd && active !== undefined) await files.cut(active.path, active.bytes)
    hasTornEnd = false
    while (waiting.length > 0) {
      const lines = waiting.map(lineOf)
      const segment = await segmentFor(lines[0])
      const run = lines.slice(0, countThatFit(segment, lines))
      hasTornEnd = true
      await files.append(segment.path, run.map((each) => each.line).join(''))
      hasTornEnd = false
      segment.bytes += run.reduce((sum, each) => sum + each.bytes, 0)
      segment.day = run.at(-1)?.day
      waiting = waiting.slice(run.length)
      shared.waiting -= run.length
    }
  }

  async function segmentFor(next: Line | undefined): Promise<ActiveSegment> {
    if (active !== undefined && (next === undefined || fits(active, next))) return active
    return startSegment(next?.seq ?? lastSeq + 1)
  }

  function fits(segment: ActiveSegment, next: Line): boolean {
    if (segment.bytes === 0) return true
    return segment.bytes + next.bytes <= limits.segmentBytesMax && segment.day === next.day
  }

  /** How many of the waiting lines go to the segment; at least one. */
  function countThatFit(segment: ActiveSegment, lines: readonly Line[]): number {
    let { bytes, day } = segment
    let count = 0
    for (const next of lines) {
      if (!fits({ ...segment, bytes, day }, next)) break
      bytes += next.bytes
      day = next.day
      count += 1
    }
    return count
  }

  async function startSegment(firstSeq: number): Promise<ActiveSegment> {
    if (active === undefined) await gate(() => makeFolder(folder))
    // Only the newest segment may ever have a torn end.
    else await files.release(active.path)
    active = { ...segmentAt(folder, firstSeq), bytes: 0, day: undefined }
    isFolderUnsynced = true
    await files.append(active.path, '')
    return active
  }

  async function sync(): Promise<void> {
    await flush()
    if (active === undefined) return
    await files.sync(active.path)
    if (isFolderUnsynced) await gate(() => syncFolder(folder))
    isFolderUnsynced = false
  }

  /** True when every tick of the segment is older. Its last tick tells most; clocks jump, so the others are asked too. */
  async function isOlder(segment: Segment, before: EpochMs): Promise<boolean> {
    const { tick } = await gate(() => lastTick(segment.path))
    if (tick !== undefined && tick.at >= before) return false
    const ticks = await gate(() => readSegment(segment.path, Number.POSITIVE_INFINITY, 0))
    return ticks.every((each) => each.at < before)
  }

  async function prune(before: EpochMs): Promise<void> {
    for (const segment of await listSegments(folder)) {
      const isActive = segment.path === active?.path
      if (isActive && (waiting.length > 0 || active?.bytes === 0)) continue
      if (!(await isOlder(segment, before))) continue
      if (isActive) {
        // An empty segment stays behind: its name is what remembers the last seq.
        await startSegment(lastSeq + 1)
        await sync()
      }
      await unlink(segment.path)
    }
  }

  /** What there is to read at this moment; what comes later does not change it. */
  async function view() {
    const segments = await listSegments(folder)
    const bytes = await Promise.all(
      segments.map(async ({ path }) => (path === active?.path ? active.bytes : (await stat(path)).size)),
    )
    return { segments, bytes, lines: waiting.map(writeTickLine) }
  }

  async function* read(afterSeq: number): AsyncGenerator<Tick> {
    const { segments, bytes, lines } = await inTurn(view)
    for (const [n, segment] of segments.entries()) {
      const next = segments[n + 1]
      if (next !== undefined && next.firstSeq <= afterSeq + 1) continue
      yield* await gate(() => readSegment(segment.path, bytes[n] ?? 0, afterSeq))
    }
    for (const line of lines) {
      const tick = parseTickLine(line.trimEnd())
      if (tick !== undefined && tick.seq > afterSeq) yield tick
    }
  }

  return {
    append: (tick: Tick): Promise<void> =>
      inTurn(async () => {
        if (tick.seq !== lastSeq + 1) throw wrongSeq(folder, lastSeq, tick.seq)
        const isMuch = waiting.length >= limits.waitingMax || shared.waiting >= limits.allWaitingMax
        // Before the tick is taken: an append that failed has added nothing.
        if (isMuch) await flush()
        wait(tick)
      }),
    sync: (): Promise<void> => inTurn(sync),
    read,
    lastSeq: (): Promise<number> => inTurn(async () => lastSeq),
    prune: (before: EpochMs): Promise<void> => inTurn(() => prune(before)),
  }
}

function lineOf(tick: Tick): Line {
  const line = writeTickLine(tick)
  return { line, bytes: Buffer.byteLength(line), seq: tick.seq, day: dayOf(tick) }
}

function dayOf(tick: Tick): number {
  return Math.floor(tick.at / DAY_MS)
}

/** Makes a folder whose name, and the names above it that were new, survive a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

function wrongSeq(folder: string, lastSeq: number, seq: number) {
  return tickFailure('wrong-seq', `${folder} goes on with tick ${lastSeq + 1} and was given ${seq}`, 'never')
}
