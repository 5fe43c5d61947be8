// Lookup tables on disk: `lookups/<service>/<table>/<generation>.table`, the highest generation counts. A file is the
// table itself, as it lies in memory; it is linked into place once and never written again.
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { endianness } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createLookupTable } from '../../domain/traffic/lookup-table.ts'
import type { LookupHead, LookupParts, LookupTable } from '../../domain/traffic/lookup-table.ts'
import { lookupKeySchema, tableName } from '../route-rule.ts'

const MAGIC = 'sluice-table-1'
const DIGITS = 16
const KEPT = 2
const WORD = 4
const HEAD_BYTES_MAX = 64 * 1024
/** So much is read or written at once: a large table never holds anybody up. */
const CHUNK_BYTES = 1024 * 1024

const headSchema = z.object({
  magic: z.literal(MAGIC),
  // Numbers lie as this machine lays them.
  endianness: z.literal(endianness()),
  head: z.object({
    table: tableName,
    generation: z.int().min(1),
    key: lookupKeySchema,
    columns: z.array(z.string()),
    rows: z.int().min(0),
  }),
  slots: z.int().min(2),
  values: z.int().min(0),
  keyBytes: z.int().min(0),
  valueBytes: z.int().min(0),
})

export type LookupFolder = {
  /** On disk, and synced, when it resolves; false when that generation is there already. */
  put(service: string, head: LookupHead, parts: LookupParts): Promise<boolean>
  /** The newest that can be read; undefined when there is none. */
  read(service: string, table: string): Promise<LookupTable | undefined>
  /** The newest generation of a table that was ever put, 0 for none. */
  newest(service: string, table: string): Promise<number>
  /** Names of all tables, by service. */
  list(): Promise<readonly { readonly service: string; readonly table: string }[]>
  remove(service: string, table: string): Promise<void>
}

export function createLookupFolder(
  stateDir: string,
  onUnreadable: (file: string, error: unknown) => void = () => {},
): LookupFolder {
  const root = join(stateDir, 'lookups')
  const folderOf = (service: string, table: string) =>
    join(root, tableName.parse(service), tableName.parse(table))

  return {
    async put(service, head, parts) {
      const folder = folderOf(service, head.table)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const isNew = await linkIntoPlace(folder, head, parts)
      if (isNew) await forgetOld(folder)
      return isNew
    },
    async read(service, table) {
      const folder = folderOf(service, table)
      for (const name of (await generations(folder)).toReversed()) {
        try {
          return await readTable(join(folder, name))
        } catch (error) {
          onUnreadable(join(folder, name), error)
        }
      }
      return undefined
    },
    newest: async (service, table) =>
      Number((await generations(folderOf(service, table))).at(-1)?.slice(0, DIGITS) ?? 0),
    async list() {
      const found: { service: string; table: string }[] = []
      for (const service of await entries(root))
        for (const table of await entries(join(root, service)))
          if ((await generations(join(root, service, table))).length > 0) found.push({ service, table })
      return found
    },
    async remove(service, table) {
      const folder = folderOf(service, table)
      for (const name of await generations(folder)) await unlink(join(folder, name))
    },
  }
}

async function linkIntoPlace(folder: string, head: LookupHead, parts: LookupParts): Promise<boolean> {
  const scratch = join(folder, `.new-${randomBytes(6).toString('hex')}`)
  const file = await open(scratch, 'wx', 0o600)
  try {
    for (const block of [headBlock(head, parts), ...blocksOf(parts)]) await writeAll(file, block)
    await file.sync()
    await link(scratch, join(folder, `${String(head.generation).padStart(DIGITS, '0')}.table`))
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await file.close()
    await unlink(scratch)
  }
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  return true
}

/** A length, then JSON, filled up so that what follows lies on a word. */
function headBlock(head: LookupHead, { slots, valueEnds, keyBytes, valueBytes }: LookupParts): Uint8Array {
  const sizes = {
    slots: slots.length,
    values: valueEnds.length,
    keyBytes: keyBytes.length,
    valueBytes: valueBytes.length,
  }
  const json = Buffer.from(JSON.stringify({ magic: MAGIC, endianness: endianness(), head, ...sizes }))
  const block = new Uint8Array(WORD + onWord(json.length)).fill(0x20)
  new Uint32Array(block.buffer, 0, 1)[0] = block.length - WORD
  block.set(json, WORD)
  return block
}

function blocksOf(parts: LookupParts): readonly Uint8Array[] {
  const words = [parts.slots, parts.keyEnds, parts.cells, parts.valueEnds]
  return [
    ...words.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
    parts.keyBytes,
    parts.valueBytes,
  ]
}

async function writeAll(file: FileHandle, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length; )
    at += (await file.write(block, at, Math.min(CHUNK_BYTES, block.length - at))).bytesWritten
}

/** Throws when the file is not a whole table. */
async function readTable(path: string): Promise<LookupTable> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const headLength = new Uint32Array(await readBlock(file, 0, WORD))[0] ?? 0
    if (headLength > HEAD_BYTES_MAX) throw new Error(`${path} is no lookup table`)
    const start = WORD + headLength
    const json = Buffer.from(await readBlock(file, WORD, headLength)).toString('utf8')
    const { head, ...sizes } = headSchema.parse(JSON.parse(json))
    const lengths = [sizes.slots, head.rows, head.rows * head.columns.length, sizes.values]
    const words = lengths.reduce((sum, length) => sum + length, 0)
    const whole = start + words * WORD + sizes.keyBytes + sizes.valueBytes
    if (size !== whole) throw new Error(`${path} has ${size} bytes and should have ${whole}`)
    const body = await readBlock(file, start, size - start)
    let at = 0
    const part = (index: number): Uint32Array => {
      const made = new Uint32Array(body, at, lengths[index])
      at += made.byteLength
      return made
    }
    const [slots, keyEnds, cells, valueEnds] = [part(0), part(1), part(2), part(3)]
    const keyBytes = new Uint8Array(body, at, sizes.keyBytes)
    const valueBytes = new Uint8Array(body, at + sizes.keyBytes, sizes.valueBytes)
    return createLookupTable(head, { slots, keyEnds, cells, valueEnds, keyBytes, valueBytes })
  } finally {
    await file.close()
  }
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<ArrayBuffer> {
  const block = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(block, at, Math.min(CHUNK_BYTES, length - at), position + at)
    if (bytesRead === 0) throw new Error('a lookup table ends too early')
    at += bytesRead
  }
  return block.buffer
}

async function forgetOld(folder: string): Promise<void> {
  for (const name of (await generations(folder)).slice(0, -KEPT))
    await unlink(join(folder, name)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
}

async function generations(folder: string): Promise<readonly string[]> {
  return (await entries(folder)).filter((name) => /^\d{16}\.table$/.test(name)).toSorted()
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return []
    throw error
  }
}

function onWord(bytes: number): number {
  return Math.ceil(bytes / WORD) * WORD
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
