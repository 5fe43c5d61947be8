// What routers counted, release by release and by dimension, on its way to the server.
import { z } from 'zod'
import type {
  Counts,
  Dimension,
  MeasuredArm,
  MeasuredWindow,
} from '../../domain/analysis/measures/measured.ts'
import { attributeSchema, trackName } from '../route-rule.ts'
import { environmentSchema } from './wire.ts'

/** Of a dimension: `plan`. It becomes part of a file's name. */
export const dimensionName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and dashes, such as plan')

const dimensionSchema: z.ZodType<Dimension> = z.object({ name: dimensionName, attribute: attributeSchema })

export const measuresAskedSchema = z.object({
  asked: z.array(
    z.object({
      environment: environmentSchema,
      /** From now on counted apart; others are not any more. */
      dimensions: z.array(dimensionSchema),
      /** What of each life of a router is on disk: it need not be kept any longer. */
      after: z.record(z.string(), z.int()),
    }),
  ),
})
export type MeasuresAsked = z.infer<typeof measuresAskedSchema>

const count = z.number().min(0)
const countsSchema: z.ZodType<Counts> = z.object({
  requests: count,
  errors: count,
  latency: z.array(z.tuple([z.int(), count])),
})

const armSchema: z.ZodType<MeasuredArm> = z.object({
  release: z.int().min(0),
  track: trackName.nullable(),
  total: countsSchema,
  dimensions: z.array(
    z.object({
      dimension: dimensionName,
      values: z.array(z.intersection(countsSchema, z.object({ value: z.string(), missedMax: count }))),
      other: countsSchema,
      missedMax: count,
    }),
  ),
})

export const measuredWindowSchema: z.ZodType<MeasuredWindow> = z.object({
  from: z.number(),
  spanMs: z.number().min(0),
  arms: z.array(armSchema),
})

export const measuresAnswerSchema = z.object({
  incarnation: z.string(),
  taken: z.array(z.object({ environment: environmentSchema, seq: z.int(), window: measuredWindowSchema })),
})
export type MeasuresAnswer = z.infer<typeof measuresAnswerSchema>
