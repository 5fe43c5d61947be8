// A request of HTTP/2 written as one of HTTP/1.1, so that it is read by the very same strict reader: what could be
// understood in two ways once it goes on as HTTP/1.1 is refused here.
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { ForwardedRequest } from '../forwarded-head.ts'

/** The head, a character a byte. `endsHere`: no body follows. */
export function requestText(headers: IncomingHttpHeaders, endsHere: boolean): string {
  const target = headers[':path'] ?? ''
  let text = `${headers[':method'] ?? ''} ${target} HTTP/1.1\r\n`
  const authority = headers[':authority'] ?? headers.host
  if (authority !== undefined) text += `host: ${authority}\r\n`
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || name === 'host' || value === undefined) continue
    // Cookies may come in pieces and are one line elsewhere (RFC 9113, 8.2.3).
    const values = name === 'cookie' && Array.isArray(value) ? [value.join('; ')] : [value].flat()
    for (const each of values) text += `${name}: ${each}\r\n`
  }
  if (!endsHere && headers['content-length'] === undefined) text += 'transfer-encoding: chunked\r\n'
  return `${text}\r\n`
}

/** These speak of an HTTP/1.1 connection (RFC 9113, 8.2.2). */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Lines of HTTP/1.1 as headers of HTTP/2. */
export function headersOf(lines: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 0) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (OF_THE_CONNECTION.has(name)) continue
    const before = headers[name]
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}

/** What goes to a release, as HTTP/2 says it. */
export function requestHeaders({ lines }: Pick<ForwardedRequest, 'lines'>): OutgoingHttpHeaders {
  const end = lines.indexOf('\r\n')
  const [method = '', path = ''] = lines.slice(0, end).split(' ')
  const { host, ...headers } = headersOf(lines.slice(end + 2))
  const authority = host === undefined || host === '' ? {} : { ':authority': host }
  return { ':method': method, ':path': path, ':scheme': 'http', ...authority, ...headers }
}
