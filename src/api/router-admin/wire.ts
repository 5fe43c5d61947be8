// What goes over a router process's admin socket: JSON over HTTP on a unix socket.
import { z } from 'zod'
import type { EnvironmentPlan } from '../../domain/traffic/plan.ts'
import { routeRuleSchema, trackName } from '../route-rule.ts'

// The same alphabet as a host label, so that a name can never lead out of the plan folder.
const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,62})$/)
const generation = z.int().min(0)
const release = z.int().min(0)

export const environmentSchema = z.object({ service: name, stage: name })

const instanceSchema = z.object({
  id: z.string().min(1),
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
})

const keySchema = z.object({ from: z.enum(['cookie', 'header']), name: z.string().min(1) })

const tokenCheckSchema = z.object({
  keys: z.url(),
  issuer: z.string().exactOptional(),
  audience: z.string().exactOptional(),
  from: keySchema,
})

const concurrencySchema = z.object({
  perInstance: z.int().min(1),
  waiting: z.int().min(0),
  waitMs: z.number().min(0),
})

const trackSchema = z.object({
  track: trackName,
  shares: z.array(z.object({ release, weightPercent: z.number().min(0).max(100) })),
})

export const planSchema: z.ZodType<EnvironmentPlan> = z
  .object({
    environment: environmentSchema,
    generation,
    salt: z.string(),
    userKey: keySchema.nullable(),
    drainMs: z.number().min(0),
    healthPath: z.string().startsWith('/').nullable(),
    arms: z.array(
      z.object({
        release,
        weightPercent: z.number().min(0).max(100),
        instances: z.array(instanceSchema),
        protocol: z.literal('h2c').exactOptional(),
      }),
    ),
    isLast: z.boolean(),
    stageIndex: z.int().min(0).exactOptional(),
    tracks: z.array(trackSchema).exactOptional(),
    rules: z.array(routeRuleSchema).exactOptional(),
    customerKey: keySchema.exactOptional(),
    tokens: tokenCheckSchema.exactOptional(),
    concurrency: concurrencySchema.exactOptional(),
    maintenance: z.string().exactOptional(),
    mirror: z.object({ to: name, percent: z.number().min(0).max(100) }).exactOptional(),
  })
  .refine((plan) => weightsAreWhole(plan.arms), 'weights must sum to 100, or all be 0')
  .refine((plan) => new Set(plan.arms.map((arm) => arm.release)).size === plan.arms.length, {
    error: 'a release may stand in a plan once',
  })
  .refine(({ arms, tracks = [] }) => tracks.every(({ shares }) => isTrackOf(arms, shares)), {
    error: 'the shares of a track must sum to 100, or be none, and each must be an arm of the plan',
  })

function weightsAreWhole(arms: readonly { readonly weightPercent: number }[]): boolean {
  const sum = arms.reduce((total, arm) => total + arm.weightPercent, 0)
  return sum === 0 || Math.abs(sum - 100) < 1e-6
}

function isTrackOf(
  arms: readonly { readonly release: number }[],
  shares: readonly { readonly release: number; readonly weightPercent: number }[],
): boolean {
  const releases = new Set(arms.map((arm) => arm.release))
  return weightsAreWhole(shares) && shares.every((share) => releases.has(share.release))
}

/** A plan and the fence of the call that brought it; what is on disk and what is sent. */
export const fencedPlanSchema = z.object({ fence: z.int().min(0), plan: planSchema })
export type FencedPlan = z.infer<typeof fencedPlanSchema>

export const releaseOfSchema = z.object({ environment: environmentSchema, release })

/** The table's newest generation lies on disk; asked to put it in force, a router says which one now is. */
export const lookupOfSchema = z.object({ service: name, table: name })
export const lookupAnswerSchema = z.object({ generation })

/** Answer to a plan. `stale` names what the router has already seen. */
export const planAnswerSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('in-force'), generation }),
  z.object({ state: z.literal('stale'), what: z.enum(['fence', 'generation']), seen: z.number() }),
])
export type PlanAnswer = z.infer<typeof planAnswerSchema>

export const currentAnswerSchema = z.object({ current: fencedPlanSchema.nullable() })

/**
 * Cumulative since this process began. `errors`: answers of 500 and above, no answer, and answers that broke off.
 * Latency is from the request's head to the answer's head. The rest is ours and not the release's fault alone.
 */
export const armCountersSchema = z.object({
  release,
  /** Absent: `stable`. Null: by rules that name the release itself. */
  track: trackName.nullable().exactOptional(),
  requests: z.int(),
  errors: z.int(),
  latency: z.array(z.tuple([z.int(), z.int()])),
  noUpstream: z.int(),
  retried: z.int(),
  cut: z.int(),
  clientLeft: z.int(),
  assetFallbacks: z.int(),
  /** Instance by instance; `buckets` is the sum of latency buckets. Absent: from a router that does not tell them apart. */
  boxes: z
    .array(z.object({ id: z.string(), requests: z.int(), errors: z.int(), buckets: z.int() }))
    .exactOptional(),
})
export type ArmCounters = z.infer<typeof armCountersSchema>

export const countersAnswerSchema = z.object({
  /** Names this life of the process: counters of another incarnation began at zero again. */
  incarnation: z.string(),
  generation,
  arms: z.array(armCountersSchema),
})
export type CountersAnswer = z.infer<typeof countersAnswerSchema>

export const inFlightAnswerSchema = z.object({ requests: z.int(), streams: z.int() })
export const cutAnswerSchema = z.object({ cut: z.int() })
export const doorAnswerSchema = z.object({ door: z.string(), url: z.string() })
export const readyAnswerSchema = z.object({
  incarnation: z.string(),
  pid: z.int(),
  state: z.enum(['starting', 'serving', 'stopping']),
})

export const emptyAnswerSchema = z.object({})

export const refusalSchema = z.object({ code: z.string(), message: z.string() })

/** Two plans are the same when every part of them is; keys are in the schema's order after parsing. */
export function samePlan(left: EnvironmentPlan, right: EnvironmentPlan): boolean {
  return JSON.stringify(planSchema.parse(left)) === JSON.stringify(planSchema.parse(right))
}

/** Whether a plan may follow what is known; `undefined` says yes. The very same plan may always be asked again. */
export function staleness(known: FencedPlan | undefined, asked: FencedPlan): PlanAnswer | undefined {
  if (known === undefined) return undefined
  if (samePlan(known.plan, asked.plan)) return undefined
  if (asked.plan.generation <= known.plan.generation) {
    return { state: 'stale', what: 'generation', seen: known.plan.generation }
  }
  if (asked.fence < known.fence) return { state: 'stale', what: 'fence', seen: known.fence }
  return undefined
}
