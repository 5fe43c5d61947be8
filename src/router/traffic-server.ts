// A server for the traffic port and for doors: accepts connections and keeps count of them.
import { createServer } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { Server, Socket } from 'node:net'
import type { CertificateShelf } from './certificate-shelf.ts'
import type { Choice } from './choose-release.ts'
import { ClientConnection } from './client-connection.ts'
import type { ClientDoor } from './client-connection.ts'
import type { ExchangeTools } from './client-exchange.ts'
import type { RequestHead } from './http1/request-head.ts'
import { Http2Connection } from './http2/http2-connection.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import { Wire } from './http1/wire.ts'

export type TrafficServerOptions = {
  readonly tools: ExchangeTools
  readonly time: Timekeeper
  readonly choose: (head: RequestHead, localPort: number) => Choice
  /** Asked before `choose`; undefined where there is nothing to wait for. */
  readonly prepare?: ClientDoor['prepare']
  readonly isCounted: boolean
  /** With certificates it speaks TLS. */
  readonly certificates?: CertificateShelf | undefined
}

export type TrafficServer = {
  /** For listening. It does not read from what it accepts by itself. */
  readonly server: Server
  /** Takes no new connection; resolves when the last one has ended. */
  stopAccepting(): Promise<void>
  /** Closes connections that wait for a request. */
  closeIdle(): void
  closeAll(): void
}

export function createTrafficServer(options: TrafficServerOptions): TrafficServer {
  const { tools, time, choose, prepare, isCounted, certificates } = options
  const connections = new Set<ClientConnection | Http2Connection>()
  const door: ClientDoor = {
    tools,
    time,
    choose,
    prepare,
    isCounted,
    scheme: certificates === undefined ? 'http' : 'https',
    onGone: (connection) => void connections.delete(connection),
    onHttp2: (socket) => speakHttp2(socket),
  }
  const speakHttp2 = (socket: Socket) => {
    connections.add(new Http2Connection(socket, door, (gone) => void connections.delete(gone)))
  }
  const onSocket = (socket: Socket) => {
    if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2') {
      speakHttp2(socket)
      return
    }
    connections.add(new ClientConnection((reader) => Wire.accept(socket, reader, time), door))
  }
  const server =
    certificates === undefined
      ? createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, onSocket)
      : tlsServer(certificates, tools, onSocket)
  server.maxConnections = tools.limits.connectionsMax
  return {
    server,
    stopAccepting: () => new Promise((resolve) => server.close(() => resolve())),
    closeIdle: () => {
      for (const connection of connections) connection.closeIfIdle()
    },
    closeAll: () => {
      for (const connection of connections) connection.destroy()
    },
  }
}

function tlsServer(
  certificates: CertificateShelf,
  { limits, log }: ExchangeTools,
  onSocket: (socket: Socket) => void,
): Server {
  const server = createTlsServer(
    {
      SNICallback: (name, done) => done(null, certificates.find(name)),
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: 'TLSv1.2',
      handshakeTimeout: limits.clientHeadMsMax,
      noDelay: true,
      allowHalfOpen: true,
    },
    onSocket,
  )
  certificates.serve(server)
  server.on('tlsClientError', (error, socket) => {
    log.debug({ error: error.message }, 'a client could not be spoken to in TLS')
    socket.destroy()
  })
  return server
}
