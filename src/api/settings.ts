// Variables and secrets of a stage, over the wire. No secret value ever goes out.
import { z } from '@hono/zod-openapi'
import { actorSchema, reasonSchema } from './board.ts'

const setting = z.object({
  name: z.string(),
  kind: z.enum(['plain', 'secret', 'gone']).describe('`gone`: taken away by this version'),
  value: z.string().nullable().describe('Null for a secret'),
  secret: z.number().int().nullable().describe('Version of the secret; null for a plain variable'),
  from: z.enum(['people', 'file']).describe('`file`: `env` of the stage in the configuration'),
})

export const settingsSchema = z
  .object({
    stage: z.string(),
    version: z.number().int().describe('The newest there is; 0 when nothing was ever set'),
    inForce: z.number().int().describe('The newest that was not rolled back: what the next rollout brings'),
    live: z.number().int().nullable().describe('What the live release was given; null when nothing is live'),
    waits: z.array(reasonSchema).describe('Why those in force have not rolled out yet; empty when they have'),
    settings: z.array(setting).describe('Those in force, by name'),
    history: z.array(
      z.object({
        version: z.number().int(),
        at: z.number().int(),
        by: actorSchema,
        reason: z.string(),
        changed: z.array(setting),
        rejected: z.object({ by: actorSchema, reason: z.string(), at: z.number().int() }).nullable(),
      }),
    ),
  })
  .openapi('Settings')
export type SettingsView = z.infer<typeof settingsSchema>
