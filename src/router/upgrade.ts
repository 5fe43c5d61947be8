// A request that wants to speak another protocol on its connection (WebSocket and any other).
import type { IncomingMessage } from 'node:http'
import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { askRelease } from './ask-release.ts'
import type { Chosen } from './choose-release.ts'
import { plainAddress } from './client-exchange.ts'
import type { ExchangeTools } from './client-exchange.ts'
import { answerHeaders, bodyKind, requestHeaders } from './forwarded-head.ts'
import type { RawHeaders } from './forwarded-head.ts'
import { sendOwnPage } from './own-page.ts'
import { relayAnswer } from './relay-answer.ts'
import type { UnderWay } from './release-traffic.ts'
import { RequestBody } from './request-body.ts'
import type { RequestTarget } from './request-target.ts'
import { SplicedConnection } from './spliced-connection.ts'
import type { AttemptEnd } from './upstream-attempt.ts'

/**
 * Upgrades that are passed on. HTTP/2 in clear text is not: behind such a connection requests would pass that nobody
 * here reads. Neither is one with a body, whose end no two servers agree on. Both go on as requests without upgrade.
 */
export function isUpgradeToPassOn(req: IncomingMessage): boolean {
  const protocols = (req.headers.upgrade ?? '').toLowerCase().split(/[\s,]+/)
  const isHttp = protocols.some((protocol) => protocol.startsWith('h2') || protocol.startsWith('http'))
  return req.method === 'GET' && !isHttp && bodyKind(req) === 'none' && req.headers['expect'] === undefined
}

export type UpgradeRequest = {
  readonly req: IncomingMessage
  readonly socket: Duplex
  /** What the client sent behind its request. */
  readonly head: Buffer
  readonly target: RequestTarget
  readonly chosen: Chosen
  readonly isCounted: boolean
}

/** Never rejects. */
export async function passUpgrade(upgrade: UpgradeRequest, tools: ExchangeTools): Promise<void> {
  const { req, socket, chosen } = upgrade
  const { traffic } = chosen.arm
  const startedMs = tools.clock.monotonicMs()
  const asking = new UnansweredUpgrade(socket)
  traffic.begin(asking)
  try {
    const end = await ask(upgrade, asking, tools)
    if (asking.isOver) {
      if (!asking.wasCut) traffic.clientLeft += 1
      if (end.kind === 'upgraded') end.socket.destroy()
      if (end.kind === 'answered') end.answer.destroy()
      return
    }
    const status = end.kind === 'failed' ? 502 : (end.answer.statusCode ?? 502)
    if (upgrade.isCounted) countUpgrade(upgrade, end, status, tools.clock.monotonicMs() - startedMs)
    if (end.kind === 'upgraded') splice(upgrade, end, tools)
    else await answerPlainly(upgrade, end, tools)
  } catch (error) {
    tools.log.warn({ error: String(error), path: req.url }, 'an upgrade could not be passed on')
    socket.destroy()
  } finally {
    traffic.end(asking)
  }
}

/** Under way, but nothing has been agreed on yet. */
class UnansweredUpgrade implements UnderWay {
  readonly isStream = false
  readonly #socket: Duplex
  wasCut = false
  stop: (why: Error) => void = () => {}

  constructor(socket: Duplex) {
    this.#socket = socket
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.stop(new Error('the client left')))
  }

  get isOver(): boolean {
    return this.wasCut || this.#socket.destroyed
  }

  cut(): void {
    this.wasCut = true
    this.#socket.destroy()
  }
}

function ask(upgrade: UpgradeRequest, asking: UnansweredUpgrade, tools: ExchangeTools): Promise<AttemptEnd> {
  const { req, target, chosen } = upgrade
  return askRelease(
    {
      served: chosen.served,
      arm: chosen.arm,
      method: req.method ?? 'GET',
      body: new RequestBody(req, 'none', 0),
      isOver: () => asking.isOver,
      attempt: {
        path: target.path,
        headers: requestHeaders(req, {
          host: target.host,
          clientAddress: plainAddress(req.socket.remoteAddress),
          trustForwarded: tools.trustForwarded,
          isUpgrade: true,
          bodyKind: 'none',
        }),
        onInformation: () => {},
        onStart: (stop) => {
          asking.stop = stop
        },
      },
    },
    tools,
  )
}

function countUpgrade(upgrade: UpgradeRequest, end: AttemptEnd, status: number, latencyMs: number): void {
  const { traffic } = upgrade.chosen.arm
  if (end.kind !== 'failed') {
    traffic.answered(status, latencyMs)
    return
  }
  traffic.unanswered()
  traffic.noUpstream += 1
}

function splice(
  { req, socket, head, chosen }: UpgradeRequest,
  end: Extract<AttemptEnd, { kind: 'upgraded' }>,
  tools: ExchangeTools,
): void {
  const { traffic } = chosen.arm
  const upstream = end.socket
  // A side that has said its last may still listen.
  upstream.allowHalfOpen = true
  setIdleLimit(upstream, tools.limits.streamIdleMsMax)
  setIdleLimit(socket, tools.limits.streamIdleMsMax)
  const connection = new SplicedConnection({
    client: socket,
    upstream,
    isWebSocket: (req.headers.upgrade ?? '').toLowerCase() === 'websocket',
    clock: tools.clock,
    closeFrameMsMax: tools.limits.closeFrameMsMax,
    onEnd: () => traffic.end(connection),
  })
  traffic.begin(connection)
  const headers = [...answerHeaders(end.answer, { isUpgrade: true }), ...added(chosen)]
  socket.write(rawHead(end.answer.statusMessage ?? '', headers), 'latin1')
  connection.open(head, end.head)
}

/** The release did not want to: its answer, or ours, goes out as plain HTTP and ends the connection. */
async function answerPlainly(
  { req, socket, chosen }: UpgradeRequest,
  end: Exclude<AttemptEnd, { kind: 'upgraded' }>,
  tools: ExchangeTools,
): Promise<void> {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(asSocket(socket))
  res.once('finish', () => socket.end())
  if (end.kind === 'answered') {
    await relayAnswer({ answer: end.answer, res, added: [...added(chosen), 'Connection', 'close'] })
    return
  }
  const id = tools.randomHex(4)
  const { release } = chosen.arm
  const { environment } = chosen.served.plan
  tools.log.warn({ ...environment, release, id, error: end.error.message }, 'an upgrade got no answer')
  sendOwnPage(req, res, {
    status: 502,
    code: 'router/no-answer',
    title: 'The service did not answer',
    text: 'The version of the service this connection belongs to gave no answer. Please try again.',
    id,
    release,
  })
}

function added(chosen: Chosen): RawHeaders {
  const release = ['X-Sluice-Release', String(chosen.arm.release)]
  return chosen.setCookie === undefined ? release : [...release, 'Set-Cookie', chosen.setCookie]
}

/** Names and values come from Node's parser: there is no line break in them. */
function rawHead(reason: string, headers: RawHeaders): string {
  let head = `HTTP/1.1 101 ${reason === '' ? 'Switching Protocols' : reason}\r\n`
  for (let at = 0; at + 1 < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
  return `${head}\r\n`
}

function setIdleLimit(socket: Duplex, ms: number): void {
  if (isSocket(socket)) socket.setTimeout(ms)
}

function isSocket(socket: Duplex): socket is Socket {
  return 'setTimeout' in socket
}

function asSocket(socket: Duplex): Socket {
  if (!isSocket(socket)) throw new Error('an upgrade came on something that is no socket')
  return socket
}
