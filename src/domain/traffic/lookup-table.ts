// A lookup table as one block of bytes: written once beside the one in force, read as it lies on disk, swapped by
// pointing at another. A million rows are a few dozen megabytes, no objects, and nothing for the collector to visit.
import type { LookupKey, LookupRows } from './request-facts.ts'
import { layBytes, xxh32Bytes } from './xxh32.ts'

/** What a block says of itself. */
export type LookupHead = {
  readonly table: string
  readonly generation: number
  readonly key: LookupKey
  readonly columns: readonly string[]
  readonly rows: number
}

/** The parts of a block. Keys and values lie one after another; `…Ends` says where each ends. */
export type LookupParts = {
  /** Row number plus 1 by hash, open addressing; 0 is empty. A power of two long. */
  readonly slots: Uint32Array
  readonly keyEnds: Uint32Array
  /** Value number plus 1, row by row; 0 is absent. */
  readonly cells: Uint32Array
  readonly valueEnds: Uint32Array
  readonly keyBytes: Uint8Array
  readonly valueBytes: Uint8Array
}

export interface LookupTable extends LookupRows {
  readonly head: LookupHead
  has(key: string): boolean
  /** Every row, in the order of the push; cells are undefined where they are absent. */
  rows(): Iterable<{ readonly key: string; readonly cells: readonly (string | undefined)[] }>
}

/** Longest key, in bytes. */
export const KEY_BYTES_MAX = 512
const scratch = new Uint8Array(KEY_BYTES_MAX * 2)

/** Keys and values are texts of one character per byte. */
export function createLookupTable(head: LookupHead, parts: LookupParts): LookupTable {
  const { columns } = head
  const columnAt = new Map(columns.map((column, index) => [column, index]))
  const known: (string | undefined)[] = Array.from({ length: Math.min(parts.valueEnds.length, VALUES_KEPT) })
  const valueOf = (cell: number): string | undefined => {
    if (cell === 0) return undefined
    const kept = known[cell - 1]
    if (kept !== undefined) return kept
    const text = textAt(parts.valueBytes, parts.valueEnds, cell - 1)
    if (cell <= known.length) known[cell - 1] = text
    return text
  }
  return {
    head,
    key: head.key,
    has: (key) => key.length <= KEY_BYTES_MAX && findRow(parts, scratch, layBytes(key, scratch)) >= 0,
    cell: (key, column) => {
      const at = columnAt.get(column)
      if (at === undefined || key.length > KEY_BYTES_MAX) return undefined
      const row = findRow(parts, scratch, layBytes(key, scratch))
      return row < 0 ? undefined : valueOf(parts.cells[row * columns.length + at] ?? 0)
    },
    *rows() {
      for (let row = 0; row < head.rows; row++)
        yield {
          key: textAt(parts.keyBytes, parts.keyEnds, row),
          cells: columns.map((_, at) => valueOf(parts.cells[row * columns.length + at] ?? 0)),
        }
    },
  }
}

/** Values are few as a rule (`free`, `paying`); of many only the first are kept as texts. */
const VALUES_KEPT = 10_000

type KeyParts = Pick<LookupParts, 'slots' | 'keyEnds' | 'keyBytes'>

/** The row of a key, or -1. */
export function findRow(parts: KeyParts, key: Uint8Array, length: number): number {
  const { slots } = parts
  const mask = slots.length - 1
  for (let slot = xxh32Bytes(key, 0, length) & mask; ; slot = (slot + 1) & mask) {
    const row = (slots[slot] ?? 0) - 1
    if (row < 0 || isKey(parts, row, key, length)) return row
  }
}

function isKey({ keyEnds, keyBytes }: KeyParts, row: number, key: Uint8Array, length: number): boolean {
  const start = row === 0 ? 0 : (keyEnds[row - 1] ?? 0)
  if ((keyEnds[row] ?? 0) - start !== length) return false
  for (let at = 0; at < length; at++) if (keyBytes[start + at] !== key[at]) return false
  return true
}

export function textAt(bytes: Uint8Array, ends: Uint32Array, index: number): string {
  const end = ends[index] ?? 0
  let text = ''
  for (let at = index === 0 ? 0 : (ends[index - 1] ?? 0); at < end; at++)
    text += String.fromCharCode(bytes[at] ?? 0)
  return text
}
