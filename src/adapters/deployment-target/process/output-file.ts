// An instance writes straight into a file it holds itself, so that it outlives us. Nobody else can stop it from
// filling the disk: past `bytesMax` the end is copied into a second file and the first is cut to nothing. The
// instance appends (O_APPEND), so it goes on at the new end. What it writes between the copy and the cut is lost,
// and while no server runs nothing is cut.
import { closeSync, openSync } from 'node:fs'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import type { JobLines } from '../../../domain/pipeline/definition.ts'
import { isMissing } from './durable-file.ts'
import { createLineCounter, type LineCounts } from './line-counter.ts'

export type OutputLimits = {
  /** A file beyond this is cut. */
  readonly bytesMax: number
  /** How much of its end is kept, in a second file. */
  readonly bytesKept: number
}

export const outputLimitsDefault: OutputLimits = { bytesMax: 16 * 1024 * 1024, bytesKept: 4 * 1024 * 1024 }

/** A flood is not read to its end: what is beyond this in one round is skipped and its error lines are not counted. */
const bytesReadPerRound = 32 * 1024 * 1024
const pieceBytes = 256 * 1024

export class OutputFile {
  readonly #path: string
  readonly #earlierPath: string
  readonly #limits: OutputLimits
  readonly #counter: ReturnType<typeof createLineCounter>
  #offset = 0
  #round: Promise<void> = Promise.resolve()

  constructor(path: string, limits: OutputLimits, jobs?: JobLines) {
    this.#counter = createLineCounter(jobs)
    this.#path = path
    this.#earlierPath = `${path}.1`
    this.#limits = limits
  }

  /** What was seen since this object was made, from the start of what the file then held. */
  get counts(): LineCounts {
    return this.#counter.counts
  }

  /** Opens the file for an instance to hold; the callback must pass the descriptor on before it returns. */
  hand<T>(take: (descriptor: number) => T): T {
    const descriptor = openSync(this.#path, 'a', 0o600)
    try {
      return take(descriptor)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Reads what is new and cuts the file when it is too long. Returns whether it was cut. Rounds take turns. */
  tend(): Promise<boolean> {
    const turn = this.#round.then(() => this.#tendNow())
    this.#round = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  /** The end of the output, at most `limit` bytes, also from before a cut. */
  async tail(limit: number): Promise<string> {
    const now = await tailOf(this.#path, limit)
    if (now.length >= limit) return now.toString()
    const earlier = await tailOf(this.#earlierPath, limit - now.length)
    return Buffer.concat([earlier, now]).toString()
  }

  async #tendNow(): Promise<boolean> {
    const file = await openIfThere(this.#path, 'r+')
    if (file === undefined) return false
    try {
      const { size } = await file.stat()
      await this.#readNew(file, size)
      if (size <= this.#limits.bytesMax) return false
      await writeFile(this.#earlierPath, await readTail(file, this.#limits.bytesKept), { mode: 0o600 })
      await file.truncate(0)
      this.#offset = 0
      return true
    } finally {
      await file.close()
    }
  }

  async #readNew(file: FileHandle, size: number): Promise<void> {
    if (size < this.#offset) this.#offset = 0
    const end = Math.min(size, this.#offset + bytesReadPerRound)
    const piece = Buffer.alloc(Math.min(pieceBytes, end - this.#offset))
    while (this.#offset < end) {
      const { bytesRead } = await file.read(
        piece,
        0,
        Math.min(piece.length, end - this.#offset),
        this.#offset,
      )
      if (bytesRead === 0) return
      // Levels are ASCII, so a character torn between two pieces changes no count.
      this.#counter.add(piece.toString('latin1', 0, bytesRead))
      this.#offset += bytesRead
    }
  }
}

async function tailOf(path: string, limit: number): Promise<Buffer> {
  const file = await openIfThere(path, 'r')
  if (file === undefined) return Buffer.alloc(0)
  try {
    return await readTail(file, limit)
  } finally {
    await file.close()
  }
}

async function readTail(file: FileHandle, limit: number): Promise<Buffer> {
  const { size } = await file.stat()
  const length = Math.max(0, Math.min(size, limit))
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.subarray(0, bytesRead)
}

async function openIfThere(path: string, flags: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
