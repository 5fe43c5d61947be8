// A line of a file of seconds: one window as a counter told it, with its number.
import { z } from 'zod'
import { measuredWindowSchema } from '../../../api/router-admin/measures-wire.ts'
import type { TakenWindow } from '../../../ports/measure-source.ts'
import type { MeasuredPart } from '../../../ports/measure-store.ts'
import { parsed } from './measure-line.ts'

const secondLine = z.object({ counter: z.string(), seq: z.number(), window: measuredWindowSchema })

type Second = {
  readonly taken: Pick<TakenWindow, 'counter' | 'seq' | 'window'>
  parts(dimension: string | null, value: string | undefined): readonly MeasuredPart[]
}

export function secondText({ counter, seq, window }: TakenWindow): string {
  return `${JSON.stringify({ counter, seq, window })}\n`
}

/** Undefined for a line that a crash tore. */
export function readSecond(line: string): Second | undefined {
  const read = secondLine.safeParse(parsed(line))
  return read.success ? { taken: read.data, parts: (...asked) => partsOf(read.data, ...asked) } : undefined
}

function partsOf(
  { window }: Second['taken'],
  dimension: string | null,
  value: string | undefined,
): readonly MeasuredPart[] {
  const { from, spanMs } = window
  return window.arms.map((arm): MeasuredPart => {
    if (dimension === null) return { from, spanMs, arm: { ...arm, dimensions: [] } }
    const total = { requests: 0, errors: 0, latency: [] }
    const dimensions = arm.dimensions
      .filter((one) => one.dimension === dimension)
      .map((one) =>
        value === undefined ? one : { ...one, values: one.values.filter((each) => each.value === value) },
      )
    return { from, spanMs, arm: { ...arm, total, dimensions } }
  })
}
