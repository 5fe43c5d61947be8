// Preparing a revert: a branch and a message, and nothing more.
import { z } from '@hono/zod-openapi'

export const revertBodySchema = z.object({
  branch: z.string().min(1).max(200).optional().describe('Name of the branch; revert-7 for #7 when left out'),
  reason: z.string().trim().max(1000).default('').describe('Why, in words; it becomes part of the message'),
})
export type RevertBody = z.infer<typeof revertBodySchema>

export const revertOutcomeSchema = z
  .object({
    done: z.boolean(),
    refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
    prepared: z
      .object({
        branch: z.string(),
        sha: z.string(),
        onto: z.string().describe('Head of the watched branch, upon which it was made'),
        message: z.string(),
        fetchFrom: z
          .string()
          .nullable()
          .describe('Repository that has the branch, where that is a copy of our own; null: the watched one'),
      })
      .nullable(),
    text: z.string(),
  })
  .openapi('RevertOutcome')
export type RevertOutcome = z.infer<typeof revertOutcomeSchema>
