// The router's own answers: small, readable with any eyes and any client, and plainly not the service's.
import type { IncomingMessage, ServerResponse } from 'node:http'

export type OwnPage = {
  readonly status: number
  /** `router/nothing-runs` and the like: stable and public. */
  readonly code: string
  readonly title: string
  readonly text: string
  /** Listed below the text. */
  readonly addresses?: readonly string[]
  /** Short id that stands in the log as well. */
  readonly id?: string
  readonly retryAfterSeconds?: number
  readonly release?: number | undefined
}

/** Answers with the page, as JSON where that was asked for. The connection stays usable. */
export function sendOwnPage(req: IncomingMessage, res: ServerResponse, page: OwnPage): void {
  if (res.headersSent || res.destroyed) return
  const isJson = wantsJson(req.headers.accept)
  const body = isJson ? `${JSON.stringify(asJson(page))}\n` : asHtml(page)
  res.writeHead(page.status, {
    'Content-Type': isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(page.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(page.retryAfterSeconds) }),
    ...(page.release === undefined ? {} : { 'X-Sluice-Release': String(page.release) }),
    'X-Sluice-Page': page.code,
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

export const NOTHING_RUNS: OwnPage = {
  status: 503,
  code: 'router/nothing-runs',
  title: 'Nothing runs here at the moment',
  text: 'No version of this service takes requests right now. It is being started or was taken out of service. Please try again in a few seconds.',
  retryAfterSeconds: 5,
}

export function notHere(addresses: readonly string[]): OwnPage {
  return {
    status: 404,
    code: 'router/unknown-address',
    title: 'No service has this address',
    text: addresses.length === 0 ? 'The router has no service yet.' : 'These addresses lead to a service:',
    addresses,
  }
}

function wantsJson(accept: string | undefined): boolean {
  if (accept === undefined) return false
  const json = accept.search(/application\/(?:[\w.-]+\+)?json/i)
  const html = accept.search(/text\/html/i)
  return json >= 0 && (html < 0 || json < html)
}

function asJson(page: OwnPage): unknown {
  const { code, title, text, id, addresses } = page
  return {
    from: 'sluice',
    code,
    message: `${title}. ${text}`,
    ...(id === undefined ? {} : { id }),
    ...(addresses === undefined ? {} : { addresses }),
  }
}

function asHtml(page: OwnPage): string {
  const list = (page.addresses ?? []).map(
    (each) => `<li><a href="//${escape(each)}">${escape(each)}</a></li>`,
  )
  const id = page.id === undefined ? '' : `<p>If you report this, name <code>${escape(page.id)}</code>.</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(page.title)}</title>
<style>
body{font:1.05rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.2rem}
h1{font-size:1.5rem;line-height:1.25}footer{margin-top:2.5rem;font-size:.9rem;opacity:.8}
</style>
</head>
<body>
<main>
<h1>${escape(page.title)}</h1>
<p>${escape(page.text)}</p>
${list.length === 0 ? '' : `<ul>${list.join('')}</ul>`}${id}
</main>
<footer>${page.status} &middot; This page comes from Sluice, the router in front of the service, not from the service itself.</footer>
</body>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
