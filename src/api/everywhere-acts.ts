// Acts on a stage of every service at once.
import { z } from '@hono/zod-openapi'
import { actBodies, actOutcomeSchema } from './acts.ts'

export const everywhereBodies = {
  lock: actBodies.lock.omit({ stage: true, suspect: true }),
  'edit-lock': actBodies['edit-lock'].omit({ stage: true, suspect: true }),
  unlock: actBodies.unlock.omit({ stage: true }),
} as const

export type EverywhereActName = keyof typeof everywhereBodies
export type EverywhereBody<Name extends EverywhereActName> = z.infer<(typeof everywhereBodies)[Name]>

export const everywhereActs: readonly { readonly act: EverywhereActName; readonly about: string }[] = [
  { act: 'lock', about: 'Close the gate into a stage of every service, also of those that come later' },
  { act: 'edit-lock', about: 'Change reason, expiry or incident of a lock over every service' },
  { act: 'unlock', about: 'Open the gate again in every service that a lock over all of them closed' },
]

export const everywhereOutcomeSchema = actOutcomeSchema
  .extend({ services: z.array(z.string()).describe('Services that have the stage') })
  .openapi('EverywhereOutcome')
export type EverywhereOutcome = z.infer<typeof everywhereOutcomeSchema>
