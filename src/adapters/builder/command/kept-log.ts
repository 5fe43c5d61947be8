// The log of one build, on the disk from the first byte. It only ever grows at its end, so an offset stays what it was:
// the head is written as it comes, and when it is full the newest output waits in memory until the build is over.
import { type FileHandle, open } from 'node:fs/promises'
import { stripVTControlCharacters } from 'node:util'

export type KeptLog = {
  /** All that was written so far, kept or not. */
  readonly writtenBytes: number
  /** The newest lines that the build itself wrote, in one line, for the reason of a failure; empty when it was silent. */
  lastWords(): string
  write(bytes: Uint8Array): Promise<void>
  /** A line of our own, marked as such. */
  note(sentence: string): Promise<void>
  end(): Promise<void>
}

/** So much of the end is looked at, and so much of it said. */
const lastBytesMax = 4 * 1024
const lastLinesMax = 3
const lastLettersMax = 400

export async function openKeptLog(options: {
  readonly path: string
  readonly headBytesMax: number
  readonly tailBytesMax: number
}): Promise<KeptLog> {
  const file = await open(options.path, 'w', 0o600)
  const tail = tailOf(options.tailBytesMax)
  let writtenBytes = 0
  let headBytes = 0
  let last = Buffer.alloc(0)

  const append = async (bytes: Uint8Array) => {
    await writeAll(file, bytes)
    headBytes += bytes.length
  }
  const write = async (bytes: Uint8Array) => {
    writtenBytes += bytes.length
    const fits = Math.max(0, options.headBytesMax - headBytes)
    if (fits > 0) await append(bytes.subarray(0, fits))
    if (bytes.length > fits) tail.push(bytes.subarray(fits))
  }

  return {
    get writtenBytes() {
      return writtenBytes
    },
    write: async (bytes) => {
      const newest = bytes.subarray(-lastBytesMax)
      last = Buffer.concat([last, newest]).subarray(-lastBytesMax)
      await write(bytes)
    },
    lastWords: () => wordsOf(last),
    note: (sentence) => write(Buffer.from(`[sluice] ${sentence}\n`)),
    end: async () => {
      try {
        if (tail.droppedBytes() > 0) {
          await append(Buffer.from(`\n[sluice] … ${tail.droppedBytes()} bytes were not kept …\n`))
        }
        for (const chunk of tail.chunks()) await append(chunk)
        await file.sync()
      } finally {
        await file.close()
      }
    },
  }
}

function wordsOf(bytes: Buffer): string {
  const lines = stripVTControlCharacters(bytes.toString('utf8'))
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .filter((line) => line !== '')
  return lines.slice(-lastLinesMax).join(' / ').slice(-lastLettersMax)
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

/** The last bytes of a stream, and how many went before them. */
function tailOf(bytesMax: number): {
  push(bytes: Uint8Array): void
  droppedBytes(): number
  chunks(): readonly Uint8Array[]
} {
  const chunks: Uint8Array[] = []
  let size = 0
  let dropped = 0
  return {
    push: (bytes) => {
      chunks.push(bytes)
      size += bytes.length
      for (let over = size - bytesMax; over > 0; over = size - bytesMax) {
        const first = chunks[0]!
        if (first.length <= over) chunks.shift()
        else chunks[0] = first.subarray(over)
        const cut = Math.min(first.length, over)
        size -= cut
        dropped += cut
      }
    },
    droppedBytes: () => dropped,
    chunks: () => chunks,
  }
}
