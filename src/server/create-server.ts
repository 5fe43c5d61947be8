// The control plane's HTTP server: API, live stream, web page. It decides nothing; it asks `Control`.
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Log } from '../ports/log.ts'
import { PortFailure } from '../ports/port-failure.ts'
import { isArtifactUpload } from './artifact-routes.ts'
import type { Control } from './control.ts'
import { createApp } from './create-app.ts'
import { createEventHub } from './events.ts'
import { isLoopbackName } from './loopback.ts'
import type { TokenStore } from './tokens.ts'

const HEADERS_MS_MAX = 10_000
const REQUEST_MS_MAX = 30_000
/** An archive of gigabytes comes over a slow line. */
const UPLOAD_MS_MAX = 30 * 60_000
const CLOSE_MS_MAX = 5_000
const CLOSE_LOOK_MS = 20

export type ServerParts = {
  readonly control: Control
  readonly tokens: TokenStore
  /** Folder of the built web page; null when there is none. */
  readonly webRoot: string | null
  /** Port 0 takes a free one. Beyond loopback only while a token exists. */
  readonly listen: { readonly host: string; readonly port: number }
  /** Further names this server answers to, for example `sluice.example.com`. */
  readonly hosts?: readonly string[]
  /**
   * Whether somebody on this machine needs no token (true by default). Set it to false when a proxy on this machine
   * passes requests from elsewhere on.
   */
  readonly trustLoopback?: boolean
  /** Name of the user the server runs as: who acts on loopback without a token. */
  readonly user: string
  readonly version: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly heartbeatMs?: number
}

export type ApiServer = {
  /** Where people find it, such as `http://127.0.0.1:7070`. */
  readonly address: string
  readonly port: number
  listeners(): number
  /** Ends the live streams, lets requests under way finish (5 s at most) and stops listening. */
  close(): Promise<void>
}

/** Resolves once it listens; throws PortFailure (`server/no-token`, `server/port-in-use`, …) when it cannot. */
export async function createServer(parts: ServerParts): Promise<ApiServer> {
  const { host } = parts.listen
  const isOpen = !isLoopbackName(host)
  if (isOpen && (await parts.tokens.list()).length === 0)
    throw new PortFailure(
      `will not listen on ${host}: anybody who reaches it could deploy, for there is no token yet. Add one with "sluice token add <name>", or listen on 127.0.0.1`,
      { code: 'server/no-token', again: 'never' },
    )
  const hub = createEventHub({
    position: async () => (await parts.control.board()).position,
    onChange: (listener) => parts.control.onChange(listener),
    clock: parts.clock,
    ...(parts.heartbeatMs === undefined ? {} : { heartbeatMs: parts.heartbeatMs }),
  })
  const app = createApp({
    ...parts,
    hub,
    isOpen,
    hosts: [...(parts.hosts ?? []), host],
    trustLoopback: parts.trustLoopback ?? true,
  })
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: HEADERS_MS_MAX, requestTimeout: UPLOAD_MS_MAX },
  })
  const underWay = countRequests(server)
  endSlowRequests(server)
  try {
    await listen(server, parts.listen)
  } catch (error) {
    hub.close()
    throw error
  }
  const port = portOf(server)
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return {
    address: `http://${name.includes(':') ? `[${name}]` : name}:${port}`,
    port,
    listeners: () => hub.listeners(),
    close: () => close(server, hub, underWay, parts.clock),
  }
}

function listen(server: ServerType, at: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, at)))
    server.listen({ host: at.host, port: at.port }, () => resolve())
  })
}

function cannotListen(error: NodeJS.ErrnoException, at: { readonly host: string; readonly port: number }) {
  const place = `${at.host}:${at.port}`
  if (error.code === 'EADDRINUSE')
    return new PortFailure(
      `cannot listen on ${place}: another program does already. Stop it, or choose another port (in the configuration: listen.api)`,
      { code: 'server/port-in-use', again: 'never', cause: error },
    )
  return new PortFailure(`cannot listen on ${place}: ${error.message}. Choose another address`, {
    code: 'server/cannot-listen',
    again: 'never',
    cause: error,
  })
}

function portOf(server: ServerType): number {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

async function close(
  server: ServerType,
  hub: { close(): void },
  underWay: () => number,
  clock: Clock,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  hub.close()
  const giveUpAt = clock.monotonicMs() + CLOSE_MS_MAX
  while (underWay() > 0 && clock.monotonicMs() < giveUpAt) await clock.sleep(CLOSE_LOOK_MS)
  // Also those that never sent a request, which nobody counts as idle.
  if ('closeAllConnections' in server) server.closeAllConnections()
  await closed
}

/** Whoever sends anything but an archive has less time for it. */
function endSlowRequests(server: ServerType): void {
  server.on('request', (request: IncomingMessage) => {
    const [path = ''] = (request.url ?? '').split('?')
    if (request.complete || isArtifactUpload(request.method ?? '', path)) return
    const timer = setTimeout(() => request.socket.destroy(), REQUEST_MS_MAX)
    for (const over of ['end', 'close'] as const) request.once(over, () => clearTimeout(timer))
  })
}

/** How many requests are not answered to their end yet. */
function countRequests(server: ServerType): () => number {
  let underWay = 0
  server.on('request', (_request: unknown, response: NodeJS.EventEmitter) => {
    underWay++
    response.once('close', () => underWay--)
  })
  return () => underWay
}
