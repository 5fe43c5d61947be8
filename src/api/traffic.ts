// Who gets what, over the wire: tracks, routes, lookup tables, and what one request would get.
import { z } from '@hono/zod-openapi'
import { conditionsSchema, lookupKeySchema, targetSchema } from './route-rule.ts'

const epochMs = z.number().int().describe('Milliseconds since 1970 UTC')
const share = z.object({ release: z.number().int(), name: z.string(), weightPercent: z.number() })

export const trackRowSchema = z
  .object({
    track: z.string(),
    release: z.number().int().nullable().describe('What it leads to; null where nothing runs'),
    name: z.string().nullable().describe('The release as people write it, such as #12'),
    percent: z.number().describe('Share of the track that is to get it'),
    serves: z.array(share).describe('What its people get now, by the plan every router acknowledged'),
    instances: z.object({ wanted: z.number().int(), ready: z.number().int() }),
    follows: z.string().nullable().describe('Stage whose newest passed release it follows'),
    since: epochMs.nullable(),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    trouble: z.string().nullable().describe('Why its release does not get well'),
    history: z.array(
      z.object({
        release: z.number().int(),
        name: z.string(),
        at: epochMs,
        by: z.string(),
        reason: z.string(),
      }),
    ),
  })
  .openapi('Track')
export type TrackRow = z.infer<typeof trackRowSchema>

export const routeRowSchema = z
  .object({
    id: z.string(),
    text: z.string().describe('The rule in words'),
    when: conditionsSchema,
    percent: z.number(),
    to: targetSchema,
    expiresAt: epochMs.nullable(),
    reason: z.string(),
    by: z.string(),
    since: epochMs,
  })
  .openapi('Route')
export type RouteRow = z.infer<typeof routeRowSchema>

export const routeWarningSchema = z.object({ code: z.string(), rule: z.string(), text: z.string() })

export const liveVersionSchema = z.object({
  release: z.number().int(),
  name: z.string(),
  instances: z.number().int(),
  memoryBytes: z.number().nullable(),
  neededBy: z.array(z.string()).describe('Tracks, routes and parts of the pipeline that keep it running'),
  until: epochMs.nullable().describe('When it stops, where nobody needs it any more'),
})

export const routesViewSchema = z
  .object({
    service: z.string(),
    stage: z.string(),
    inForce: z.boolean().describe('Every router acknowledged what is shown here'),
    tracks: z.array(trackRowSchema).describe('stable first'),
    routes: z.array(routeRowSchema).describe('In the order in which they are asked'),
    warnings: z.array(routeWarningSchema),
    versions: z.array(liveVersionSchema).describe('What each live version costs'),
    awaited: z.array(z.object({ release: z.number().int(), name: z.string(), track: z.string() })),
  })
  .openapi('Routes')
export type RoutesView = z.infer<typeof routesViewSchema>

/** What is known of a request, or of an event that some other program handles. */
export const askedSchema = z
  .object({
    headers: z.record(z.string(), z.string()).default({}),
    cookies: z.record(z.string(), z.string()).default({}),
    query: z.record(z.string(), z.string()).default({}),
    claims: z.record(z.string(), z.string()).default({}).describe('Of a token that the asker has verified'),
    host: z.string().optional(),
    path: z.string().optional(),
    user: z.string().optional(),
    customer: z.string().optional(),
  })
  .openapi('Asked')
export type Asked = z.infer<typeof askedSchema>

export const explanationSchema = z
  .object({
    track: z.string().nullable(),
    release: z.number().int().nullable(),
    name: z.string().nullable(),
    why: z.string(),
    rules: z.array(z.object({ id: z.string(), text: z.string(), wins: z.boolean(), why: z.string() })),
  })
  .openapi('RouteExplanation')
export type Explanation = z.infer<typeof explanationSchema>

export const resolvedSchema = z
  .object({
    service: z.string(),
    stage: z.string(),
    release: z.number().int().nullable(),
    name: z
      .string()
      .nullable()
      .describe('Such as #12; an instance knows its own as SLUICE_RELEASE, without the #'),
    track: z.string().nullable(),
    sha: z.string().nullable(),
    generation: z.number().int(),
    instances: z.array(z.object({ host: z.string(), port: z.number().int() })),
  })
  .openapi('Resolved')
export type Resolved = z.infer<typeof resolvedSchema>

export const lookupRowSchema = z
  .object({
    table: z.string(),
    generation: z.number().int(),
    key: lookupKeySchema,
    columns: z.array(z.string()),
    rows: z.number().int(),
  })
  .openapi('Lookup')
export type LookupRow = z.infer<typeof lookupRowSchema>

export const lookupEntrySchema = z.object({
  key: z.string(),
  cells: z.record(z.string(), z.string()).nullable().describe('Null: there is no such row'),
})
export type LookupEntry = z.infer<typeof lookupEntrySchema>

/** Rows to set and keys to take out of a table; the rest stays. */
export const lookupChangesSchema = z.object({
  set: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  remove: z.array(z.string()).default([]),
})
export type LookupChanges = z.infer<typeof lookupChangesSchema>

export const pushedSchema = z
  .object({
    done: z.boolean(),
    refusal: z.object({ code: z.string(), text: z.string() }).nullable(),
    table: lookupRowSchema.nullable().describe('The table in force; the old one where the push was refused'),
  })
  .openapi('Pushed')
export type Pushed = z.infer<typeof pushedSchema>

/** Largest table that is taken in one go, in bytes of CSV. */
export const LOOKUP_BYTES_MAX = 512 * 1024 * 1024
