// Who gets what: tracks, routes, lookup tables, and what one request would get.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { lookupKeySchema, tableName } from '../api/route-rule.ts'
import {
  askedSchema,
  explanationSchema,
  lookupChangesSchema,
  lookupEntrySchema,
  lookupRowSchema,
  pushedSchema,
  resolvedSchema,
  routesViewSchema,
} from '../api/traffic.ts'
import type { Control } from './control.ts'
import { HttpProblem } from './http-problem.ts'
import { knownService, knownStage } from './known.ts'
import { answers, changeProblems, jsonBody, serviceParam, stageParam } from './route-parts.ts'
import type { ServerEnv } from './who.ts'

const inStage = z.object({ service: serviceParam, stage: stageParam })
const ofTable = z.object({ service: serviceParam, table: tableName })
const CSV = 'text/csv'

export function addTrafficRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  addRouteRoutes(app, control)
  addResolveRoute(app, control)
  addLookupReads(app, control)
  addLookupWrites(app, control)
}

/** Where tables go in one by one: larger bodies, and no JSON. */
export function isLookupPush(method: string, path: string): boolean {
  return method === 'PUT' && /^\/api\/services\/[^/]+\/lookups\/[^/]+$/.test(path)
}

function addRouteRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  const checked = async (asked: { readonly service: string; readonly stage: string }): Promise<void> =>
    knownStage(await knownService(control, asked.service), asked.stage)
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/stages/{stage}/routes',
      summary: 'Tracks, routes, what is odd about them, and what each live version costs',
      request: { params: inStage },
      responses: answers('Who gets what', routesViewSchema),
    }),
    async (c) => {
      const { service, stage } = c.req.valid('param')
      await checked({ service, stage })
      return c.json(await control.traffic.routes(service, stage), 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/services/{service}/stages/{stage}/routes/explain',
      summary: 'Which rule a request would get and why, and why not the others; changes nothing',
      request: { params: inStage, body: jsonBody(askedSchema) },
      responses: { ...answers('Rule by rule', explanationSchema), ...changeProblems },
    }),
    async (c) => {
      const { service, stage } = c.req.valid('param')
      await checked({ service, stage })
      return c.json(await control.traffic.explain(service, stage, c.req.valid('json')), 200)
    },
  )
}

const resolveQuery = z
  .object({
    service: serviceParam,
    stage: z.string().optional().describe('The last of the pipeline when left out'),
    user: z.string().optional(),
    customer: z.string().optional(),
    host: z.string().optional(),
    path: z.string().optional(),
  })
  .catchall(z.string())

function addResolveRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/resolve',
      summary:
        'Which version should handle this: for workers, queues and cron. Further parameters such as header.x-plan=free, cookie.staff=1, query.v=2 or claim.org=acme',
      request: { query: resolveQuery },
      responses: answers('The version', resolvedSchema),
    }),
    async (c) => {
      const { service: name, stage: named, user, customer, host, path, ...rest } = c.req.valid('query')
      const service = await knownService(control, name)
      const stage = named ?? service.stages.at(-1)?.stage ?? ''
      knownStage(service, stage)
      const given = { user, customer, host, path }
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      const asked = askedSchema.parse({ ...said, ...namedValues(rest) })
      return c.json(await control.traffic.resolve(name, stage, asked), 200)
    },
  )
  app.get('/v1/plan', async (c) => {
    const service = await knownService(control, c.req.query('service') ?? '')
    const stage = c.req.query('stage') ?? service.stages.at(-1)?.stage ?? ''
    knownStage(service, stage)
    return c.json({ plan: await control.traffic.plan(service.service, stage) })
  })
}

/** `header.x-plan` → headers, and so on; anything else is a mistake that is said. */
function namedValues(rest: Readonly<Record<string, string>>): Record<string, Record<string, string>> {
  const kinds = { header: 'headers', cookie: 'cookies', query: 'query', claim: 'claims' } as const
  const found: Record<string, Record<string, string>> = {}
  for (const [name, value] of Object.entries(rest)) {
    const [, kind, what] = /^(header|cookie|query|claim)\.(.+)$/.exec(name) ?? []
    if (kind !== 'header' && kind !== 'cookie' && kind !== 'query' && kind !== 'claim')
      throw new HttpProblem(
        400,
        'request/bad-parameter',
        `there is no parameter ${JSON.stringify(name)}; write user, customer, host, path, header.NAME, cookie.NAME, query.NAME or claim.NAME`,
      )
    found[kinds[kind]] = { ...found[kinds[kind]], [what ?? '']: value }
  }
  return found
}

function addLookupReads(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/lookups',
      summary: 'Lookup tables of a service',
      request: { params: z.object({ service: serviceParam }) },
      responses: answers('The tables', z.array(lookupRowSchema)),
    }),
    async (c) => {
      const { service } = await knownService(control, c.req.valid('param').service)
      return c.json([...(await control.traffic.lookups(service))], 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/lookups/{table}/rows/{key}',
      summary: 'One row of a lookup table',
      request: { params: ofTable.extend({ key: z.string().min(1).max(512) }) },
      responses: answers('The row', lookupEntrySchema),
    }),
    async (c) => {
      const { service, table, key } = c.req.valid('param')
      await knownService(control, service)
      const entry = await control.traffic.lookup(service, table, key)
      if (!entry) throw noSuchTable(service, table)
      return c.json(entry, 200)
    },
  )
}

function addLookupWrites(app: OpenAPIHono<ServerEnv>, control: Control): void {
  const outcomes = {
    ...answers('The table in force', pushedSchema),
    409: {
      description: 'Nothing was changed; the old table goes on',
      content: { 'application/json': { schema: pushedSchema } },
    },
    ...changeProblems,
  }
  app.openapi(
    createRoute({
      method: 'put',
      path: '/api/services/{service}/lookups/{table}',
      summary:
        'Put a whole lookup table in force, from CSV whose first line names the columns, the key first',
      request: {
        params: ofTable,
        query: z.object({
          key: z
            .string()
            .optional()
            .describe('Where the key is found, such as header:x-customer; the customer when left out'),
        }),
        body: { required: true, content: { [CSV]: { schema: z.string() } } },
      },
      responses: outcomes,
    }),
    async (c) => {
      const { service, table } = c.req.valid('param')
      await knownService(control, service)
      const { key } = c.req.valid('query')
      const { body } = c.req.raw
      if (!body) throw new HttpProblem(400, 'request/bad-body', 'the table is missing; send CSV as the body')
      const csv: AsyncIterable<Uint8Array> = body
      const pushed = await control.traffic.pushLookup({ service, table, key: keyOf(key), csv })
      return pushed.done ? c.json(pushed, 200) : c.json(pushed, 409)
    },
  )
  app.openapi(
    createRoute({
      method: 'patch',
      path: '/api/services/{service}/lookups/{table}',
      summary: 'Set some rows of a lookup table and take others out; the rest stays',
      request: { params: ofTable, body: jsonBody(lookupChangesSchema) },
      responses: outcomes,
    }),
    async (c) => {
      const { service, table } = c.req.valid('param')
      await knownService(control, service)
      const changes = c.req.valid('json')
      const pushed = await control.traffic.changeLookup({ service, table, changes })
      return pushed.done ? c.json(pushed, 200) : c.json(pushed, 409)
    },
  )
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/services/{service}/lookups/{table}',
      summary: 'Take a lookup table away',
      request: { params: ofTable },
      responses: { 204: { description: 'It is gone' }, ...changeProblems },
    }),
    async (c) => {
      const { service, table } = c.req.valid('param')
      await knownService(control, service)
      if (!(await control.traffic.removeLookup(service, table))) throw noSuchTable(service, table)
      return c.body(null, 204)
    },
  )
}

/** `customer`, `header:x-customer`. */
function keyOf(text: string | undefined) {
  if (text === undefined) return null
  const [from, name] = text.split(':', 2)
  const parsed = lookupKeySchema.safeParse(name === undefined ? { from } : { from, name })
  if (parsed.success) return parsed.data
  throw new HttpProblem(
    400,
    'request/bad-parameter',
    `${JSON.stringify(text)} does not say where a key is found; write customer, user, header:x-customer, cookie:org or query:customer`,
  )
}

function noSuchTable(service: string, table: string): HttpProblem {
  return new HttpProblem(404, 'lookup/unknown', `${service} has no lookup table ${table}; push one`)
}
