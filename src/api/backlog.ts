// What piles up before each stage, as it goes over the wire: what it is made of, how risky it looks, when each change
// would be live, and what would come through the gate if somebody opened it now.
import { z } from '@hono/zod-openapi'
import { reasonSchema } from './board.ts'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')

export const riskSchema = z
  .object({
    kind: z.enum(['migration', 'config', 'dependency']),
    text: z.string().describe('One sentence that names a file or two'),
    files: z.array(z.string()).describe('Files of that kind that it touches; at most 20'),
  })
  .openapi('Risk')
export type Risk = z.infer<typeof riskSchema>

export const changeSizeSchema = z
  .object({
    files: z.number().int(),
    added: z.number().int().describe('Lines; a binary file has none'),
    removed: z.number().int(),
  })
  .openapi('ChangeSize')
export type ChangeSize = z.infer<typeof changeSizeSchema>

export const backlogChangeSchema = z
  .object({
    release: z.number().int(),
    name: z.string(),
    sha: z.string(),
    subject: z.string(),
    author: z.string(),
    coAuthors: z.array(z.string()),
    pullRequest: z.number().int().nullable(),
    mergedAt: epochMs,
    waitedMs: z.number().describe('Since it was merged'),
    size: changeSizeSchema.nullable().describe('Null while the repository was not asked yet'),
    risks: z.array(riskSchema),
    isSetAside: z
      .boolean()
      .describe('Rejected, or reverted or fixed by a later commit: nothing waits for it'),
    why: z.array(reasonSchema).describe('Why it is not in this stage'),
    liveAt: epochMs
      .nullable()
      .describe('When it would be live here if all goes well and nobody does anything'),
    liveIn: z.number().int().nullable().describe('The release it would be live inside'),
  })
  .openapi('BacklogChange')
export type BacklogChange = z.infer<typeof backlogChangeSchema>

export const openingSchema = z
  .object({
    queue: z.enum(['each', 'latest']),
    text: z.string().describe('What would come, in one sentence'),
    goes: z.array(
      z.object({
        release: z.number().int(),
        changes: z.array(z.number().int()).describe('Changes that come with it, itself among them'),
        at: epochMs.describe('When it would enter'),
        liveAt: epochMs.nullable(),
      }),
    ),
  })
  .openapi('Opening')
export type Opening = z.infer<typeof openingSchema>

export const backlogStageSchema = z
  .object({
    stage: z.string(),
    /** Oldest first; what was merged and this stage does not run. */
    changes: z.array(backlogChangeSchema),
    size: changeSizeSchema.nullable().describe('Of all of them together; null while one is not known'),
    age: z
      .object({
        oldestMs: z.number(),
        level: z.enum(['fresh', 'old', 'very-old']),
        text: z.string().nullable().describe('A warning, where there is one'),
      })
      .nullable()
      .describe('Null where nothing waits'),
    openings: z
      .array(openingSchema)
      .describe(
        'What would come in by either policy if its locks were lifted now; empty where nothing waits',
      ),
  })
  .openapi('BacklogStage')
export type BacklogStage = z.infer<typeof backlogStageSchema>

export const backlogSchema = z
  .object({
    service: z.string(),
    at: epochMs,
    stages: z.array(backlogStageSchema),
    bottleneck: z
      .object({ stage: z.string(), text: z.string(), waiting: z.number().int() })
      .nullable()
      .describe('The stage that holds most of what waits, and what keeps it; null where nothing waits'),
  })
  .openapi('Backlog')
export type Backlog = z.infer<typeof backlogSchema>
