// The router's own answers: small, readable with any eyes and any client, and plainly not the service's.
import { dateLine } from './date-line.ts'
import type { RequestHead } from './http1/request-head.ts'

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

/** As JSON where that was asked for. Without a head the request was not understood. */
export function pageBody(page: OwnPage, request: RequestHead | undefined): Buffer {
  return Buffer.from(isForJson(request) ? `${JSON.stringify(asJson(page))}\n` : asHtml(page))
}

/** Header lines of a page with this body. */
export function pageLines(page: OwnPage, request: RequestHead | undefined, body: Buffer): string {
  const type = isForJson(request) ? 'application/json' : 'text/html'
  const retry = page.retryAfterSeconds === undefined ? '' : `Retry-After: ${page.retryAfterSeconds}\r\n`
  const release = page.release === undefined ? '' : `X-Sluice-Release: ${page.release}\r\n`
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Length: ${body.length}\r\nCache-Control: no-store\r\n${dateLine()}${retry}${release}X-Sluice-Page: ${page.code}\r\n`
}

/** For a request that is refused before anybody was asked. */
export function refusalPage(status: number): OwnPage {
  return { status, code: 'router/bad-request', title: 'The request was refused', text: refusalText(status) }
}

function refusalText(status: number): string {
  switch (status) {
    case 405:
      return 'This server is no proxy for other servers.'
    case 408:
      return 'The request did not come to its end in time.'
    case 413:
      return 'The request brings more than is taken here.'
    case 414:
      return 'The address in the request is too long.'
    case 431:
      return 'The headers of the request are too large. Often that is because of cookies: deleting those of this site helps.'
    case 501:
      return 'The method of the request is not known.'
    case 505:
      return 'Only HTTP/1.1 and HTTP/1.0 are spoken here.'
    default:
      return 'It does not keep to the rules of HTTP, so that two readers could understand it differently.'
  }
}

export const NOTHING_RUNS: OwnPage = {
  status: 503,
  code: 'router/nothing-runs',
  title: 'Nothing runs here at the moment',
  text: 'No version of this service takes requests right now. It is being started or was taken out of service. Please try again in a few seconds.',
  retryAfterSeconds: 5,
}

export function maintenancePage(text: string): OwnPage {
  const title = 'Closed for maintenance'
  return { status: 503, code: 'router/maintenance', title, text, retryAfterSeconds: 60 }
}

export const TOO_BUSY: OwnPage = {
  status: 503,
  code: 'router/too-busy',
  title: 'The service has more to do than it can',
  text: 'As many requests as it may be given are under way, and others wait already. Please try again in a moment.',
  retryAfterSeconds: 1,
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

function isForJson(request: RequestHead | undefined): boolean {
  const accept = request?.header('accept')
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
