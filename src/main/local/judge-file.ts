// A recorded stream of counts, one JSON object a line, read and judged.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { CliWork } from '../../cli/parts.ts'
import { judgeStream, type StreamLine } from '../../domain/analysis/recorded-stream.ts'

const BYTES_MAX = 512 * 1024 * 1024
const LINES_MAX = 2_000_000

const line = z.strictObject({
  at: z.number(),
  arm: z.enum(['candidate', 'baseline']),
  instance: z.string().max(200).default('all'),
  // Counts may be anything a broken counter says; the judge has a word for what cannot be.
  requests: z.number().or(z.null()),
  errors: z.number().or(z.null()).default(0),
  latency: z
    .array(z.tuple([z.number(), z.number()]))
    .max(1_000)
    .default([]),
  errorLines: z.number().or(z.null()).default(0),
})

export async function judgeFile({
  folder,
  file,
}: Parameters<CliWork['judgeFile']>[0]): ReturnType<CliWork['judgeFile']> {
  const read = await textOf(resolve(folder, file))
  if ('problem' in read) return read
  const lines: StreamLine[] = []
  for (const [at, text] of read.text.split('\n').entries()) {
    if (text.trim() === '') continue
    if (lines.length >= LINES_MAX) return { problem: `${file} has more than ${LINES_MAX} lines` }
    const parsed = line.safeParse(jsonOf(text))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const where = issue?.path.join('.') ?? ''
      return {
        problem: `${file}:${at + 1}: ${where === '' ? '' : `\`${where}\` `}${issue?.message ?? 'cannot be read'}; a line is {"at":1000,"arm":"candidate","instance":"a","requests":10,"errors":0,"latency":[[12,10]],"errorLines":0}`,
      }
    }
    lines.push(toLine(parsed.data))
  }
  if (lines.length === 0) return { problem: `${file} has no lines` }
  if (!lines.some(({ arm }) => arm === 'candidate'))
    return { problem: `${file} has no line of the arm "candidate"` }
  return { judged: judgeStream(lines) }
}

/** Null is how JSON writes what is not a number. */
function toLine({ at, requests, errors, errorLines, ...rest }: z.output<typeof line>): StreamLine {
  return {
    ...rest,
    atMs: at,
    requests: requests ?? Number.NaN,
    errors: errors ?? Number.NaN,
    errorLines: errorLines ?? Number.NaN,
  }
}

async function textOf(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const bytes = await readFile(path)
    return bytes.length > BYTES_MAX
      ? { problem: `${path} is larger than ${BYTES_MAX} bytes` }
      : { text: bytes.toString('utf8') }
  } catch (error) {
    return { problem: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
