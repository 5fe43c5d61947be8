// A line of a file of minutes or hours: one release on one track, its total or one of its dimensions.
import type { Counts, MeasuredArm, MeasuredValue } from '../../../domain/analysis/measures/measured.ts'
import { z } from 'zod'
import type { MeasuredPart } from '../../../ports/measure-store.ts'

const flatLatency = z.array(z.number())
const flatCounts = z.tuple([z.number(), z.number(), flatLatency])
const head = { from: z.number(), span: z.number(), release: z.number(), track: z.string().nullable() }
const totalLine = z.object({ ...head, total: flatCounts })
const dimensionLine = z.object({
  ...head,
  missed: z.number(),
  other: flatCounts,
  values: z.array(z.unknown()),
})

// As `JSON.stringify` writes them; within a text of somebody else the quotes would be escaped.
const NOTHING_MISSED = '"missed":0,'
const VALUES = '"values":'
const ROW_END = ']]'

type Window = { readonly from: number; readonly spanMs: number }

export function totalText({ from, spanMs }: Window, { release, track, total }: MeasuredArm): string {
  return `${JSON.stringify({ from, span: spanMs, release, track, total: flat(total) })}\n`
}

/** One text per dimension, by its name. */
export function dimensionTexts(
  { from, spanMs }: Window,
  { release, track, dimensions }: MeasuredArm,
): ReadonlyMap<string, string> {
  return new Map(
    dimensions.map(({ dimension, values, other, missedMax }) => {
      const rows = values.map(({ value, requests, errors, missedMax: missed, latency }) => [
        value,
        requests,
        errors,
        missed,
        latency.flat(),
      ])
      const line = { from, span: spanMs, release, track, missed: missedMax, other: flat(other), values: rows }
      return [dimension, `${JSON.stringify(line)}\n`]
    }),
  )
}

export function readTotal(line: string): MeasuredPart | undefined {
  const read = totalLine.safeParse(parsed(line))
  if (!read.success) return undefined
  const { from, span, release, track, total } = read.data
  return { from, spanMs: span, arm: { release, track, total: full(total), dimensions: [] } }
}

/**
 * What a line says of one value, without understanding the rest of it: a question about one customer looks at every
 * line of two weeks. Undefined where it says nothing. The needle is how the value's row begins.
 */
export function readValue(line: string, dimension: string, needle: string): MeasuredPart | undefined {
  const at = line.indexOf(needle)
  if (at < 0 && line.includes(NOTHING_MISSED)) return undefined
  const row = at < 0 ? '' : line.slice(at, line.indexOf(ROW_END, at) + ROW_END.length)
  return readDimension(`${line.slice(0, line.indexOf(VALUES))}${VALUES}[${row}]}`, dimension)
}

export function needleOf(value: string): string {
  return `${JSON.stringify([value]).slice(0, -1)},`
}

export function readDimension(line: string, dimension: string): MeasuredPart | undefined {
  const read = dimensionLine.safeParse(parsed(line))
  if (!read.success) return undefined
  const { from, span, release, track, missed, other, values } = read.data
  const told = {
    dimension,
    values: values.flatMap((row) => readRow(row) ?? []),
    other: full(other),
    missedMax: missed,
  }
  const total = { requests: 0, errors: 0, latency: [] }
  return { from, spanMs: span, arm: { release, track, total, dimensions: [told] } }
}

/** By hand, for there are hundreds of them in a line, and hundreds of thousands in a question. */
function readRow(row: unknown): MeasuredValue | undefined {
  if (!Array.isArray(row)) return undefined
  const [value, requests, errors, missedMax, latency]: readonly unknown[] = row
  if (typeof value !== 'string' || typeof requests !== 'number' || typeof errors !== 'number')
    return undefined
  if (typeof missedMax !== 'number' || !isNumbers(latency)) return undefined
  return { value, ...full([requests, errors, latency]), missedMax }
}

function isNumbers(list: unknown): list is readonly number[] {
  return Array.isArray(list) && list.every((one) => typeof one === 'number')
}

function flat({ requests, errors, latency }: Counts): readonly [number, number, readonly number[]] {
  return [requests, errors, latency.flat()]
}

function full([requests, errors, latency]: readonly [number, number, readonly number[]]): Counts {
  const pairs: (readonly [number, number])[] = []
  for (let at = 0; at + 1 < latency.length; at += 2) pairs.push([latency[at] ?? 0, latency[at + 1] ?? 0])
  return { requests, errors, latency: pairs }
}

/** Undefined for a line that a crash tore. */
export function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
