// A lookup table as people push it, in one go or in changes: built beside the one in force, and all of it or nothing.
import { setImmediate as othersTurn } from 'node:timers/promises'
import { LOOKUP_BYTES_MAX, type LookupChanges } from '../api/traffic.ts'
import { asByteText } from '../domain/traffic/byte-text.ts'
import { createLookupBuilder, type LookupBuilder } from '../domain/traffic/lookup-builder.ts'
import type { LookupHead, LookupTable } from '../domain/traffic/lookup-table.ts'
import type { LookupKey } from '../domain/traffic/request-facts.ts'
import type { LookupStore } from '../ports/lookup-store.ts'
import { BadCsv, csvRows } from './csv-rows.ts'

export type PushParts = { readonly store: LookupStore; readonly now: () => number }
export type Built =
  | { readonly head: LookupHead }
  | { readonly refusal: { readonly code: string; readonly text: string } }

const COLUMN = /^[\w.-]{1,64}$/
const COLUMNS_MAX = 16
/** So many rows are taken over at once before others get their turn. */
const ROWS_AT_ONCE = 2_000

export async function pushCsv(
  { store, now }: PushParts,
  service: string,
  table: string,
  key: LookupKey,
  csv: AsyncIterable<Uint8Array>,
): Promise<Built> {
  const generation = await nextGeneration(store, now, service, table)
  let builder: LookupBuilder | undefined
  try {
    for await (const rows of csvRows(csv, LOOKUP_BYTES_MAX))
      for (const { line, cells } of rows) {
        if (!builder) {
          builder = createLookupBuilder({ table, generation, key, columns: columnsOf(line, cells) })
          continue
        }
        const wrong = builder.add(cells[0] ?? '', cells.slice(1).map(absentIfEmpty))
        if (wrong !== undefined) throw new BadCsv(line, wrong)
      }
  } catch (error) {
    if (!(error instanceof BadCsv)) throw error
    return refused(
      'lookup/bad-line',
      `line ${error.line} of the table ${table}: ${error.message}. Nothing was changed`,
    )
  }
  if (!builder)
    return refused(
      'lookup/bad-line',
      `line 1 of the table ${table}: it is empty; the first line names the columns`,
    )
  return putInForce(store, service, builder)
}

export async function pushChanges(
  { store, now }: PushParts,
  service: string,
  old: LookupTable,
  changes: LookupChanges,
): Promise<Built> {
  const { columns } = old.head
  const set = new Map<string, Readonly<Record<string, string>>>()
  for (const [key, cells] of Object.entries(changes.set)) {
    const strange = Object.keys(cells).find((column) => !columns.includes(column))
    if (strange !== undefined)
      return refused(
        'lookup/bad-line',
        `the row ${key} has a value for ${strange}, and the table has ${columns.join(', ')}. Nothing was changed`,
      )
    set.set(asByteText(key), cells)
  }
  const remove = new Set(changes.remove.map(asByteText))
  const generation = await nextGeneration(store, now, service, old.head.table)
  const builder = createLookupBuilder({ ...old.head, generation })
  const cellsOf = (cells: Readonly<Record<string, string>>, before: readonly (string | undefined)[] = []) =>
    columns.map((column, at) => {
      const cell = cells[column]
      return cell === undefined ? before[at] : absentIfEmpty(asByteText(cell))
    })
  let taken = 0
  for (const row of old.rows()) {
    const change = set.get(row.key)
    set.delete(row.key)
    if (remove.has(row.key)) continue
    const wrong = builder.add(row.key, change ? cellsOf(change, row.cells) : row.cells)
    if (wrong !== undefined)
      return refused('lookup/bad-line', `the row ${row.key}: ${wrong}. Nothing was changed`)
    taken += 1
    if (taken % ROWS_AT_ONCE === 0) await othersTurn()
  }
  for (const [key, cells] of set) {
    if (remove.has(key)) continue
    const wrong = builder.add(key, cellsOf(cells))
    if (wrong !== undefined)
      return refused('lookup/bad-line', `the row ${key}: ${wrong}. Nothing was changed`)
  }
  return putInForce(store, service, builder)
}

async function putInForce(store: LookupStore, service: string, builder: LookupBuilder): Promise<Built> {
  const { table, parts } = builder.build()
  await store.put(service, table.head, parts)
  return { head: table.head }
}

/** By the clock, so that a table that was taken away and pushed again is newer than what it was. */
async function nextGeneration(
  store: LookupStore,
  now: () => number,
  service: string,
  table: string,
): Promise<number> {
  return Math.max((await store.newest(service, table)) + 1, now())
}

function columnsOf(line: number, cells: readonly string[]): readonly string[] {
  const columns = cells.slice(1)
  const bad = cells.find((column) => !COLUMN.test(column))
  if (bad !== undefined)
    throw new BadCsv(
      line,
      `${JSON.stringify(bad)} cannot be the name of a column; the first line names them, such as customer,plan`,
    )
  if (columns.length === 0)
    throw new BadCsv(line, 'it names one column only; the key comes first, then what is looked up')
  if (columns.length > COLUMNS_MAX)
    throw new BadCsv(line, `it names ${columns.length} columns, and ${COLUMNS_MAX} are the most`)
  if (new Set(cells).size !== cells.length) throw new BadCsv(line, 'two columns have the same name')
  return columns
}

function absentIfEmpty(cell: string): string | undefined {
  return cell === '' ? undefined : cell
}

function refused(code: string, text: string): Built {
  return { refusal: { code, text } }
}
