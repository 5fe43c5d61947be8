// An HTTP server as strict as the router needs it: for the traffic port and for doors.
import { createServer, STATUS_CODES } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Log } from '../ports/log.ts'
import type { Choice } from './choose-release.ts'
import { ClientExchange } from './client-exchange.ts'
import type { ExchangeTools } from './client-exchange.ts'
import { sendOwnPage } from './own-page.ts'
import { requestTarget } from './request-target.ts'
import type { RequestTarget } from './request-target.ts'
import { isUpgradeToPassOn, passUpgrade } from './upgrade.ts'

export type TrafficServerOptions = {
  readonly tools: ExchangeTools
  readonly choose: (req: IncomingMessage, target: RequestTarget) => Choice
  readonly isCounted: boolean
}

export function createTrafficServer({ tools, choose, isCounted }: TrafficServerOptions): Server {
  const { limits, log } = tools
  const server = createServer({
    maxHeaderSize: limits.clientHeaderBytesMax,
    headersTimeout: limits.clientHeadMsMax,
    // A large upload takes as long as it takes; one that stands still is ended by the idle limit.
    requestTimeout: 0,
    keepAliveTimeout: limits.clientKeepAliveMs,
    connectionsCheckingInterval: 1_000,
    insecureHTTPParser: false,
    requireHostHeader: true,
    shouldUpgradeCallback: isUpgradeToPassOn,
  })
  server.timeout = limits.clientIdleMsMax
  server.maxConnections = limits.connectionsMax
  // Node would drop headers beyond a count without a word; their size is limited already.
  server.maxHeadersCount = 0
  const serve = (req: IncomingMessage, res: ServerResponse) => {
    const target = requestTarget(req)
    if (target === undefined) {
      sendOwnPage(req, res, { ...BAD_REQUEST })
      return
    }
    const choice = choose(req, target)
    if (choice.found === 'page') {
      req.resume()
      sendOwnPage(req, res, choice.page)
      return
    }
    void new ClientExchange({ req, res, target, chosen: choice, isCounted }, tools).run()
  }
  server.on('request', serve)
  // The release decides whether it wants the body, so its "100 Continue" is passed on and none is made up here.
  server.on('checkContinue', serve)
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Older Nodes do not ask `shouldUpgradeCallback`.
    const target = isUpgradeToPassOn(req) ? requestTarget(req) : undefined
    const choice = target && choose(req, target)
    if (target === undefined || choice === undefined) return refuseRaw(socket, 400)
    if (choice.found === 'page') return refuseRaw(socket, choice.page.status)
    void passUpgrade({ req, socket, head, target, chosen: choice, isCounted }, tools)
  })
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => refuseRaw(socket, 405))
  server.on('clientError', (error: Error, socket: Duplex) => refuseMalformed(error, socket, log))
  return server
}

const BAD_REQUEST = {
  status: 400,
  code: 'router/bad-request',
  title: 'The request cannot be understood',
  text: 'Its address or its Host header is malformed.',
} as const

function refuseMalformed(error: Error, socket: Duplex, log: Log): void {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  log.debug({ code }, 'a request was malformed')
  if (code === 'HPE_HEADER_OVERFLOW') refuseRaw(socket, 431)
  else if (code === 'ERR_HTTP_REQUEST_TIMEOUT') refuseRaw(socket, 408)
  else refuseRaw(socket, 400)
}

function refuseRaw(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy())
  const text = STATUS_CODES[status] ?? 'Refused'
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}
