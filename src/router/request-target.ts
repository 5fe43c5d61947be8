// Where a request wants to go: its host and path, whatever form it was written in.
import type { IncomingMessage } from 'node:http'

export type RequestTarget = {
  /** As it goes on to the release, with port. Empty for an HTTP/1.0 request that named none. */
  readonly host: string
  /** Origin form, or `*`. */
  readonly path: string
}

/** Undefined for a request that two readers could understand differently; it is answered 400. */
export function requestTarget(req: IncomingMessage): RequestTarget | undefined {
  const url = req.url ?? '/'
  if (countHosts(req.rawHeaders) > 1) return undefined
  const host = req.headers.host ?? ''
  if (!/^[\w.:[\]~%-]*$/.test(host)) return undefined
  if (url.startsWith('/') || (url === '*' && req.method === 'OPTIONS')) return { host, path: url }
  // Absolute form: its host counts, not the Host header's (RFC 9112, 3.2.2).
  const absolute = /^https?:\/\/([\w.:[\]~%-]+)(\/[^#]*|\?[^#]*)?$/i.exec(url)
  if (absolute?.[1] === undefined) return undefined
  const path = absolute[2] ?? '/'
  return { host: absolute[1], path: path.startsWith('?') ? `/${path}` : path }
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') count += 1
  return count
}
