// Looks at the bytes of a store before SQLite does: SQLite opens a file that lost its end, and an empty one, without
// a word. Reads the head of the file and the frame headers of its write-ahead log, never the whole of it.
//
// Only for a store that this process does not have open: closing a file drops the locks that the process has on it.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'

export type FileLook =
  | { readonly state: 'absent' }
  | { readonly state: 'whole' }
  | { readonly state: 'damaged'; readonly what: string }

const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100
const WAL_HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** The two magic numbers of a write-ahead log differ in the last bit (byte order of its checksums). */
const WAL_MAGIC = 0x377f0682

export function inspectStoreFile(file: string): FileLook {
  const wal = `${file}-wal`
  const walBytes = existsSync(wal) ? statSync(wal).size : 0
  if (!existsSync(file)) {
    if (walBytes === 0) return { state: 'absent' }
    return damaged(`the file itself is gone and only ${wal} is left`)
  }
  const fileBytes = statSync(file).size
  if (fileBytes < HEADER_BYTES) return damaged(`it has only ${fileBytes} bytes`)
  const header = readBytes(file, HEADER_BYTES)
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return damaged('it does not begin like a store')

  const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  if (pageBytes < 512) return damaged('its head is not readable')
  const pagesThere = Math.floor(fileBytes / pageBytes)
  const log = walBytes > WAL_HEADER_BYTES ? committedPages(wal, walBytes, pageBytes) : undefined
  const pagesWanted = log?.pageCount ?? header.readUInt32BE(28)
  // A checkpoint that a power cut ended may leave the file short; then the log still has every page.
  for (let page = pagesThere + 1; page <= pagesWanted; page++) {
    if (log?.pages.has(page)) continue
    const missing = (pagesWanted - pagesThere) * pageBytes
    return damaged(`its end is cut off (up to ${missing} of ${pagesWanted * pageBytes} bytes are missing)`)
  }
  return { state: 'whole' }
}

/** Pages that the log holds up to its last commit, and how many the store has after it. */
function committedPages(wal: string, walBytes: number, pageBytes: number) {
  const log = openSync(wal, 'r')
  try {
    const header = Buffer.alloc(WAL_HEADER_BYTES)
    readSync(log, header, 0, WAL_HEADER_BYTES, 0)
    if ((header.readUInt32BE(0) & ~1) >>> 0 !== WAL_MAGIC) return undefined
    const salts = header.subarray(16, 24)
    const pages = new Set<number>()
    let uncommitted: number[] = []
    let pageCount: number | undefined
    const frame = Buffer.alloc(FRAME_HEADER_BYTES)
    for (let at = WAL_HEADER_BYTES; at + pageBytes < walBytes; at += FRAME_HEADER_BYTES + pageBytes) {
      readSync(log, frame, 0, FRAME_HEADER_BYTES, at)
      // Frames of an earlier round of the log have other salts.
      if (!frame.subarray(8, 16).equals(salts)) break
      uncommitted.push(frame.readUInt32BE(0))
      if (frame.readUInt32BE(4) === 0) continue
      pageCount = frame.readUInt32BE(4)
      for (const page of uncommitted) pages.add(page)
      uncommitted = []
    }
    return pageCount === undefined ? undefined : { pages, pageCount }
  } finally {
    closeSync(log)
  }
}

function readBytes(file: string, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  const opened = openSync(file, 'r')
  try {
    readSync(opened, bytes, 0, count, 0)
  } finally {
    closeSync(opened)
  }
  return bytes
}

function damaged(what: string): FileLook {
  return { state: 'damaged', what }
}
