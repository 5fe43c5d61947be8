// A route rule over the wire: in the API, and in the plan that routers keep.
import { z } from 'zod'
import type { RouteRule, RuleAttribute, RuleTest } from '../domain/traffic/route-rule.ts'

/** Longest text a rule may compare with; requests carry nothing longer that a rule would be for. */
const VALUE_CHARS_MAX = 512
const VALUES_MAX = 1_000
const CONDITIONS_MAX = 8
const PERCENT_STEP = 0.01

// The same alphabet as a stage's name.
export const trackName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, such as beta')
export const tableName = trackName
export const ruleId = trackName
const columnName = z.string().regex(/^[\w.-]{1,64}$/, 'must be letters, digits, dots, dashes or _')
const value = z.string().max(VALUE_CHARS_MAX)

const plainAttributes = [
  z.object({ from: z.literal('header'), name: z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]{1,64}$/) }),
  z.object({ from: z.enum(['cookie', 'query', 'claim']), name: z.string().min(1).max(64) }),
  z.object({ from: z.enum(['host', 'path', 'user', 'customer']) }),
] as const

/** Where the key of a lookup table is found. */
export const lookupKeySchema = z.union(plainAttributes)

export const attributeSchema: z.ZodType<RuleAttribute> = z.union([
  ...plainAttributes,
  z.object({ from: z.literal('lookup'), table: tableName, column: columnName }),
])

export const ruleTestSchema: z.ZodType<RuleTest> = z.discriminatedUnion('op', [
  z.object({ op: z.literal('is'), value }),
  z.object({ op: z.literal('one-of'), values: z.array(value).min(1).max(VALUES_MAX) }),
  z.object({ op: z.literal('prefix'), value: value.min(1) }),
  z.object({ op: z.literal('present') }),
])

export const conditionsSchema = z
  .array(z.object({ attribute: attributeSchema, test: ruleTestSchema }))
  .max(CONDITIONS_MAX)
  .describe('All of them must hold; none at all is everybody')

export const rulePercent = z
  .number()
  .min(0)
  .max(100)
  .multipleOf(PERCENT_STEP)
  .describe('Share of those who fit, in percent; who is in at 10 is in at 20')

export const targetSchema = z.union([
  z.object({ track: trackName }),
  z.object({ release: z.int().positive() }),
])

export const routeRuleSchema: z.ZodType<RouteRule> = z.object({
  id: ruleId,
  when: conditionsSchema,
  percent: rulePercent,
  salt: z.string().max(64),
  to: targetSchema,
  expiresAt: z.int().nullable(),
  reason: z.string().max(1_000),
  by: z.string().max(256),
  since: z.int(),
})
