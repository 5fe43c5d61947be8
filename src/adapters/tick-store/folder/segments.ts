// One environment's ticks lie in segments: files of lines, each named after the first `seq` that may be in it.
//
// What a power cut can leave behind of lines that were never synced: a last line without its end, or a stretch of
// zero bytes. Both are dropped. Any other line that cannot be read was whole once, and is damage.
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tick } from '../../../domain/analysis/tick.ts'
import { asTickFailure, isMissing, tickFailure } from './tick-failure.ts'
import { parseTickLine, seqOfLine } from './tick-line.ts'

export type Segment = { readonly path: string; readonly firstSeq: number }

const NAME = /^(\d{16})\.ndjson$/
const LINE_END = 0x0a
/** How much of the end of a file is looked at first for its last line. */
const TAIL_BYTES = 16 * 1024

export function segmentAt(folder: string, firstSeq: number): Segment {
  return { path: join(folder, `${String(firstSeq).padStart(16, '0')}.ndjson`), firstSeq }
}

/** In order of their ticks. None when the folder is not there. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  try {
    const numbers = (await readdir(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? [])
    return numbers.sort().map((digits) => segmentAt(folder, Number(digits)))
  } catch (error) {
    if (isMissing(error)) return []
    throw asTickFailure(error, folder)
  }
}

/** The last whole tick, and where in the file its line ends; reads only as much of the end as it must. */
export async function lastTick(
  path: string,
): Promise<{ readonly tick: Tick | undefined; readonly endsAt: number; readonly fileBytes: number }> {
  const file = await open(path, 'r')
  try {
    const fileBytes = (await file.stat()).size
    for (let wanted = TAIL_BYTES; ; wanted *= 4) {
      const start = Math.max(0, fileBytes - wanted)
      const tail = Buffer.alloc(fileBytes - start)
      await file.read(tail, 0, tail.length, start)
      const found = lastTickIn(tail, start === 0)
      if (found !== undefined) return { tick: found.tick, endsAt: start + found.endsAt, fileBytes }
      if (start === 0) return { tick: undefined, endsAt: 0, fileBytes }
    }
  } finally {
    await file.close()
  }
}

function lastTickIn(bytes: Buffer, isWholeFile: boolean): { tick: Tick; endsAt: number } | undefined {
  let end = bytes.lastIndexOf(LINE_END)
  while (end >= 0) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(LINE_END, end - 1)
    // The first line of a part of a file has lost its beginning.
    if (before < 0 && !isWholeFile) return undefined
    const tick = parseTickLine(bytes.toString('utf8', before + 1, end))
    if (tick !== undefined) return { tick, endsAt: end + 1 }
    end = before
  }
  return undefined
}

/** Ticks of the first `bytes` of a segment with `seq` > `afterSeq`. None when the segment was pruned meanwhile. */
export async function readSegment(path: string, bytes: number, afterSeq: number): Promise<readonly Tick[]> {
  let content: Buffer
  try {
    content = await readFile(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw asTickFailure(error, path)
  }
  if (content.length > bytes) content = content.subarray(0, bytes)
  return [...ticksOf(content, path, afterSeq)]
}

function* ticksOf(content: Buffer, path: string, afterSeq: number): Generator<Tick> {
  let seqBefore = 0
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(LINE_END, start)
    if (end < 0) return
    const line = content.toString('utf8', start, end)
    const seq = seqOfLine(line)
    const isNew = seq === undefined || seq > afterSeq
    const tick = isNew ? parseTickLine(line) : undefined
    if ((isNew && tick === undefined) || (seq !== undefined && seq <= seqBefore)) {
      const isLast = content.indexOf(LINE_END, end + 1) < 0
      if (!isLast && !line.includes('\0')) throw damagedLine(path, start)
    } else if (tick !== undefined) yield tick
    seqBefore = seq ?? seqBefore
    start = end + 1
  }
}

function damagedLine(path: string, at: number) {
  const advice = 'put the file back from a backup, or move it away to go on without its ticks'
  return tickFailure('corrupt', `${path} has a line at byte ${at} that cannot be read: ${advice}`, 'never')
}
