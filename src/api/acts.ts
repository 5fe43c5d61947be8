// What each act of the list in `act-list.ts` is told, and what it answers.
import { z } from '@hono/zod-openapi'
import { trackActBodies } from './track-acts.ts'

const stage = z.string().describe('Stage name')
const release = z.number().int().positive().describe('Release number')
const reason = z.string().trim().min(1).max(1000).describe('Why, in words; kept in the audit log')

const changes = z
  .array(z.string().trim().min(1).max(200))
  .max(50)
  .describe('Releases (#9), branches or commits, in order')
const onto = release.optional().describe('Built upon this one, which is rolling out; that rollout is kept')
const locks = z
  .array(z.string().max(200))
  .max(100)
  .default([])
  .describe('Ids of locks that are passed, named one by one')
const why = z.string().trim().max(1000).default('').describe('Why, in words; kept in the audit log')

/** Settings may go round the queue too. */
const settingsLane = {
  lane: z
    .enum(['hotfix', 'emergency'])
    .optional()
    .describe('Straight in, by the words of a hotfix or an emergency; as usual when left out'),
  onto,
  locks,
}

export const actBodies = {
  lock: z.object({
    stage,
    reason: reason.default('suspected trouble'),
    forMs: z
      .number()
      .int()
      .positive()
      .max(30 * 86_400_000)
      .optional()
      .describe('Until expiry; 4 h by default'),
    incident: z.string().optional().describe('Link or name of an incident; the lock stays while it is open'),
    hard: z.boolean().optional().describe('No hotfix passes it, not even by name'),
    suspect: release
      .nullish()
      .describe('Release that is suspected; null for none; the newest live one when left out'),
    allTracks: z.boolean().default(false).describe('Nobody is moved between tracks either'),
  }),
  'edit-lock': z.object({
    stage,
    lock: z.string(),
    reason: reason.optional(),
    forMs: z.number().int().positive().optional(),
    incident: z.string().nullable().optional(),
    suspect: release.nullable().optional(),
  }),
  approve: z.object({ stage, release: release.optional().describe('What is next when left out') }),
  promote: z.object({ stage, release: release.optional().describe('What is next when left out') }),
  'send-back': z.object({ stage, release, reason: reason.describe('Words for the author') }),
  pause: z.object({ stage, reason }),
  resume: z.object({ stage }),
  confirm: z.object({ stage }),
  hotfix: z.object({
    stage,
    changes: changes.min(1),
    asIs: z
      .boolean()
      .default(false)
      .describe('A release of the line with everything it contains; otherwise its change alone is taken'),
    onto,
    locks,
    reason,
  }),
  emergency: z.object({
    stage,
    changes: changes.describe('Left out: the newest code').default([]),
    asIs: z
      .boolean()
      .default(true)
      .describe('A release of the line with everything it contains; otherwise its change alone is taken'),
    onto,
    locks,
    rejected: z
      .array(release)
      .max(100)
      .default([])
      .describe('Rejected changes that are passed, named one by one'),
    reason,
  }),
  unlock: z.object({
    stage,
    lock: z.string().optional().describe('Id; may be left out when only one stands'),
    incidentClosed: z
      .boolean()
      .default(false)
      .describe('Only close the incident; the lock then ends by its expiry'),
    queue: z
      .enum(['each', 'latest'])
      .optional()
      .describe('What goes first now; what the config says when left out'),
  }),
  'skip-bake': z.object({ stage, release: release.optional(), reason }),
  rollback: z.object({ stage, to: release.optional().describe('The last good one when left out'), reason }),
  abort: z.object({ stage, reason }),
  accept: z.object({ stage, release, reason, contains: release.optional() }),
  'accept-history': z.object({ reason }),
  reject: z.object({ release, reason }),
  unreject: z.object({ release, reason }),
  retry: z.object({ release, stage: stage.optional().describe('Left out: the build') }),
  pin: z.object({ stage, reason }),
  'retire-stage': z.object({ stage, reason }),
  unpin: z.object({
    stage,
    culprit: release.optional().describe('Names and rejects the change that was at fault'),
    reason,
  }),
  'set-vars': z.object({
    stage,
    vars: z.record(z.string(), z.string()).describe('Names and their values; shown to people, so no secrets'),
    reason: why,
    ...settingsLane,
  }),
  'set-secret': z.object({
    stage,
    name: z.string().describe('Name of the variable'),
    value: z.string().min(1).describe('Kept encrypted, and never shown again'),
    reason: why,
    ...settingsLane,
  }),
  'unset-settings': z.object({
    stage,
    names: z.array(z.string()).min(1),
    reason: why,
    ...settingsLane,
  }),
  ...trackActBodies,
} as const

export type ActName = keyof typeof actBodies
export type ActBody<Name extends ActName> = z.infer<(typeof actBodies)[Name]>

// The list itself needs no schema library, and the web page reads only it.
export { type Act, acts } from './act-list.ts'

/** What an act came to. `allowed: false` adds nothing to the log. */
export const actOutcomeSchema = z
  .object({
    done: z.boolean(),
    refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
    /** Position of the last event it made. */
    position: z.number().int().nullable(),
    /** Id of the lock that was set, edited or lifted; null for every other act, and where nothing was done. */
    lock: z.string().nullable(),
    text: z.string().describe('What happens now, in one sentence'),
  })
  .openapi('Outcome')
export type ActOutcome = z.infer<typeof actOutcomeSchema>
