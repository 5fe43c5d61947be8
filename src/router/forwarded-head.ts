// Heads on their way through: what ends at this hop stays here, nothing of ours is taken from outside, and the release
// learns who asked. Headers that pass are copied in runs, as they came.
import { FIELD } from './http1/field-names.ts'
import { FIELD_NUMBERS } from './http1/header-fields.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import type { HeaderSet } from './http1/message-head.ts'
import type { RequestHead } from './http1/request-head.ts'

export type Forwarding = {
  readonly clientAddress: string
  readonly scheme: 'http' | 'https'
  /** Whether X-Forwarded-* of the one who connected are believed and passed on. */
  readonly trustForwarded: boolean
  readonly isUpgrade: boolean
}

/** What goes to a release: everything but the Connection header, which depends on the connection it takes. */
export type ForwardedRequest = { readonly lines: string; readonly options: readonly string[] }

export const LAST_CHUNK = '0\r\n'

export function forwardedRequest(head: RequestHead, forwarding: Forwarding): ForwardedRequest {
  const { trustForwarded, isUpgrade } = forwarding
  const named = namedByConnection(head.connection)
  // Empty where none was named: what goes on is HTTP/1.1, which must have one (RFC 9110, 7.2).
  const host = `Host: ${head.host}\r\n`
  const passing = runs(head, (id, at) => {
    if (id === FIELD.other || id === FIELD.traceparent || id === FIELD.contentType || id === FIELD.date)
      return named === undefined || !named.has(foldedName(head, at))
    if (id === FIELD.expect) return head.isHttp11
    if (id === FIELD.forwardedProto || id === FIELD.forwardedHost || id === FIELD.forwarded)
      return trustForwarded
    return false
  })
  const options: string[] = []
  let lines = `${head.method} ${head.path} HTTP/1.1\r\n${host}${passing}`
  lines += forwardedLines(head, forwarding)
  lines += framingLines(head)
  if (isUpgrade) {
    options.push('Upgrade')
    lines += `Upgrade: ${head.joined(FIELD.upgrade) ?? ''}\r\n`
  } else if (tellsTrailers(head)) {
    options.push('TE')
    lines += 'TE: trailers\r\n'
  }
  return { lines, options }
}

/** The whole head. `isLast` asks the release to close afterwards. */
export function requestText({ lines, options }: ForwardedRequest, isLast: boolean): string {
  if (options.length === 0) return isLast ? `${lines}Connection: close\r\n\r\n` : `${lines}\r\n`
  return `${lines}Connection: ${[...(isLast ? ['close'] : []), ...options].join(', ')}\r\n\r\n`
}

function forwardedLines(head: RequestHead, { clientAddress, scheme, trustForwarded }: Forwarding): string {
  const { host } = head
  if (!trustForwarded) {
    const hostLine = host === '' ? '' : `X-Forwarded-Host: ${host}\r\n`
    return `X-Forwarded-For: ${clientAddress}\r\nX-Forwarded-Proto: ${scheme}\r\n${hostLine}`
  }
  const before = head.joined(FIELD.forwardedFor)
  let lines = `X-Forwarded-For: ${before === undefined ? '' : `${before}, `}${clientAddress}\r\n`
  if (head.joined(FIELD.forwardedProto) === undefined) lines += `X-Forwarded-Proto: ${scheme}\r\n`
  if (host !== '' && head.joined(FIELD.forwardedHost) === undefined) lines += `X-Forwarded-Host: ${host}\r\n`
  return lines
}

function framingLines(head: RequestHead): string {
  switch (head.framing.kind) {
    case 'chunked':
      return 'Transfer-Encoding: chunked\r\n'
    case 'sized':
      return `Content-Length: ${head.framing.length}\r\n`
    case 'close':
    case 'none':
      return expectsBody(head.method) || head.joined(FIELD.contentLength) !== undefined
        ? 'Content-Length: 0\r\n'
        : ''
  }
}

function expectsBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

function tellsTrailers(head: RequestHead): boolean {
  const te = head.joined(FIELD.te)
  return te !== undefined && /\btrailers\b/i.test(te)
}

/** Headers of an answer that pass, as lines; without what ends here and without what says how long the body is. */
export function passingAnswerLines(answer: AnswerHead, options: { readonly isUpgrade: boolean }): string {
  const named = namedByConnection(answer.connection)
  const { status, framing } = answer
  // A head without a body may still tell how long one would be, but not where there can be none.
  const keepsLength = framing.kind === 'sized' || (framing.kind === 'none' && status >= 200 && status !== 204)
  return runs(answer, (id, at) => {
    switch (id) {
      case FIELD.own:
      case FIELD.hop:
      case FIELD.connection:
      case FIELD.transferEncoding:
      case FIELD.te:
        return false
      case FIELD.contentLength:
        return keepsLength && !options.isUpgrade
      case FIELD.upgrade:
        return options.isUpgrade || status === 426
      default:
        return named === undefined || !named.has(foldedName(answer, at))
    }
  })
}

/** Trailers that may pass: one may not say what only a head may, such as framing, routing and who asked. */
export function trailerLines(trailers: HeaderSet | undefined): string {
  if (trailers === undefined) return ''
  return runs(trailers, (id) => id === FIELD.other || id === FIELD.date)
}

export function chunkLine(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

/** The lines for which `passes` says so, neighbours in one piece. */
function runs(headers: HeaderSet, passes: (id: number, at: number) => boolean): string {
  const { fields, text } = headers
  let out = ''
  let runAt = -1
  for (let at = 0; at < fields.length; at += FIELD_NUMBERS) {
    const lineAt = fields[at + 1]!
    if (passes(fields[at]!, at)) {
      if (runAt < 0) runAt = lineAt
    } else if (runAt >= 0) {
      out += text.slice(runAt, lineAt)
      runAt = -1
    }
  }
  return runAt < 0 ? out : out + text.slice(runAt, text.length - 2)
}

/** What a Connection header may not take away: the message would change its meaning. */
const NEVER_NAMED_AWAY: ReadonlySet<string> = new Set(['host', 'content-length', 'close', 'keep-alive', ''])

function namedByConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection)) return undefined
  const names = connection.split(',').map((name) => folded(name.trim()))
  return new Set(names.filter((name) => !NEVER_NAMED_AWAY.has(name)))
}

function foldedName(headers: HeaderSet, at: number): string {
  return folded(headers.nameAt(at))
}

/** Some servers read `X_Forwarded_For` as `X-Forwarded-For`: we see it as they would. */
function folded(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
