// Puts the routes behind their guards. The order is the meaning: what a request must be, who sends it, what it may.
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Hook } from '@hono/zod-openapi'
import { VERSION_HEADER } from '../api/wire.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Log } from '../ports/log.ts'
import { addActRoutes } from './act-routes.ts'
import { addEverywhereRoutes } from './everywhere-routes.ts'
import { addForesightRoutes } from './foresight-routes.ts'
import { addArtifactRoutes } from './artifact-routes.ts'
import type { Control } from './control.ts'
import type { EventHub } from './events.ts'
import { jsonOnly, ownHostsOnly, ownPageOnly, safeHeaders, smallBodiesOnly } from './guards.ts'
import { answerProblem, HttpProblem } from './http-problem.ts'
import { createPage } from './page.ts'
import { addCareRoutes } from './care-routes.ts'
import { addMeasureRoutes } from './measure-routes.ts'
import { addReadRoutes } from './read-routes.ts'
import { addTrafficRoutes } from './traffic-routes.ts'
import { addSessionRoutes, addTokenRoutes } from './token-routes.ts'
import type { TokenStore } from './tokens.ts'
import { createDoorkeeper, type ServerEnv } from './who.ts'

export type AppParts = {
  readonly control: Control
  readonly tokens: TokenStore
  readonly hub: EventHub
  readonly webRoot: string | null
  readonly hosts: readonly string[]
  readonly isOpen: boolean
  readonly trustLoopback: boolean
  readonly user: string
  readonly version: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export function createApp(parts: AppParts): OpenAPIHono<ServerEnv> {
  const app = new OpenAPIHono<ServerEnv>({ defaultHook: mistakesInWords })
  app.onError(answerProblem(parts))
  app.use(safeHeaders())
  addHealthRoutes(app, parts)
  app.use(ownHostsOnly(parts.hosts))
  app.use('/api/*', async (c, next) => {
    c.header(VERSION_HEADER, parts.version)
    c.header('cache-control', 'no-store')
    await next()
  })
  app.use('/api/*', ownPageOnly(), jsonOnly, smallBodiesOnly())
  app.get('/api/openapi.json', (c) => c.json(openApiDocument(app, parts.version)))
  const doorkeeper = createDoorkeeper(parts)
  addSessionRoutes(app, { ...parts, doorkeeper })
  app.use('/api/*', doorkeeper.known)
  app.use('/v1/*', doorkeeper.known)
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '/api/*', doorkeeper.mayAct)
  addCareRoutes(app, parts.control)
  addReadRoutes(app, parts)
  addActRoutes(app, parts.control)
  addEverywhereRoutes(app, parts.control)
  addForesightRoutes(app, parts.control)
  addTrafficRoutes(app, parts.control)
  addMeasureRoutes(app, parts.control)
  addArtifactRoutes(app, parts.control)
  addTokenRoutes(app, { ...parts, doorkeeper })
  app.all('/api/*', (c) => {
    throw new HttpProblem(
      404,
      'request/unknown-route',
      `there is no ${c.req.method} ${c.req.path}; see /api/openapi.json`,
    )
  })
  app.get('/metrics', doorkeeper.known, async (c) =>
    c.text(await parts.control.metrics(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  )
  app.route('/', createPage(parts.webRoot))
  return app
}

/** Before the guards: what asks for them is often a machine with a Host of its own, and they say nothing secret. */
function addHealthRoutes(app: OpenAPIHono<ServerEnv>, parts: AppParts): void {
  app.get('/livez', (c) => c.text('alive\n'))
  app.get('/readyz', (c) => {
    const { ready, why } = parts.control.ready()
    return c.text(ready ? 'ready\n' : `not ready: ${why}\n`, ready ? 200 : 503)
  })
}

export function openApiDocument(app: OpenAPIHono<ServerEnv>, version: string) {
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'What the web page and the command line use. Send a token as "Authorization: Bearer …"; on the server’s own machine none is needed while it listens there only.',
    },
  })
}

const mistakesInWords: Hook<unknown, ServerEnv, string, unknown> = (result) => {
  if (result.success) return
  const place = result.target === 'json' ? 'body' : result.target === 'param' ? 'path' : result.target
  const issues = result.error.issues.map((issue) => ({
    where: [place, ...issue.path.map(String)].join('.'),
    what: issue.message,
  }))
  const said = issues.map(({ where, what }) => `${where}: ${what}`).join('; ')
  throw new HttpProblem(
    400,
    result.target === 'json' ? 'request/bad-body' : 'request/bad-parameter',
    `${said}. Put this right and send it again; /api/openapi.json has the shape.`,
    { issues },
  )
}
