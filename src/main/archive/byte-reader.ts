// Exactly as many bytes as are asked for, out of a stream that comes in pieces of its own.
import { BadArchive } from './bad-archive.ts'

export type ByteReader = {
  /** Null at the end of the stream; an archive that ends in between is bad. */
  exactly(count: number): Promise<Buffer | null>
  /** The next `count` bytes, piece by piece. */
  pieces(count: number): AsyncIterable<Buffer>
  /** Reads the rest and forgets it. */
  drain(): Promise<void>
}

export function byteReader(bytes: AsyncIterable<Uint8Array>): ByteReader {
  const source = bytes[Symbol.asyncIterator]()
  let kept: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await source.next()
    if (next.done) return false
    const piece = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    kept = kept.length === 0 ? piece : Buffer.concat([kept, piece])
    return true
  }
  return {
    exactly: async (count) => {
      while (kept.length < count)
        if (!(await more())) {
          if (kept.length === 0) return null
          throw cutShort()
        }
      const taken = kept.subarray(0, count)
      kept = kept.subarray(count)
      return taken
    },
    async *pieces(count) {
      let left = count
      while (left > 0) {
        if (kept.length === 0 && !(await more())) throw cutShort()
        const taken = kept.subarray(0, left)
        kept = kept.subarray(taken.length)
        left -= taken.length
        if (taken.length > 0) yield taken
      }
    },
    drain: async () => {
      kept = Buffer.alloc(0)
      while (await more()) kept = Buffer.alloc(0)
    },
  }
}

export function cutShort(): BadArchive {
  return new BadArchive('the archive ends before it is over; it was cut off on its way. Send it again')
}
