// What the token of a request says of who asks, once its signature was verified. Verifying takes a moment, so it is done
// before a request is looked at, and what was found is kept for the next one with the same token.
import type { JWTPayload } from 'jose'
import { asByteText } from '../../domain/traffic/byte-text.ts'
import type { EnvironmentPlan, TokenCheck } from '../../domain/traffic/plan.ts'
import type { Clock } from '../../ports/clock.ts'
import { keyed } from '../request-facts.ts'
import type { TokenKeys } from './token-keys.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface TokenReader {
  /** Undefined: there is nothing to wait for. Never rejects. */
  prepare(head: Head, plan: EnvironmentPlan): Promise<void> | undefined
  /** Of a token that was verified and has not expired; of any other, nothing. */
  claim(head: Head, plan: Pick<EnvironmentPlan, 'tokens'>, name: string): string | undefined
}

type Head = { readonly header: (name: string) => string | undefined }
type Known = { readonly claims: Claims | undefined; readonly untilMs: number }

/** Signed with a key that only the issuer has. A shared secret is none. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const TOKEN_CHARS_MAX = 8 * 1024
const KNOWN_MAX = 5_000
/** A key that was taken back counts no longer than this. */
const KNOWN_MS_MAX = 300_000
/** Anybody can make tokens up. */
const REFUSED_MS = 10_000
/** While there are no keys at all, which is nobody's fault who asks. */
const WITHOUT_KEYS_MS = 1_000

export type TokenReaderOptions = {
  readonly keysOf: (url: string) => TokenKeys
  readonly clock: Clock
}

export function createTokenReader({ keysOf, clock }: TokenReaderOptions): TokenReader {
  const known = new Map<string, Known>()

  function found(check: TokenCheck, token: string): Known | undefined {
    const one = known.get(nameOf(check, token))
    return one === undefined || one.untilMs <= clock.now() ? undefined : one
  }

  async function read(check: TokenCheck, token: string): Promise<void> {
    const { claims, untilMs } = await verified(check, token, keysOf(check.keys), clock.now())
    // The oldest goes first.
    for (const name of known.keys()) {
      if (known.size < KNOWN_MAX) break
      known.delete(name)
    }
    known.delete(nameOf(check, token))
    known.set(nameOf(check, token), { claims, untilMs })
  }

  return {
    prepare(head, { tokens }) {
      if (tokens === undefined) return undefined
      const token = tokenIn(head, tokens)
      if (token === undefined || found(tokens, token) !== undefined) return undefined
      return read(tokens, token)
    },
    claim(head, { tokens }, name) {
      const token = tokens && tokenIn(head, tokens)
      const claims = token === undefined || tokens === undefined ? undefined : found(tokens, token)?.claims
      return claims && textOf(claims, name)
    },
  }
}

function nameOf({ keys, issuer, audience }: TokenCheck, token: string): string {
  return `${token} ${keys} ${issuer ?? ''} ${audience ?? ''}`
}

/** `Bearer` is left out where the header begins with it. */
function tokenIn(head: Head, { from }: TokenCheck): string | undefined {
  const token = keyed(head, from)?.replace(/^bearer +/i, '')
  if (token === undefined || token.length > TOKEN_CHARS_MAX) return undefined
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? token : undefined
}

async function verified(check: TokenCheck, token: string, keys: TokenKeys, nowMs: number): Promise<Known> {
  const refused = { claims: undefined, untilMs: nowMs + REFUSED_MS }
  const { jwtVerify, errors } = await import('jose')
  const { issuer, audience } = check
  const wanted = {
    algorithms: ALGORITHMS,
    currentDate: new Date(nowMs),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  const once = async (): Promise<JWTPayload | undefined> => {
    const current = await keys.current()
    return current && (await jwtVerify(token, current, wanted)).payload
  }
  try {
    const claims = await once().catch(async (error: unknown) => {
      // A key of a new name: the issuer may have changed its keys.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !(await keys.lookAgain())) throw error
      return once()
    })
    if (claims === undefined) return { claims, untilMs: nowMs + WITHOUT_KEYS_MS }
    const expiresMs = claims.exp === undefined ? Infinity : claims.exp * 1000
    return { claims, untilMs: Math.min(expiresMs, nowMs + KNOWN_MS_MAX) }
  } catch {
    return refused
  }
}

/** A claim by its name, or by a path of names with dots; only what is one text, number or truth value. */
function textOf(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : along(claims, name.split('.'))
  if (typeof value === 'string') return asByteText(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

function along(claims: Claims, names: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  return value
}
