// Tokens and the browser's session. A token is shown once, in the answer that made it.
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { nearestSentence } from '../api/nearest.ts'
import { madeTokenSchema, meSchema, newTokenSchema, tokenNameSchema, tokenRowSchema } from '../api/wire.ts'
import type { EventHub } from './events.ts'
import { HttpProblem } from './http-problem.ts'
import { answers, changeProblems, jsonBody } from './route-parts.ts'
import type { TokenStore } from './tokens.ts'
import { type Doorkeeper, SESSION_COOKIE, type ServerEnv } from './who.ts'

type Parts = {
  readonly tokens: TokenStore
  readonly doorkeeper: Doorkeeper
  readonly hub: EventHub
  readonly version: string
  /** True while people reach the server from elsewhere: then the last token must stay. */
  readonly isOpen: boolean
}

export function addTokenRoutes(app: OpenAPIHono<ServerEnv>, parts: Parts): void {
  const { tokens } = parts
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tokens',
      summary: 'Tokens by name; never the tokens themselves',
      responses: answers('Tokens', z.array(tokenRowSchema)),
    }),
    async (c) => c.json([...(await tokens.list())], 200),
  )
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/tokens',
      summary: 'Make a token for a person',
      request: { body: jsonBody(newTokenSchema) },
      responses: {
        201: { description: 'The token', content: { 'application/json': { schema: madeTokenSchema } } },
        409: { description: 'The name has a token already' },
        ...changeProblems,
      },
    }),
    async (c) => {
      const { name, readOnly } = c.req.valid('json')
      const made = await tokens.add({ name, readOnly, by: c.get('person').name })
      if (made === undefined)
        throw new HttpProblem(
          409,
          'tokens/name-taken',
          `${name} has a token already; revoke it first: sluice token revoke ${name}`,
        )
      c.header('cache-control', 'no-store')
      return c.json(made, 201)
    },
  )
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/tokens',
      summary: 'Revoke a token; it and its sessions end at once',
      request: { query: z.object({ name: tokenNameSchema }) },
      responses: { 204: { description: 'It is gone' }, ...changeProblems },
    }),
    async (c) => {
      await revoke(parts, c.req.valid('query').name)
      return c.body(null, 204)
    },
  )
}

async function revoke(parts: Parts, name: string): Promise<void> {
  const names = (await parts.tokens.list()).map((token) => token.name)
  if (!names.includes(name))
    throw new HttpProblem(
      404,
      'tokens/unknown',
      `there is no token of ${name}. ${nearestSentence(name, names)}`,
    )
  if (parts.isOpen && names.length === 1)
    throw new HttpProblem(
      409,
      'tokens/last',
      'this server listens beyond this machine and this is its last token; add another first, or let it listen on 127.0.0.1 only',
    )
  await parts.tokens.revoke(name)
  parts.hub.endOf(name)
}

/** These two stand before the question who asks: signing in is how one answers it. */
export function addSessionRoutes(app: OpenAPIHono<ServerEnv>, parts: Parts): void {
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/session',
      summary: 'Sign a browser in with a token; sets a cookie',
      request: { body: jsonBody(z.object({ token: z.string().min(1).max(200) })) },
      responses: { ...answers('You', meSchema), ...changeProblems },
    }),
    async (c) => {
      const bearer = await parts.tokens.whose(c.req.valid('json').token)
      if (bearer === undefined) return parts.doorkeeper.wrongToken(c)
      const { session, expiresAt } = await parts.tokens.openSession(bearer.name)
      setCookie(c, SESSION_COOKIE, session, {
        httpOnly: true,
        sameSite: 'Strict',
        // Cookies know no ports: the narrow path keeps it from what else runs under this name.
        path: '/api',
        secure: c.req.header('origin')?.startsWith('https:') ?? false,
        expires: new Date(expiresAt),
      })
      const { name, readOnly } = bearer
      return c.json(
        { name, mayAct: !readOnly, via: 'session' as const, version: parts.version, csrf: null },
        200,
      )
    },
  )
  app.openapi(
    createRoute({
      method: 'delete',
      path: '/api/session',
      summary: 'Sign a browser out',
      responses: { 204: { description: 'Signed out' }, ...changeProblems },
    }),
    async (c) => {
      const session = getCookie(c, SESSION_COOKIE)
      if (session !== undefined) await parts.tokens.closeSession(session)
      deleteCookie(c, SESSION_COOKIE, { path: '/api' })
      return c.body(null, 204)
    },
  )
}
