// The few questions of Prometheus' HTTP API that are asked, and their answers as far as they are looked at.
import { z } from 'zod'
import { PortFailure } from '../../../ports/port-failure.ts'
import { askJson } from '../ask-json.ts'
import type { Sample } from '../series-ledger.ts'

export type Series = {
  readonly labels: Readonly<Record<string, string>>
  /** In order of time; a value may be NaN, or infinite. */
  readonly samples: readonly Sample[]
}

export interface PrometheusApi {
  /** Its own clock, so that nothing depends on whether it is right. */
  seconds(): Promise<number>
  /** Raw samples of the last so many seconds, at the times at which they were taken. */
  range(selector: string, windowSeconds: number, atSeconds: number): Promise<readonly Series[]>
  /** An expression at one time; null where it comes to one number without labels. */
  instant(expression: string, atSeconds: number): Promise<readonly Series[] | null>
  /** Labels of everything that is called so; empty where nothing is. */
  labelsOf(name: string, atSeconds: number): Promise<readonly string[]>
  names(): Promise<readonly string[]>
}

const BYTES_MAX = 16 * 1024 * 1024
/** Names and labels are looked for so far back. */
const KNOWN_SECONDS = 3_600

const pair = z.tuple([z.number(), z.string()])
const labels = z.record(z.string(), z.string())
const answer = z.object({ status: z.literal('success'), data: z.unknown() })
const result = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: labels, values: z.array(pair).default([]) })),
  }),
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: labels, value: pair.optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: pair }),
  z.object({ resultType: z.literal('string'), result: z.unknown() }),
])
const words = z.array(z.string())

export function createPrometheusApi(options: {
  readonly url: string
  readonly token: string | null
  readonly signal: AbortSignal
}): PrometheusApi {
  const { url, token, signal } = options
  const headers = token === null ? {} : { authorization: `Bearer ${token}` }

  const ask = async (path: string, params: Readonly<Record<string, string>>): Promise<unknown> => {
    const at = new URL(`${url.replace(/\/+$/, '')}${path}`)
    for (const [name, value] of Object.entries(params)) at.searchParams.set(name, value)
    const { value } = await askJson({ url: at, headers, signal, bytesMax: BYTES_MAX })
    return read(answer, value).data
  }
  const query = async (expression: string, atSeconds?: number): Promise<z.output<typeof result>> =>
    read(
      result,
      await ask('/api/v1/query', {
        query: expression,
        ...(atSeconds === undefined ? {} : { time: String(atSeconds) }),
      }),
    )
  const since = (atSeconds: number) => ({ start: String(atSeconds - KNOWN_SECONDS), end: String(atSeconds) })

  return {
    seconds: async () => {
      const found = await query('time()')
      const seconds = found.resultType === 'scalar' ? Number(found.result[1]) : Number.NaN
      return Number.isFinite(seconds) ? seconds : unreadable()
    },
    range: async (selector, windowSeconds, atSeconds) => {
      const found = await query(`${selector}[${windowSeconds}s]`, atSeconds)
      return found.resultType === 'matrix'
        ? found.result.map(({ metric, values }) => ({ labels: metric, samples: values.map(sampleOf) }))
        : unreadable()
    },
    instant: async (expression, atSeconds) => {
      const found = await query(expression, atSeconds)
      if (found.resultType !== 'vector') return null
      return found.result.map(({ metric, value }) => ({
        labels: metric,
        samples: value === undefined ? [] : [sampleOf(value)],
      }))
    },
    labelsOf: async (name, atSeconds) =>
      read(words, await ask('/api/v1/labels', { 'match[]': name, ...since(atSeconds) })).filter(
        (label) => label !== '__name__',
      ),
    names: async () => read(words, await ask('/api/v1/label/__name__/values', {})),
  }
}

/** Prometheus writes numbers as texts, so that NaN and infinity can be told. */
function sampleOf([atSeconds, text]: z.output<typeof pair>): Sample {
  if (/^\+?inf$/i.test(text)) return [atSeconds, Infinity]
  if (/^-inf$/i.test(text)) return [atSeconds, -Infinity]
  return [atSeconds, text.trim() === '' ? Number.NaN : Number(text)]
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : unreadable()
}

function unreadable(): never {
  throw new PortFailure('its answer is not one of Prometheus; is `url` right?', {
    code: 'metric-source/unreadable',
    again: 'retry',
  })
}
