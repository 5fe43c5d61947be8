// What would happen from here on, if all goes well and nobody does anything more.
import { z } from '@hono/zod-openapi'
import { reasonSchema } from './board.ts'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')

export const forecastSchema = z
  .object({
    service: z.string(),
    at: epochMs,
    without: z.array(z.number().int()).describe('Changes that were set aside for it'),
    moves: z.array(
      z.object({
        stage: z.string(),
        release: z.number().int(),
        name: z.string(),
        changes: z.array(z.number().int()).describe('Changes that come with it'),
        at: epochMs.describe('When it would enter'),
        liveAt: epochMs.nullable().describe('When everybody there would get it'),
        text: z.string(),
      }),
    ),
    stays: z
      .array(
        z.object({
          stage: z.string(),
          release: z.number().int(),
          name: z.string(),
          why: z.array(reasonSchema),
        }),
      )
      .describe('Merged changes that a stage would still not run in the end, and why'),
    isCut: z.boolean().describe('More would happen, later than can usefully be said'),
  })
  .openapi('Forecast')
export type ForecastView = z.infer<typeof forecastSchema>
