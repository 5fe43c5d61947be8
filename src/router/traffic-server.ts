// A server for the traffic port and for doors: accepts connections and keeps count of them.
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import type { Choice } from './choose-release.ts'
import { ClientConnection } from './client-connection.ts'
import type { ClientDoor } from './client-connection.ts'
import type { ExchangeTools } from './client-exchange.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { Timekeeper } from './http1/timekeeper.ts'
import { Wire } from './http1/wire.ts'

export type TrafficServerOptions = {
  readonly tools: ExchangeTools
  readonly time: Timekeeper
  readonly choose: (head: RequestHead, localPort: number) => Choice
  readonly isCounted: boolean
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

export function createTrafficServer({ tools, time, choose, isCounted }: TrafficServerOptions): TrafficServer {
  const connections = new Set<ClientConnection>()
  const door: ClientDoor = {
    tools,
    time,
    choose,
    isCounted,
    scheme: 'http',
    onGone: (connection) => void connections.delete(connection),
  }
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    connections.add(new ClientConnection((reader) => Wire.accept(socket, reader, time), door))
  })
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
