// Reads columns of a row with the type that the schema promises. Another type means that the file is not what it says.
import type { SQLOutputValue } from 'node:sqlite'
import { corrupt } from './sqlite-failure.ts'

export type Row = Record<string, SQLOutputValue>

export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number')
    throw corrupt(`column ${column} should hold a number and holds ${typeof value}`)
  return value
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw corrupt(`column ${column} should hold text and holds ${typeof value}`)
  return value
}

/** Data of an event or snapshot. */
export function json(row: Row, column: string): unknown {
  return JSON.parse(text(row, column))
}
