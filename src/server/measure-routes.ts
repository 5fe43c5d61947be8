// Every version measured apart: requests, errors and latency by release, track and one dimension.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { measuresViewSchema } from '../api/measures.ts'
import { nearestSentence } from '../api/nearest.ts'
import type { MeasureQuery } from '../domain/analysis/measures/answer.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'
import { knownService, knownStage } from './known.ts'
import { answers, limitQuery, optionalNumber, releaseParam, serviceParam, stageParam } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

const ROWS_USUAL = 200
const ROWS_MAX = 5_000

const measuresQuery = z.object({
  by: z
    .string()
    .default('release')
    .describe('Any of release, track and one dimension of the configuration, with commas: release,plan'),
  from: z.coerce.number().int().min(0).describe('Milliseconds since 1970 UTC'),
  until: optionalNumber.describe('Now when left out'),
  only: z.string().optional().describe('Of one value alone, such as customer:acme'),
  release: releaseParam.optional(),
  track: z.string().min(1).optional().describe('Of one track alone'),
  limit: limitQuery(ROWS_USUAL, ROWS_MAX),
})

export function addMeasureRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/stages/{stage}/measures',
      summary:
        'Requests, errors and latency per release, track and dimension, of any time in the last 14 days',
      request: { params: z.object({ service: serviceParam, stage: stageParam }), query: measuresQuery },
      responses: answers('Row by row', measuresViewSchema),
    }),
    async (c) => {
      const { service, stage } = c.req.valid('param')
      knownStage(await knownService(control, service), stage)
      const { from, until, limit, ...asked } = c.req.valid('query')
      const dimensions = await control.measures.dimensions(service, stage)
      const query = queryOf(asked, dimensions)
      const answer = await control.measures.answer({
        service,
        stage,
        query,
        from,
        until: until ?? null,
        limit,
      })
      return c.json(answer, 200)
    },
  )
}

type Asked = Pick<z.output<typeof measuresQuery>, 'by' | 'only' | 'release' | 'track'>

function queryOf({ by, only, release, track }: Asked, dimensions: readonly string[]): MeasureQuery {
  const names = by.split(',').filter((name) => name !== '')
  const told = names.filter((name) => name !== 'release' && name !== 'track')
  const [dimension, value] = only === undefined ? [] : splitOnce(only)
  const all = [...new Set([...told, ...(dimension === undefined ? [] : [dimension])])]
  const unknown = all.find((name) => !dimensions.includes(name))
  if (unknown !== undefined) {
    const known = ['release', 'track', ...dimensions]
    throw new HttpProblem(
      400,
      'measures/unknown-dimension',
      `nothing is measured by ${JSON.stringify(unknown)}; run.measureBy in the configuration says what is. ${nearestSentence(unknown, known)}`,
    )
  }
  if (all.length > 1)
    throw new HttpProblem(
      400,
      'measures/one-dimension',
      `${all.join(' and ')} are measured apart from each other; ask for one of them at a time`,
    )
  return {
    byRelease: names.includes('release'),
    byTrack: names.includes('track'),
    byDimension: told[0] ?? null,
    only: dimension === undefined ? null : { dimension, value: value ?? '' },
    release: release ?? null,
    ...(track === undefined ? {} : { track }),
  }
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.search(/[:=]/)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
