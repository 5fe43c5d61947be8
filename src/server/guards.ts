// What a request must be before anybody looks at who sent it: for us, from our own page or a program, small, JSON.
import { isIP } from 'node:net'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { secureHeaders } from 'hono/secure-headers'
import { BODY_BYTES_MAX } from '../api/wire.ts'
import { isArtifactUpload } from './artifact-routes.ts'
import { HttpProblem } from './http-problem.ts'
import { isLookupPush } from './traffic-routes.ts'
import { hostName, isLoopbackName } from './loopback.ts'

/**
 * Answers only to names that are ours, against DNS rebinding. An address is never a rebound name, so every IP is
 * fine; other names must be listed.
 */
export function ownHostsOnly(hosts: readonly string[]): MiddlewareHandler {
  const ours = new Set(hosts.map((host) => host.toLowerCase()))
  return async (c, next) => {
    const name = hostName(c.req.header('host') ?? '')
    if (name === null || !(isLoopbackName(name) || isIP(name) > 0 || ours.has(name)))
      throw new HttpProblem(
        421,
        'request/unknown-host',
        `this server does not answer to the name ${JSON.stringify(name ?? '')}; use its address, or add the name to the hosts it listens for`,
      )
    await next()
  }
}

/** No other site's page may change anything here. There is no CORS, so a preflight never succeeds either. */
export function ownPageOnly(): MiddlewareHandler {
  const forms = csrf({ origin: (origin, c) => isSameHost(origin, c.req.header('host')) })
  return async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const site = c.req.header('sec-fetch-site')
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw otherSite()
    const origin = c.req.header('origin')
    if (origin !== undefined && !isSameHost(origin, c.req.header('host'))) throw otherSite()
    // A token in a header is never sent by a browser of its own accord.
    if (c.req.header('authorization') === undefined) return forms(c, next)
    return next()
  }
}

/** A body must call itself JSON; browsers then ask first when the page is another site's. */
export const jsonOnly: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('content-type') ?? ''
  if (c.req.method === 'POST' && !/^application\/json\s*(;|$)/i.test(type))
    throw new HttpProblem(
      415,
      'request/not-json',
      'the body must be JSON; send the header content-type: application/json',
    )
  await next()
}

export function smallBodiesOnly(): MiddlewareHandler {
  const small = bodyLimit({
    maxSize: BODY_BYTES_MAX,
    onError: () => {
      throw new HttpProblem(
        413,
        'request/too-large',
        `the body is larger than ${BODY_BYTES_MAX / 1024} KB, the most this server reads; send less`,
        { headers: { connection: 'close' } },
      )
    },
  })
  // A lookup table and an archive are read as they come in, and whoever reads them counts.
  return (c, next) =>
    isLookupPush(c.req.method, c.req.path) || isArtifactUpload(c.req.method, c.req.path)
      ? next()
      : small(c, next)
}

export function safeHeaders(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      // Positioned menus and charts set style attributes; scripts are never inline.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    referrerPolicy: 'same-origin',
    // Certificates are the business of whatever stands in front.
    strictTransportSecurity: false,
  })
}

/** Name and port must both be ours: what is deployed here is often on another port of the same name. */
function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

function otherSite(): HttpProblem {
  return new HttpProblem(
    403,
    'request/other-site',
    'this request comes from another site’s page; use the server’s own page, the CLI, or a program without an Origin header',
  )
}
