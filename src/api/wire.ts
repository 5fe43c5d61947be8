// The smaller shapes of the HTTP API, beside the board and the acts.
import { z } from '@hono/zod-openapi'
import { reasonSchema, releaseRowSchema } from './board.ts'

/** What every answer outside 2xx and a refused act carries. */
export const problemSchema = z
  .object({
    code: z.string().describe('Stable name of what is wrong, for example request/bad-body'),
    text: z.string().describe('What is wrong, where, and what to do'),
    id: z.string().describe('Also in the log of the server'),
    issues: z
      .array(z.object({ where: z.string(), what: z.string() }))
      .describe('One per mistake in the request'),
  })
  .openapi('Problem')
export type Problem = z.infer<typeof problemSchema>

export const releaseViewSchema = releaseRowSchema
  .extend({ why: z.array(z.object({ stage: z.string(), why: z.array(reasonSchema) })) })
  .openapi('ReleaseWithWhy')
export type ReleaseView = z.infer<typeof releaseViewSchema>

export const planSchema = z
  .array(
    z.object({
      stage: z.string(),
      text: z.string(),
      at: z.number().int().nullable().describe('When, in milliseconds since 1970 UTC, if known'),
    }),
  )
  .openapi('Plan')
export type Plan = z.infer<typeof planSchema>

const saidSchema = z.object({
  verdict: z.enum(['against', 'none']),
  what: z.string().nullable().describe('What spoke against it; null where nothing did'),
})

export const replaySchema = z
  .array(
    z.object({
      stage: z.string(),
      tick: z.number().int().describe('The tick it was said at'),
      at: z.number().int(),
      recorded: saidSchema,
      replayed: saidSchema.nullable().describe('Null where the ticks it rested on are kept no more'),
      isSame: z.boolean(),
      evidence: z.array(
        z.object({
          about: z.enum(['rollout', 'bake', 'watch']),
          evidence: z.number().describe('How much likelier what was seen is if the release is worse'),
          limit: z.number().describe('From where on it is turned back'),
          explained: z.array(z.string()).describe('One sentence per metric'),
        }),
      ),
    }),
  )
  .openapi('Replay')
export type Replay = z.infer<typeof replaySchema>

export const outputSchema = z.array(z.object({ instance: z.string(), text: z.string() })).openapi('Output')
export type Output = z.infer<typeof outputSchema>

export const meSchema = z
  .object({
    name: z.string(),
    mayAct: z.boolean().describe('False for a read-only token'),
    via: z.enum(['loopback', 'token', 'session']),
    version: z.string(),
    csrf: z.null().describe('No such token is needed: the origin of a request is checked'),
  })
  .openapi('Me')
export type Me = z.infer<typeof meSchema>

export const folderSchema = z.object({ folder: z.string().min(1).max(4096).describe('Absolute path') })

export const addedSchema = z
  .object({ services: z.array(z.string()), problems: z.array(z.string()) })
  .openapi('Added')
export type Added = z.infer<typeof addedSchema>

export const tokenNameSchema = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._@-]{0,63}$/, 'must be 1 to 64 letters, digits, dots, dashes, _ or @')
  .describe('The person who acts with it')

export const newTokenSchema = z.object({ name: tokenNameSchema, readOnly: z.boolean().default(false) })

export const tokenRowSchema = z
  .object({ name: z.string(), readOnly: z.boolean(), createdAt: z.number().int(), createdBy: z.string() })
  .openapi('Token')
export type TokenRow = z.infer<typeof tokenRowSchema>

export const madeTokenSchema = tokenRowSchema
  .extend({ token: z.string().describe('Shown this once and never again') })
  .openapi('MadeToken')
export type MadeToken = z.infer<typeof madeTokenSchema>

export const changedSchema = z.object({ position: z.number().int() }).openapi('Changed')

/** Largest request body the server reads, in bytes. */
export const BODY_BYTES_MAX = 64 * 1024
/** Tells a client which version it talks to. */
export const VERSION_HEADER = 'x-sluice-version'
