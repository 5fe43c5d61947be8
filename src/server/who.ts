// Who asks. A token names its person; on loopback, without one, it is the user this server runs as. Everything that
// hints at a request from elsewhere (another host name, a proxy's header, another site's page) takes that trust away.
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Clock } from '../ports/clock.ts'
import { HttpProblem } from './http-problem.ts'
import { hostName, isLoopbackAddress, isLoopbackName, originName } from './loopback.ts'
import type { TokenStore } from './tokens.ts'

export type Person = {
  readonly name: string
  readonly mayAct: boolean
  readonly via: 'loopback' | 'token' | 'session'
}
export type ServerEnv = { Variables: { person: Person } }

export const SESSION_COOKIE = 'sluice_session'
const FAILURES_MAX = 10
const FAILURES_WINDOW_MS = 60_000
const ADDRESSES_MAX = 10_000
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

export type Doorkeeper = {
  /** Sets `person`, or throws 401. */
  readonly known: MiddlewareHandler<ServerEnv>
  /** Goes behind `known`: throws 403 for a read-only token. */
  readonly mayAct: MiddlewareHandler<ServerEnv>
  /** Counts a wrong token against the address it came from; throws 401, and 429 from the eleventh in a minute on. */
  wrongToken(c: Context): never
}

export function createDoorkeeper(parts: {
  readonly tokens: TokenStore
  readonly clock: Clock
  readonly user: string
  readonly trustLoopback: boolean
}): Doorkeeper {
  const failures = new Map<string, { count: number; since: number }>()

  function wrongToken(c: Context): never {
    const address = getConnInfo(c).remote.address ?? 'unknown'
    const now = parts.clock.monotonicMs()
    const before = failures.get(address)
    const counted =
      before !== undefined && now - before.since < FAILURES_WINDOW_MS ? before : { count: 0, since: now }
    counted.count++
    failures.delete(address)
    failures.set(address, counted)
    if (failures.size > ADDRESSES_MAX)
      for (const oldest of failures.keys()) if (failures.delete(oldest)) break
    if (counted.count <= FAILURES_MAX) throw unauthorized('auth/wrong-token', 'this token is not known here')
    const waitS = Math.ceil((counted.since + FAILURES_WINDOW_MS - now) / 1000)
    throw new HttpProblem(429, 'auth/too-many-tries', `too many wrong tokens; try again in ${waitS} s`, {
      headers: { 'retry-after': String(waitS) },
    })
  }

  async function personOf(c: Context): Promise<Person> {
    const header = c.req.header('authorization')
    if (header !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(header)?.[1]
      const bearer = token === undefined ? undefined : await parts.tokens.whose(token)
      if (bearer === undefined) return wrongToken(c)
      return { name: bearer.name, mayAct: !bearer.readOnly, via: 'token' }
    }
    const cookie = getCookie(c, SESSION_COOKIE)
    const session = cookie === undefined ? undefined : await parts.tokens.whoseSession(cookie)
    if (session !== undefined) return { name: session.name, mayAct: !session.readOnly, via: 'session' }
    if (parts.trustLoopback && isPlainLoopback(c)) return { name: parts.user, mayAct: true, via: 'loopback' }
    throw unauthorized('auth/needed', 'this server needs a token')
  }

  return {
    known: async (c, next) => {
      c.set('person', await personOf(c))
      await next()
    },
    mayAct: async (c, next) => {
      const person = c.get('person')
      if (!person.mayAct)
        throw new HttpProblem(
          403,
          'auth/read-only',
          `the token of ${person.name} may only read; act with another, made by: sluice token add <name>`,
        )
      await next()
    },
    wrongToken,
  }
}

function isPlainLoopback(c: Context): boolean {
  if (!isLoopbackAddress(getConnInfo(c).remote.address ?? '')) return false
  const host = hostName(c.req.header('host') ?? '')
  if (host === null || !isLoopbackName(host)) return false
  if (PROXY_HEADERS.some((name) => c.req.header(name) !== undefined)) return false
  // A proxy on this machine may hide the rest, but a browser still says which page it shows.
  for (const name of ['origin', 'referer']) {
    const value = c.req.header(name)
    if (value === undefined) continue
    const from = originName(value)
    if (from === null || !isLoopbackName(from)) return false
  }
  return true
}

function unauthorized(code: string, what: string): HttpProblem {
  return new HttpProblem(
    401,
    code,
    `${what}; make one on the server’s machine with: sluice token add <name>, and send it as "Authorization: Bearer …" (the CLI reads SLUICE_TOKEN or --token-file)`,
    { headers: { 'www-authenticate': 'Bearer realm="sluice"' } },
  )
}
