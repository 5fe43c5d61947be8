// What was seen of a release in one stage and of those that served beside it, over the wire.
import { z } from '@hono/zod-openapi'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')
const percent = z.number().min(0).max(100)
const latency = z.number().nullable().describe('Milliseconds; null where there was no request')
const release = z.number().int()

const seenPointSchema = z.object({
  at: epochMs.describe('End of the step'),
  arms: z.array(
    z.object({
      release,
      weightPercent: percent.describe('Share of the traffic at the end of the step'),
      requestsPerS: z.number(),
      errorPercent: percent,
      latencyMsP50: latency,
      latencyMsP95: latency,
    }),
  ),
})
export type SeenPoint = z.infer<typeof seenPointSchema>

const seenSumSchema = z.object({
  release,
  name: z.string(),
  requests: z.number().int(),
  errors: z.number().int(),
  errorPercent: percent,
  latencyMsP50: latency,
  latencyMsP95: latency,
})
export type SeenSum = z.infer<typeof seenSumSchema>

export const seenSchema = z
  .object({
    stage: z.string(),
    release,
    watchedMs: z.number().describe('Time in which it served here and a router told what it saw'),
    countedBy: z.string().nullable().describe('The source outside that counts here; null: the routers do'),
    sums: z.array(seenSumSchema).describe('Over that time: the release first, then those beside it'),
    stepMs: z.number().describe('Time that one point covers'),
    points: z
      .array(seenPointSchema)
      .describe('Its last two hours here, and a minute before; empty where it never served, or long ago'),
  })
  .openapi('Seen')
export type SeenView = z.infer<typeof seenSchema>
