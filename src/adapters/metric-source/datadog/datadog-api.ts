// The one question of Datadog's HTTP API that is asked, GET /api/v1/query, and what is looked at of its answer.
import { z } from 'zod'
import { PortFailure } from '../../../ports/port-failure.ts'
import { askJson } from '../ask-json.ts'

export type Points = {
  /** Tags of the series, `version:12`. */
  readonly tags: readonly string[]
  /** In order of time; null where nothing was told. */
  readonly points: readonly (readonly [atSeconds: number, value: number | null])[]
}

export type Queried = { readonly series: readonly Points[]; readonly nowSeconds: number }

export interface DatadogApi {
  query(query: string, fromSeconds: number, toSeconds: number): Promise<Queried>
}

const BYTES_MAX = 8 * 1024 * 1024

const answer = z.object({
  status: z.string().optional(),
  error: z.string().nullish(),
  series: z
    .array(
      z.object({
        scope: z.string().default(''),
        tag_set: z.array(z.string()).nullish(),
        pointlist: z.array(z.tuple([z.number(), z.number().nullable()])).default([]),
      }),
    )
    .optional(),
})

export function createDatadogApi(options: {
  readonly url: string
  readonly apiKey: string
  readonly applicationKey: string
  readonly signal: AbortSignal
}): DatadogApi {
  const { url, apiKey, applicationKey, signal } = options
  const headers = { 'dd-api-key': apiKey, 'dd-application-key': applicationKey }
  return {
    query: async (query, fromSeconds, toSeconds) => {
      const at = new URL(`${url.replace(/\/+$/, '')}/api/v1/query`)
      at.searchParams.set('from', String(Math.floor(fromSeconds)))
      at.searchParams.set('to', String(Math.ceil(toSeconds)))
      at.searchParams.set('query', query)
      const { value, atSeconds } = await askJson({ url: at, headers, signal, bytesMax: BYTES_MAX })
      const parsed = answer.safeParse(value)
      if (!parsed.success) throw unreadable()
      // A query that it cannot read is answered with 200, and an error in it.
      const { status, error, series } = parsed.data
      if (status === 'error' || (error !== undefined && error !== null && error !== ''))
        throw new PortFailure(`does not understand what it is asked: ${(error ?? '').slice(0, 200)}`, {
          code: 'metric-source/bad-query',
          again: 'retry',
        })
      if (series === undefined) throw unreadable()
      return {
        series: series.map(({ scope, tag_set: tags, pointlist }) => ({
          tags: tags && tags.length > 0 ? tags : scope.split(','),
          points: pointlist
            .map(([atMs, each]) => [atMs / 1_000, each] as const)
            .toSorted(([left], [right]) => left - right),
        })),
        nowSeconds: atSeconds ?? toSeconds,
      }
    },
  }
}

function unreadable(): PortFailure {
  return new PortFailure('its answer is not one of Datadog; is `site` right?', {
    code: 'metric-source/unreadable',
    again: 'retry',
  })
}
