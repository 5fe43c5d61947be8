// What can be looked at. Nothing here changes anything.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { auditRowSchema, boardSchema, releaseRowSchema } from '../api/board.ts'
import { seenSchema } from '../api/seen.ts'
import { settingsSchema } from '../api/settings.ts'
import { meSchema, outputSchema, planSchema, releaseViewSchema, replaySchema } from '../api/wire.ts'
import type { Control } from './control.ts'
import type { EventHub } from './events.ts'
import { HttpProblem } from './http-problem.ts'
import { answers, limitQuery, optionalNumber, releaseParam, serviceParam, stageParam } from './route-parts.ts'
import { knownRelease, knownService, knownStage } from './known.ts'
import type { ServerEnv } from './who.ts'

const LOG_BYTES_MAX = 1024 * 1024
// Widened on purpose: the log is bytes, and may be cut inside a character.
const PLAIN_TEXT: string = 'text/plain'

export function addReadRoutes(
  app: OpenAPIHono<ServerEnv>,
  parts: { readonly control: Control; readonly hub: EventHub; readonly version: string },
): void {
  const { control } = parts

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/board',
      summary: 'Every service, stage and release as it stands now',
      responses: answers('The board', boardSchema),
    }),
    async (c) => c.json(await control.board(), 200),
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/me',
      summary: 'Who you are to this server',
      responses: answers('You', meSchema),
    }),
    (c) => c.json({ ...c.get('person'), version: parts.version, csrf: null }, 200),
  )
  addReleaseRoutes(app, control)
  addLogRoute(app, control)
  addOutputRoute(app, control)
  addSeenRoute(app, control)
  addPlanAndAuditRoutes(app, control)
  addSettingsRoute(app, control)
  addEventRoute(app, parts.hub)
}

function addPlanAndAuditRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/plan',
      summary: 'What would happen to the next merge, in order',
      request: { params: z.object({ service: serviceParam }) },
      responses: answers('One sentence per stage', planSchema),
    }),
    async (c) => {
      const { service } = await knownService(control, c.req.valid('param').service)
      return c.json([...(await control.plan(service))], 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/audit',
      summary: 'Who did what, newest first',
      request: {
        query: z.object({
          service: z.string().optional().describe('Left out: all'),
          release: optionalNumber.describe('Only what speaks of this release of the service'),
          before: optionalNumber.describe('Only rows with a smaller position'),
          limit: limitQuery(100, 1_000),
        }),
      },
      responses: answers('Rows of the audit log', z.array(auditRowSchema)),
    }),
    async (c) => {
      const { service, release, before, limit } = c.req.valid('query')
      const asked = service === undefined || service === '' ? null : service
      if (asked !== null) await knownService(control, asked)
      else if (release !== undefined)
        throw new HttpProblem(
          400,
          'audit/needs-service',
          `releases are numbered per service; say whose #${release}`,
        )
      const query = { service: asked, release: release ?? null, before: before ?? null, limit }
      return c.json([...(await control.audit(query))], 200)
    },
  )
}

function addSettingsRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/stages/{stage}/settings',
      summary: 'Variables and secrets of a stage with their history; never a secret value',
      request: { params: z.object({ service: serviceParam, stage: stageParam }) },
      responses: answers('Settings in force, and every version that is kept', settingsSchema),
    }),
    async (c) => {
      const { service: name, stage } = c.req.valid('param')
      const service = await knownService(control, name)
      knownStage(service, stage)
      return c.json(await control.settings(service.service, stage), 200)
    },
  )
}

function addReleaseRoutes(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/releases',
      summary: 'Releases of a service, newest first',
      request: {
        params: z.object({ service: serviceParam }),
        query: z.object({
          before: optionalNumber.describe('Only releases with a smaller number'),
          limit: limitQuery(50, 500),
        }),
      },
      responses: answers('Releases', z.array(releaseRowSchema)),
    }),
    async (c) => {
      const { service } = await knownService(control, c.req.valid('param').service)
      const { before, limit } = c.req.valid('query')
      return c.json([...(await control.releases(service, before ?? null, limit))], 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/releases/{release}',
      summary: 'One release, and why it is where it is',
      request: { params: z.object({ service: serviceParam, release: releaseParam }) },
      responses: answers('The release', releaseViewSchema),
    }),
    async (c) => {
      const asked = c.req.valid('param')
      const service = await knownService(control, asked.service)
      const row = await knownRelease(control, service, asked.release)
      const why = await control.why(service.service, row.release)
      return c.json({ ...row, why: why.map((one) => ({ stage: one.stage, why: [...one.why] })) }, 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/releases/{release}/replay',
      summary: 'Every verdict on a release, judged again from what was recorded',
      request: { params: z.object({ service: serviceParam, release: releaseParam }) },
      responses: answers('Oldest first; none where it was never judged', replaySchema),
    }),
    async (c) => {
      const asked = c.req.valid('param')
      const service = await knownService(control, asked.service)
      const { release } = await knownRelease(control, service, asked.release)
      const found = await control.replay(service.service, release)
      const plain = found.map((one) => ({
        ...one,
        evidence: one.evidence.map((each) => ({ ...each, explained: [...each.explained] })),
      }))
      return c.json(plain, 200)
    },
  )
}

function addLogRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/releases/{release}/log',
      summary: 'The build log, from a byte on',
      request: {
        params: z.object({ service: serviceParam, release: releaseParam }),
        query: z.object({
          offset: z.coerce.number().int().min(0).default(0),
          limit: limitQuery(256 * 1024, LOG_BYTES_MAX).describe('Bytes'),
        }),
      },
      responses: {
        200: {
          description: 'Bytes of the log',
          content: { [PLAIN_TEXT]: { schema: z.string() } },
          headers: z.object({
            'X-Total': z.string().describe('Bytes there are so far'),
            'X-Ended': z.string().describe('true when no more will come'),
          }),
        },
        ...answers.problems,
      },
    }),
    async (c) => {
      const asked = c.req.valid('param')
      const { offset, limit } = c.req.valid('query')
      const service = await knownService(control, asked.service)
      await knownRelease(control, service, asked.release)
      const log = await control.buildLog(service.service, asked.release, offset, limit)
      return new Response(Buffer.from(log.bytes), {
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'x-total': String(log.total),
          'x-ended': String(log.ended),
        },
      })
    },
  )
}

function addOutputRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/stages/{stage}/releases/{release}/output',
      summary: 'The end of what each instance printed',
      request: {
        params: z.object({ service: serviceParam, stage: stageParam, release: releaseParam }),
        query: z.object({ limit: limitQuery(64 * 1024, LOG_BYTES_MAX).describe('Bytes per instance') }),
      },
      responses: answers('One per instance', outputSchema),
    }),
    async (c) => {
      const { service: name, stage, release } = c.req.valid('param')
      const service = await knownService(control, name)
      knownStage(service, stage)
      await knownRelease(control, service, release)
      return c.json(
        [...(await control.instanceOutput(name, stage, release, c.req.valid('query').limit))],
        200,
      )
    },
  )
}

function addSeenRoute(app: OpenAPIHono<ServerEnv>, control: Control): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/services/{service}/stages/{stage}/releases/{release}/seen',
      summary: 'Requests, errors and latency of a release in a stage, beside those that served with it',
      request: { params: z.object({ service: serviceParam, stage: stageParam, release: releaseParam }) },
      responses: answers('Sums, and points in time', seenSchema),
    }),
    async (c) => {
      const { service: name, stage, release } = c.req.valid('param')
      const service = await knownService(control, name)
      knownStage(service, stage)
      await knownRelease(control, service, release)
      return c.json(await control.seen(service.service, stage, release), 200)
    },
  )
}

function addEventRoute(app: OpenAPIHono<ServerEnv>, hub: EventHub): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/events',
      summary: 'Server-sent events: "changed" with the newest position, after each change',
      request: { headers: z.object({ 'last-event-id': z.string().optional() }) },
      responses: {
        200: {
          description: 'A stream; data and id of each event are the position',
          content: { 'text/event-stream': { schema: z.string() } },
        },
        ...answers.problems,
      },
    }),
    async (c) => {
      const last = Number.parseInt(c.req.header('last-event-id') ?? '', 10)
      const stream = await hub.open(Number.isNaN(last) ? null : last, c.get('person').name)
      return new Response(stream, {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
        },
      })
    },
  )
}
