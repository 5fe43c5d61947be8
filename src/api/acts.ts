// Everything a person can do, as data: the buttons, the command palette, the CLI's help and the API's routes are all
// drawn from this one list. Whether an act is allowed is the server's to say, by trying it.
import { z } from '@hono/zod-openapi'

const stage = z.string().describe('Stage name')
const release = z.number().int().positive().describe('Release number')
const reason = z.string().trim().min(1).max(1000).describe('Why, in words; kept in the audit log')

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
    suspect: release
      .nullish()
      .describe('Release that is suspected; null for none; the newest live one when left out'),
  }),
  'edit-lock': z.object({
    stage,
    lock: z.string(),
    reason: reason.optional(),
    forMs: z.number().int().positive().optional(),
    incident: z.string().nullable().optional(),
    suspect: release.nullable().optional(),
  }),
  unlock: z.object({
    stage,
    lock: z.string().optional().describe('Id; may be left out when only one stands'),
    incidentClosed: z
      .boolean()
      .default(false)
      .describe('Only close the incident; the lock then ends by its expiry'),
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
  unpin: z.object({
    stage,
    culprit: release.optional().describe('Names and rejects the change that was at fault'),
    reason,
  }),
} as const

export type ActName = keyof typeof actBodies
export type ActBody<Name extends ActName> = z.infer<(typeof actBodies)[Name]>

export type Act = {
  readonly act: ActName
  readonly label: string
  /** One line for help and tooltips. */
  readonly about: string
  readonly needsConfirm: boolean
  readonly shortcut: string | null
}

export const acts: readonly Act[] = [
  {
    act: 'lock',
    label: 'Lock',
    about: 'Close the gate into a stage; earlier stages go on receiving',
    needsConfirm: false,
    shortcut: 'l',
  },
  {
    act: 'edit-lock',
    label: 'Edit lock',
    about: 'Change reason, expiry, incident or suspect of a lock',
    needsConfirm: false,
    shortcut: null,
  },
  { act: 'unlock', label: 'Unlock', about: 'Open the gate again', needsConfirm: true, shortcut: 'u' },
  {
    act: 'skip-bake',
    label: 'Skip bake',
    about: 'Let a release go on without the rest of its bake',
    needsConfirm: true,
    shortcut: 's',
  },
  {
    act: 'rollback',
    label: 'Roll back',
    about: 'Go back to an earlier release now, and pin the stage',
    needsConfirm: true,
    shortcut: 'r',
  },
  {
    act: 'abort',
    label: 'Go back now',
    about: 'End the rollout under way and go back, and pin the stage',
    needsConfirm: true,
    shortcut: 'b',
  },
  {
    act: 'accept',
    label: 'Accept',
    about: 'Answer an inconclusive bake, and make the release one to go back to',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'accept-history',
    label: 'Accept history',
    about: 'Go on after the branch was rewritten',
    needsConfirm: true,
    shortcut: null,
  },
  {
    act: 'reject',
    label: 'Reject',
    about: 'Mark a change as bad: whatever contains it is blocked until it is reverted or fixed',
    needsConfirm: true,
    shortcut: 'x',
  },
  { act: 'unreject', label: 'Unreject', about: 'Take a rejection back', needsConfirm: true, shortcut: null },
  {
    act: 'retry',
    label: 'Retry',
    about: 'Try a build, check or rollout once more',
    needsConfirm: false,
    shortcut: null,
  },
  { act: 'pin', label: 'Pin', about: 'Keep a stage on what it runs', needsConfirm: false, shortcut: 'p' },
  { act: 'unpin', label: 'Unpin', about: 'Let a stage move again', needsConfirm: true, shortcut: null },
]

/** What an act came to. `allowed: false` adds nothing to the log. */
export const actOutcomeSchema = z
  .object({
    done: z.boolean(),
    refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
    /** Position of the last event it made. */
    position: z.number().int().nullable(),
    text: z.string().describe('What happens now, in one sentence'),
  })
  .openapi('Outcome')
export type ActOutcome = z.infer<typeof actOutcomeSchema>
