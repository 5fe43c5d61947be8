// A line of a file of minutes or hours: one release on one track, its total or one of its dimensions.
import { VALUES_KEPT, type Counts, type MeasuredArm } from '../../../domain/analysis/measures/measured.ts'
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
  values: z
    .array(z.tuple([z.string(), z.number(), z.number(), z.number(), flatLatency]))
    .max(VALUES_KEPT * 2),
})

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

/** Whether a line may say anything of a value, seen without understanding the line. */
export function mayTellOf(line: string, value: string): boolean {
  return line.includes(`${JSON.stringify([value]).slice(0, -1)},`) || !line.includes('"missed":0,')
}

/** With `value`, that one alone. */
export function readDimension(line: string, dimension: string, value?: string): MeasuredPart | undefined {
  const read = dimensionLine.safeParse(parsed(line))
  if (!read.success) return undefined
  const { from, span, release, track, missed, other, values } = read.data
  const wanted = value === undefined ? values : values.filter(([name]) => name === value)
  const told = {
    dimension,
    values: wanted.map(([name, requests, errors, missedMax, latency]) => ({
      value: name,
      ...full([requests, errors, latency]),
      missedMax,
    })),
    other: full(other),
    missedMax: missed,
  }
  const total = { requests: 0, errors: 0, latency: [] }
  return { from, spanMs: span, arm: { release, track, total, dimensions: [told] } }
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
