// Makes a lookup table row by row, in blocks that grow, so that a million rows never stand still for long.
import {
  createLookupTable,
  findRow,
  KEY_BYTES_MAX,
  type LookupHead,
  type LookupParts,
  type LookupTable,
} from './lookup-table.ts'
import { layBytes, xxh32Bytes } from './xxh32.ts'

export const LOOKUP_ROWS_MAX = 2_000_000
export const VALUE_BYTES_MAX = 512
const ROWS_AT_FIRST = 1_024
/** Slots per row at the least, so that a look seldom takes more than two steps. */
const SLOTS_PER_ROW = 1.5

export interface LookupBuilder {
  /**
   * Adds a row; undefined where that went well, else what is wrong with it. Texts of one character per byte; one cell
   * per column, absent where undefined.
   */
  add(key: string, cells: readonly (string | undefined)[]): string | undefined
  has(key: string): boolean
  readonly rows: number
  build(): { readonly table: LookupTable; readonly parts: LookupParts }
}

export function createLookupBuilder(head: Omit<LookupHead, 'rows'>): LookupBuilder {
  const { columns } = head
  const scratch = new Uint8Array(KEY_BYTES_MAX * 2)
  const values = new Map<string, number>()
  let rows = 0
  let slots = new Uint32Array(slotsFor(ROWS_AT_FIRST))
  let keyEnds = new Uint32Array(ROWS_AT_FIRST)
  let keyBytes = new Uint8Array(ROWS_AT_FIRST * 16)
  let cells = new Uint32Array(ROWS_AT_FIRST * columns.length)

  const keysEnd = () => (rows === 0 ? 0 : (keyEnds[rows - 1] ?? 0))
  const rowOf = (length: number) => findRow({ slots, keyEnds, keyBytes }, scratch, length)
  const grow = (keyLength: number): void => {
    if (rows === keyEnds.length) {
      keyEnds = grown(keyEnds, rows * 2)
      cells = grown(cells, rows * 2 * columns.length)
      slots = rehashed(slotsFor(rows * 2), { keyEnds, keyBytes }, rows)
    }
    if (keysEnd() + keyLength > keyBytes.length) {
      const larger = new Uint8Array((keyBytes.length + keyLength) * 2)
      larger.set(keyBytes)
      keyBytes = larger
    }
  }
  const valueNumber = (value: string): number => {
    const known = values.get(value)
    if (known !== undefined) return known
    values.set(value, values.size + 1)
    return values.size
  }

  return {
    get rows() {
      return rows
    },
    has: (key) => key.length <= KEY_BYTES_MAX && rowOf(layBytes(key, scratch)) >= 0,
    add: (key, row) => {
      if (key === '') return 'its key is empty'
      if (key.length > KEY_BYTES_MAX)
        return `its key has ${key.length} bytes, and ${KEY_BYTES_MAX} are the most`
      if (row.length !== columns.length)
        return `it has ${row.length} values, and the table has ${columns.length} columns`
      const long = row.find((value) => (value?.length ?? 0) > VALUE_BYTES_MAX)
      if (long !== undefined)
        return `one of its values has ${long.length} bytes, and ${VALUE_BYTES_MAX} are the most`
      if (rows === LOOKUP_ROWS_MAX) return `a table has ${LOOKUP_ROWS_MAX} rows at the most`
      const length = layBytes(key, scratch)
      if (rowOf(length) >= 0) return `its key ${JSON.stringify(key)} stood in a row before`
      grow(length)
      const start = keysEnd()
      keyBytes.set(scratch.subarray(0, length), start)
      keyEnds[rows] = start + length
      for (const [at, value] of row.entries())
        cells[rows * columns.length + at] = value === undefined ? 0 : valueNumber(value)
      put(slots, xxh32Bytes(scratch, 0, length), rows)
      rows += 1
      return undefined
    },
    build: () => {
      const parts: LookupParts = {
        slots,
        keyEnds: keyEnds.slice(0, rows),
        keyBytes: keyBytes.slice(0, keysEnd()),
        cells: cells.slice(0, rows * columns.length),
        ...laidValues(values),
      }
      return { table: createLookupTable({ ...head, rows }, parts), parts }
    },
  }
}

function slotsFor(rows: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, rows * SLOTS_PER_ROW)))
}

function grown(words: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(length)
  larger.set(words)
  return larger
}

function put(slots: Uint32Array, hash: number, row: number): void {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = row + 1
}

function rehashed(
  size: number,
  { keyEnds, keyBytes }: Pick<LookupParts, 'keyEnds' | 'keyBytes'>,
  rows: number,
): Uint32Array<ArrayBuffer> {
  const slots = new Uint32Array(size)
  let start = 0
  for (let row = 0; row < rows; row++) {
    const end = keyEnds[row] ?? 0
    put(slots, xxh32Bytes(keyBytes, start, end), row)
    start = end
  }
  return slots
}

function laidValues(values: ReadonlyMap<string, number>): Pick<LookupParts, 'valueEnds' | 'valueBytes'> {
  const valueEnds = new Uint32Array(values.size)
  let end = 0
  for (const [value, number] of values) valueEnds[number - 1] = end += value.length
  const valueBytes = new Uint8Array(end)
  let at = 0
  for (const value of values.keys())
    for (let sign = 0; sign < value.length; sign++) valueBytes[at++] = value.charCodeAt(sign) & 255
  return { valueEnds, valueBytes }
}
