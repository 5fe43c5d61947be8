// Every version measured apart, over the wire.
import { z } from '@hono/zod-openapi'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')
const ms = z.number().nullable().describe('Milliseconds; null where nothing was answered')

export const measuredRowSchema = z
  .object({
    release: z.number().int().optional().describe('Left out where it was not asked for'),
    name: z.string().optional().describe('The release as people write it, such as #12'),
    track: z
      .string()
      .nullable()
      .optional()
      .describe('Null: by routes that name the release itself. Left out where it was not asked for'),
    value: z
      .string()
      .nullable()
      .optional()
      .describe(
        'Of the dimension that was asked for: empty for requests that say nothing of it, null for all that are not told apart',
      ),
    requests: z.number().int(),
    errors: z.number().int().describe('Answers of 500 and above, no answer, and answers that broke off'),
    errorRate: z.number().describe('Part of the requests, 0 to 1'),
    p50Ms: ms,
    p95Ms: ms,
    p99Ms: ms,
    missedMax: z
      .number()
      .describe('So many requests of this value, at most, are not told apart; 0: the count is exact'),
  })
  .openapi('MeasuredRow')
export type MeasuredRowView = z.infer<typeof measuredRowSchema>

export const measuresViewSchema = z
  .object({
    service: z.string(),
    stage: z.string(),
    from: epochMs,
    until: epochMs,
    by: z.array(z.string()),
    dimensions: z.array(z.string()).describe('What can be asked for beside release and track'),
    rows: z.array(measuredRowSchema).describe('Most requests first; what is not told apart last'),
    rowsLeftOut: z.number().int().describe('Rows beyond the limit'),
    valuesKept: z
      .number()
      .int()
      .describe(
        'So many values of a dimension are told apart per release, track and time, the heaviest ones',
      ),
  })
  .openapi('Measures')
export type MeasuresView = z.infer<typeof measuresViewSchema>

/** What a client asks. */
export type MeasuresQuery = {
  /** `release`, `track` and at most one dimension. */
  readonly by: readonly string[]
  readonly from: number
  readonly until?: number | undefined
  /** `customer:acme`: of that value alone. */
  readonly only?: string | undefined
  readonly release?: number | undefined
  readonly track?: string | undefined
  readonly limit?: number | undefined
}
