// An archive as it comes in: counted, hashed, unpacked, put into the store by its digest. Whatever goes wrong on the
// way, nothing of it is left.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { ARTIFACT_BYTES_MAX } from '../api/artifact.ts'
import type { ArtifactStore } from '../ports/artifact-store.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { BadArchive } from './archive/bad-archive.ts'
import { unpackTar } from './archive/unpack-tar.ts'

const UNPACKED = { bytesMax: 8 * 1024 ** 3, entriesMax: 200_000 }

export type Taken = { readonly artifact: string; readonly sizeBytes: number; readonly checksum: string }

/** Throws BadArchive where it cannot be taken, or where `checksum` is another. */
export async function takeArchive(
  parts: { readonly artifacts: Pick<ArtifactStore, 'put'>; readonly uploads: string },
  archive: AsyncIterable<Uint8Array>,
  checksum: string | null,
): Promise<Taken> {
  await mkdir(parts.uploads, { recursive: true })
  const room = await mkdtemp(join(parts.uploads, 'upload-'))
  try {
    const folder = join(room, 'artifact')
    await mkdir(folder)
    const hash = createHash('sha256')
    await unpackWhole(counted(archive, hash), folder)
    const found = `sha256:${hash.digest('hex')}`
    if (checksum !== null && checksum !== found)
      throw new BadArchive(
        `what came in is ${found}, and it should be ${checksum}; nothing of it was kept. Send it again`,
        'artifact/checksum-differs',
      )
    const { digest, sizeBytes } = await parts.artifacts.put(folder)
    return { artifact: digest, sizeBytes, checksum: found }
  } catch (error) {
    throw inOurWords(error)
  } finally {
    await rm(room, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function unpackWhole(bytes: AsyncIterable<Uint8Array>, folder: string): Promise<void> {
  const { first, all } = await peek(bytes)
  if (first[0] !== 0x1f || first[1] !== 0x8b) return await unpackTar(all, folder, UNPACKED)
  const gunzip = createGunzip()
  await pipeline(all, gunzip, (plain: AsyncIterable<Uint8Array>) => unpackTar(plain, folder, UNPACKED))
}

/** The first bytes, and then all of them. */
async function peek(bytes: AsyncIterable<Uint8Array>) {
  const pieces = bytes[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 2) {
    const next = await pieces.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  return {
    first,
    all: (async function* () {
      yield first
      yield* { [Symbol.asyncIterator]: () => pieces }
    })(),
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncIterable<Uint8Array> {
  let count = 0
  for await (const piece of bytes) {
    count += piece.length
    if (count > ARTIFACT_BYTES_MAX)
      throw new BadArchive(
        `the archive is larger than ${ARTIFACT_BYTES_MAX / 1024 ** 3} GiB, the most that is taken`,
        'artifact/too-large',
      )
    hash.update(piece)
    yield piece
  }
}

function inOurWords(error: unknown): unknown {
  if (error instanceof BadArchive || error instanceof PortFailure || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (code.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE')
    return new BadArchive(
      `the archive is damaged, or was cut off on its way (${error.message}). Send it again`,
    )
  return new PortFailure(
    `An artifact could not be taken in: ${error.message}. Look at the disk of the server.`,
    {
      code: 'artifact/not-taken',
      again: 'retry',
      cause: error,
    },
  )
}
