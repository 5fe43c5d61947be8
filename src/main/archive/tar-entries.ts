// What a tar archive holds, in its order, with long names put together. Nothing is written here.
import { BadArchive } from './bad-archive.ts'
import { cutShort, type ByteReader } from './byte-reader.ts'
import { BLOCK_BYTES, checkedSize, readHeader, readPax, type TarHeader, utf8 } from './tar-header.ts'

export type TarEntry = {
  readonly kind: 'file' | 'folder' | 'link' | 'same'
  readonly path: string
  /** Of a link: where it leads, as written. Of `same`: the path of a file that came before. */
  readonly target: string
  readonly mode: number
  readonly sizeBytes: number
  /** Of a file; must be read before the next entry is asked for. */
  readonly content: () => AsyncIterable<Buffer>
}

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'same',
  '2': 'link',
  '5': 'folder',
}

/** Long names and extended headers are small; what claims otherwise wants our memory. */
const EXTENDED_BYTES_MAX = 256 * 1024

export async function* tarEntries(reader: ByteReader): AsyncIterable<TarEntry> {
  let extended: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const block = await reader.exactly(BLOCK_BYTES)
    // Two blocks of zeroes end it; where not even one came, more was to follow.
    if (block === null) throw cutShort()
    const header = readHeader(block)
    if (header === null) break
    if ('xgLK'.includes(header.type)) {
      extended = new Map([...extended, ...(await extendedBy(reader, header))])
      continue
    }
    yield* oneEntry(reader, header, extended)
    extended = new Map()
  }
  await reader.drain()
}

async function extendedBy(reader: ByteReader, { type, sizeBytes }: TarHeader) {
  if (sizeBytes > EXTENDED_BYTES_MAX) throw new BadArchive('an extended header of the archive is too long')
  const bytes = sizeBytes === 0 ? Buffer.alloc(0) : await reader.exactly(sizeBytes)
  if (bytes === null) throw cutShort()
  await skipPadding(reader, sizeBytes)
  // What holds for all files is times and owners, which are not kept.
  if (type === 'g') return new Map<string, string>()
  if (type === 'x') return readPax(Buffer.from(bytes))
  const end = bytes.indexOf(0)
  return new Map([
    [type === 'L' ? 'path' : 'linkpath', utf8(bytes.subarray(0, end < 0 ? bytes.length : end))],
  ])
}

async function* oneEntry(
  reader: ByteReader,
  header: TarHeader,
  extended: ReadonlyMap<string, string>,
): AsyncIterable<TarEntry> {
  const path = extended.get('path') ?? header.path
  // Before pax there were folders that were files with a slash behind their name.
  const kind = header.type === '\0' && path.endsWith('/') ? 'folder' : KINDS[header.type]
  if (kind === undefined || [...extended.keys()].some((key) => key.startsWith('GNU.sparse')))
    throw new BadArchive(
      `${JSON.stringify(path)} is neither a plain file nor a folder nor a link, and an artifact cannot hold it`,
    )
  const size = extended.get('size')
  const sizeBytes = size === undefined ? header.sizeBytes : checkedSize(Number(size))
  const target = extended.get('linkpath') ?? header.target
  if (kind !== 'file') {
    yield { kind, path, target, mode: header.mode, sizeBytes: 0, content: nothing }
    for await (const _piece of reader.pieces(sizeBytes));
  } else {
    let left = sizeBytes
    yield {
      kind,
      path,
      target,
      mode: header.mode,
      sizeBytes,
      content: async function* () {
        for await (const piece of reader.pieces(left)) {
          left -= piece.length
          yield piece
        }
      },
    }
    for await (const piece of reader.pieces(left)) left -= piece.length
  }
  await skipPadding(reader, sizeBytes)
}

async function* nothing(): AsyncIterable<Buffer> {
  // Folders and links have no content.
}

async function skipPadding(reader: ByteReader, sizeBytes: number): Promise<void> {
  const over = sizeBytes % BLOCK_BYTES
  if (over > 0 && (await reader.exactly(BLOCK_BYTES - over)) === null) throw cutShort()
}
