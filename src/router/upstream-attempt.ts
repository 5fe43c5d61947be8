// One try of one request on one instance.
import { request } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RawHeaders } from './forwarded-head.ts'
import type { RouterLimits } from './limits.ts'
import type { RequestBody } from './request-body.ts'
import type { Upstream } from './upstream.ts'

export type Attempt = {
  readonly upstream: Upstream
  readonly method: string
  readonly path: string
  readonly headers: RawHeaders
  readonly body: RequestBody
  /** Not on a connection that has rested: what is sent must not get lost in its closing. */
  readonly isFresh: boolean
  /** 100 Continue and other news before the answer. */
  readonly onInformation: (status: number, answer: { readonly headers: IncomingMessage['headers'] }) => void
  /** Called with the means to stop it, before anything can have happened. */
  readonly onStart: (stop: (why: Error) => void) => void
}

export type AttemptEnd =
  | { readonly kind: 'answered'; readonly answer: IncomingMessage; readonly asked: ClientRequest }
  | {
      readonly kind: 'upgraded'
      readonly answer: IncomingMessage
      readonly socket: Duplex
      readonly head: Buffer
    }
  | {
      readonly kind: 'failed'
      readonly error: Error
      /** `refused`: no byte can have reached the release. */
      readonly when: 'refused' | 'on-rested-connection' | 'after-sending' | 'too-late'
    }

export class AttemptTimeout extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'AttemptTimeout'
  }
}

export function attempt(wish: Attempt, limits: RouterLimits): Promise<AttemptEnd> {
  const { upstream, method, path, headers, body } = wish
  const agent = wish.isFresh ? upstream.fresh : upstream.resting
  const asked = request({
    host: upstream.host,
    port: upstream.port,
    method,
    path,
    headers,
    agent,
    setHost: false,
    timeout: limits.upstreamConnectMsMax,
    maxHeaderSize: limits.upstreamHeaderBytesMax,
  })
  upstream.inFlight += 1
  asked.once('close', () => {
    upstream.inFlight -= 1
  })
  return new Promise((resolve) => {
    let isConnected = false
    let hasTimedOut = false
    const onConnected = () => {
      isConnected = true
      asked.setTimeout(limits.upstreamHeadMsMax)
      if (!body.isEmpty) body.sendTo(asked)
    }
    asked.on('error', (error) => {
      body.stop()
      const when = whenItFailed({ isConnected, hasTimedOut, isReused: asked.reusedSocket })
      resolve({ kind: 'failed', error, when })
    })
    asked.on('timeout', () => {
      hasTimedOut = true
      const what = isConnected ? 'gave no answer in time' : 'could not be reached in time'
      asked.destroy(new AttemptTimeout(`${upstream.key} ${what}`))
    })
    asked.on('socket', (socket) => {
      // A body is only taken from the client once somebody is there to take it, so a refusal costs nothing.
      if (socket.connecting) socket.once('connect', onConnected)
      else onConnected()
    })
    asked.on('continue', () => wish.onInformation(100, { headers: {} }))
    asked.on('information', (news) => {
      if (news.statusCode !== 100) wish.onInformation(news.statusCode, news)
    })
    asked.on('response', (answer) => {
      // It may break off while nobody reads it yet; whoever takes it over looks at `destroyed`.
      answer.on('error', () => {})
      resolve({ kind: 'answered', answer, asked })
    })
    asked.on('upgrade', (answer, socket, head) => resolve({ kind: 'upgraded', answer, socket, head }))
    wish.onStart((why) => asked.destroy(why))
    if (body.isEmpty) body.sendTo(asked)
  })
}

function whenItFailed(at: {
  readonly isConnected: boolean
  readonly hasTimedOut: boolean
  readonly isReused: boolean
}): 'refused' | 'on-rested-connection' | 'after-sending' | 'too-late' {
  if (!at.isConnected) return 'refused'
  if (at.hasTimedOut) return 'too-late'
  return at.isReused ? 'on-rested-connection' : 'after-sending'
}
