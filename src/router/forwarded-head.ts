// Headers on their way through: what ends at this hop stays here, nothing of ours is taken from outside, and the
// release learns who asked.
import type { IncomingMessage } from 'node:http'

/** Names and values in turn, as Node reads and writes them raw. */
export type RawHeaders = string[]

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
/** What a Connection header may not take away: the message would change its meaning. */
const NEVER_NAMED_AWAY = new Set(['host', 'content-length', 'close'])

export type Forwarding = {
  readonly host: string
  readonly clientAddress: string
  /** Whether X-Forwarded-* of the one who connected are believed and passed on. */
  readonly trustForwarded: boolean
  readonly isUpgrade: boolean
  readonly bodyKind: BodyKind
}

export type BodyKind = 'none' | 'sized' | 'chunked'

export function bodyKind(req: IncomingMessage): BodyKind {
  if (req.headers['transfer-encoding'] !== undefined) return 'chunked'
  const length = req.headers['content-length']
  return length === undefined || Number(length) === 0 ? 'none' : 'sized'
}

export function requestHeaders(req: IncomingMessage, forwarding: Forwarding): RawHeaders {
  const { trustForwarded, isUpgrade } = forwarding
  const named = namedByConnection(req.headers.connection)
  const out: RawHeaders = forwarding.host === '' ? [] : ['Host', forwarding.host]
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? ''
    const plain = plainName(name)
    if (HOP_BY_HOP.has(plain) || plain === 'host' || named.has(plain)) continue
    if (plain.startsWith('x-sluice-')) continue
    if (isForwarded(plain) && (!trustForwarded || plain === 'x-forwarded-for')) continue
    out.push(name, req.rawHeaders[at + 1] ?? '')
  }
  addForwarded(out, req, forwarding)
  addFraming(out, req, forwarding)
  if (isUpgrade) out.push('Connection', 'Upgrade', 'Upgrade', req.headers.upgrade ?? '')
  return out
}

function addForwarded(out: RawHeaders, req: IncomingMessage, forwarding: Forwarding): void {
  const { clientAddress, trustForwarded, host } = forwarding
  const before = req.headers['x-forwarded-for']
  const chain = trustForwarded && before !== undefined ? `${String(before)}, ${clientAddress}` : clientAddress
  out.push('X-Forwarded-For', chain)
  if (!trustForwarded || req.headers['x-forwarded-proto'] === undefined) out.push('X-Forwarded-Proto', 'http')
  if (host !== '' && (!trustForwarded || req.headers['x-forwarded-host'] === undefined)) {
    out.push('X-Forwarded-Host', host)
  }
}

function addFraming(out: RawHeaders, req: IncomingMessage, forwarding: Forwarding): void {
  if (forwarding.bodyKind === 'chunked') out.push('Transfer-Encoding', 'chunked')
  const tellsTrailers = /\btrailers\b/i.test(String(req.headers['te'] ?? ''))
  if (tellsTrailers && !forwarding.isUpgrade) out.push('TE', 'trailers', 'Connection', 'keep-alive, TE')
  // Without it Node would send an empty chunked body for a POST that has none.
  const hasLength = req.headers['content-length'] !== undefined
  if (forwarding.bodyKind === 'none' && !hasLength && expectsBody(req.method)) out.push('Content-Length', '0')
}

function expectsBody(method: string | undefined): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

/** Headers of an answer without what ends here; what is ours is added by the caller. */
export function answerHeaders(answer: IncomingMessage, options: { readonly isUpgrade: boolean }): RawHeaders {
  const named = namedByConnection(answer.headers.connection)
  const status = answer.statusCode ?? 0
  const keepsUpgrade = options.isUpgrade || status === 426
  const out: RawHeaders = []
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
    const name = answer.rawHeaders[at] ?? ''
    const plain = plainName(name)
    if (plain.startsWith('x-sluice-')) continue
    if (plain === 'upgrade' ? !keepsUpgrade : HOP_BY_HOP.has(plain) || named.has(plain)) continue
    if (plain === 'content-length' && (status === 204 || options.isUpgrade)) continue
    out.push(name, answer.rawHeaders[at + 1] ?? '')
  }
  if (options.isUpgrade) out.push('Connection', 'Upgrade')
  return out
}

/** Some servers read `X_Forwarded_For` as `X-Forwarded-For`: we see it as they would. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

function isForwarded(plain: string): boolean {
  return plain === 'forwarded' || plain === 'x-real-ip' || plain.startsWith('x-forwarded-')
}

const NONE: ReadonlySet<string> = new Set()

function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || /^(keep-alive|close)$/i.test(connection)) return NONE
  const names = connection.split(',').map((name) => plainName(name.trim()))
  return new Set(names.filter((name) => !NEVER_NAMED_AWAY.has(name)))
}

/** A trailer may not say what only a head may: framing, routing, who asked. */
export function trailerPairs(rawTrailers: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawTrailers.length; at += 2) {
    const name = rawTrailers[at] ?? ''
    const plain = plainName(name)
    const isHead =
      HOP_BY_HOP.has(plain) || plain === 'host' || plain === 'content-length' || isForwarded(plain)
    if (!isHead && !plain.startsWith('x-sluice-')) pairs.push([name, rawTrailers[at + 1] ?? ''])
  }
  return pairs
}
