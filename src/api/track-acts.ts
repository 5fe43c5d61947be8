// What people can do with tracks and rules: the bodies of those acts, for `acts.ts`.
import { z } from '@hono/zod-openapi'
import { conditionsSchema, ruleId, rulePercent, targetSchema, trackName } from './route-rule.ts'

const stage = z.string().describe('Stage name')
const release = z.number().int().positive().describe('Release number')
const reason = z.string().trim().min(1).max(1000).describe('Why, in words; kept in the audit log')
const track = trackName.describe('Name of the track, such as beta; never stable')
const instances = z
  .number()
  .int()
  .min(1)
  .max(1_000)
  .optional()
  .describe('How many run; as many as it had, or one, when left out')
const forMs = z
  .number()
  .int()
  .positive()
  .max(366 * 86_400_000)
  .nullable()
  .describe('Until the rule ends by itself; null: never, which no rule for one person may say')

export const trackActBodies = {
  'set-track': z.object({
    stage,
    track,
    release,
    percent: rulePercent
      .refine((percent) => percent > 0, 'must be more than 0')
      .optional()
      .describe('Share of the track; the rest stays where it is. All of it when left out'),
    instances,
    reason,
  }),
  'undo-track': z.object({ stage, track, reason }),
  'follow-track': z.object({
    stage,
    track,
    passed: z
      .string()
      .nullable()
      .describe('Stage whose newest passed release it follows; null: it follows none'),
  }),
  'remove-track': z.object({ stage, track, reason }),
  'add-route': z.object({
    stage,
    when: conditionsSchema,
    percent: rulePercent.default(100),
    to: targetSchema,
    forMs,
    reason,
    before: ruleId.optional().describe('Rule that it is asked before; last when left out'),
  }),
  'edit-route': z.object({
    stage,
    route: ruleId,
    percent: rulePercent.optional(),
    to: targetSchema.optional(),
    forMs: forMs.optional(),
    reason: reason.optional(),
  }),
  'remove-route': z.object({ stage, route: ruleId, reason }),
  deploy: z.object({
    stage,
    commit: z.string().min(1).max(256).describe('Branch, tag or commit of the repository'),
    label: z.string().max(120).optional().describe('What people call it; made from the commit when left out'),
    track: track.default('experimental'),
    instances,
    reason,
  }),
} as const
