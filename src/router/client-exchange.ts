// One request of one client, from its head to the last byte of the answer.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../ports/log.ts'
import { askRelease } from './ask-release.ts'
import type { AskingTools } from './ask-release.ts'
import { isHashedAsset, otherReleases } from './asset-fallback.ts'
import type { Chosen } from './choose-release.ts'
import { bodyKind, requestHeaders } from './forwarded-head.ts'
import type { RawHeaders } from './forwarded-head.ts'
import { sendOwnPage } from './own-page.ts'
import type { ServedArm } from './plan-table.ts'
import { isEventStream, relayAnswer } from './relay-answer.ts'
import type { UnderWay } from './release-traffic.ts'
import { RequestBody } from './request-body.ts'
import type { RequestTarget } from './request-target.ts'
import type { AttemptEnd } from './upstream-attempt.ts'

export type ExchangeTools = AskingTools & {
  readonly log: Log
  readonly trustForwarded: boolean
  readonly randomHex: (bytes: number) => string
  readonly isStopping: () => boolean
}

export type ClientRequestHead = {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly target: RequestTarget
  readonly chosen: Chosen
  /** Requests through a door are under way like others, but are no evidence of how users fare. */
  readonly isCounted: boolean
}

type Answered = Extract<AttemptEnd, { kind: 'answered' }>

export class ClientExchange implements UnderWay {
  isStream = false
  readonly #tools: ExchangeTools
  readonly #head: ClientRequestHead
  readonly #body: RequestBody
  readonly #startedMs: number
  /** Releases that work for this request: the chosen one, and those asked for an asset. */
  readonly #working = new Set<ServedArm>()
  #stopAsking: (why: Error) => void = () => {}
  #clientLeft = false
  #wasCut = false
  #hasBroken = false

  constructor(head: ClientRequestHead, tools: ExchangeTools) {
    this.#head = head
    this.#tools = tools
    this.#startedMs = tools.clock.monotonicMs()
    this.#body = new RequestBody(head.req, bodyKind(head.req), tools.limits.retryBodyBytesMax)
  }

  /** Never rejects. Resolves when the client has its answer or left. */
  async run(): Promise<void> {
    try {
      await this.#serve()
    } catch (error) {
      // What Node refuses to write, such as a status text of an answer: nothing that a retry would mend.
      this.#stopAsking(new Error('the answer cannot be passed on'))
      this.#giveUp({
        kind: 'failed',
        when: 'after-sending',
        error: error instanceof Error ? error : new Error(),
      })
      if (this.#head.res.headersSent) this.#head.res.destroy()
    }
  }

  async #serve(): Promise<void> {
    const { res, chosen } = this.#head
    this.#workFor(chosen.arm)
    res.once('close', () => this.#onClosed())
    const end = await this.#ask(chosen.arm)
    if (this.#isOver()) return
    if (end.kind !== 'answered') {
      this.#giveUp(end)
      return
    }
    const status = end.answer.statusCode ?? 502
    if (this.#head.isCounted) chosen.arm.traffic.answered(status, this.#elapsedMs())
    const asset = status === 404 ? await this.#assetElsewhere() : undefined
    if (this.#isOver()) {
      end.answer.destroy()
      asset?.end.answer.destroy()
      return
    }
    if (asset === undefined) await this.#pass(end, chosen.arm)
    else {
      end.answer.destroy()
      await this.#pass(asset.end, asset.arm)
    }
  }

  cut(): void {
    const { req, res, chosen } = this.#head
    this.#wasCut = true
    if (!res.headersSent) {
      const title = 'This version was taken out of service'
      const text = 'It did not answer in the time it had left. Please try again.'
      const page = { status: 503, code: 'router/cut', title, text, retryAfterSeconds: 1 }
      sendOwnPage(req, res, { ...page, release: chosen.arm.release })
    } else if (this.isStream) res.end()
    else res.destroy()
    this.#stopAsking(new Error('cut'))
  }

  #ask(arm: ServedArm): Promise<AttemptEnd> {
    const { req, res, target, chosen } = this.#head
    const asking = {
      served: chosen.served,
      arm,
      method: req.method ?? 'GET',
      body: this.#body,
      isOver: () => this.#isOver(),
      attempt: {
        path: target.path,
        headers: requestHeaders(req, {
          host: target.host,
          clientAddress: plainAddress(req.socket.remoteAddress),
          trustForwarded: this.#tools.trustForwarded,
          isUpgrade: false,
          bodyKind: bodyKind(req),
        }),
        onInformation: (status: number, news: Pick<IncomingMessage, 'headers'>) =>
          informClient(req, res, status, news),
        onStart: (stop: (why: Error) => void) => {
          this.#stopAsking = stop
        },
      },
    }
    return askRelease(asking, this.#tools)
  }

  async #pass(end: Answered, arm: ServedArm): Promise<void> {
    const { req, res, chosen, isCounted } = this.#head
    const { limits } = this.#tools
    this.isStream = isEventStream(end.answer)
    if (this.isStream) req.socket.setTimeout(limits.streamIdleMsMax)
    end.asked.setTimeout(this.isStream ? limits.streamIdleMsMax : limits.upstreamIdleMsMax)
    const hasRefusedBody = (end.answer.statusCode ?? 0) >= 400 && !this.#body.hasEnded
    if (hasRefusedBody) this.#body.drop()
    const relayEnd = await relayAnswer({ answer: end.answer, res, added: this.#added(arm, chosen.setCookie) })
    if (this.#wasCut) return
    if (relayEnd === 'broken') {
      this.#hasBroken = true
      if (isCounted && (end.answer.statusCode ?? 0) < 500) arm.traffic.errors += 1
      this.#tools.log.warn({ release: arm.release, path: req.url }, 'a release broke off its answer')
    }
    if (relayEnd === 'complete' && !this.#body.hasEnded) this.#answeredEarly(end)
  }

  /** The answer is complete and the upload is not: nobody needs the rest. */
  #answeredEarly(end: Answered): void {
    const { req } = this.#head
    end.asked.destroy()
    this.#body.drop()
    const { clock, limits } = this.#tools
    const done = new AbortController()
    req.once('close', () => done.abort())
    void clock.sleep(limits.lingerMsMax, done.signal).then(() => {
      if (!req.complete) req.socket.destroy()
    })
  }

  async #assetElsewhere(): Promise<{ readonly end: Answered; readonly arm: ServedArm } | undefined> {
    const { req, target, chosen } = this.#head
    if ((req.method !== 'GET' && req.method !== 'HEAD') || !this.#body.isEmpty) return undefined
    if (!isHashedAsset(target.path)) return undefined
    for (const arm of otherReleases(chosen.served, chosen.arm, this.#tools.limits.assetFallbacksMax)) {
      this.#workFor(arm)
      const end = await this.#ask(arm)
      const status = end.kind === 'answered' ? (end.answer.statusCode ?? 502) : 502
      if (end.kind === 'answered' && (status < 300 || status === 304)) {
        arm.traffic.assetFallbacks += 1
        return { end, arm }
      }
      if (end.kind === 'answered') end.answer.destroy()
      arm.traffic.end(this)
      if (this.#isOver()) return undefined
    }
    return undefined
  }

  #giveUp(end: AttemptEnd): void {
    const { req, res, chosen, isCounted } = this.#head
    const { environment } = chosen.served.plan
    const release = chosen.arm.release
    if (isCounted) {
      chosen.arm.traffic.unanswered()
      chosen.arm.traffic.noUpstream += 1
    }
    const id = this.#tools.randomHex(4)
    const error = end.kind === 'failed' ? end.error.message : 'it upgraded a connection unasked'
    this.#tools.log.warn({ ...environment, release, id, error, path: req.url }, 'a request got no answer')
    const isLate = end.kind === 'failed' && end.when === 'too-late'
    this.#body.drop()
    sendOwnPage(req, res, {
      status: isLate ? 504 : 502,
      code: isLate ? 'router/no-answer-in-time' : 'router/no-answer',
      title: isLate ? 'The service took too long' : 'The service did not answer',
      text: 'The request reached the router, but the version of the service it belongs to gave no answer. Please try again.',
      id,
      release,
    })
  }

  #added(arm: ServedArm, setCookie: string | undefined): RawHeaders {
    const added: RawHeaders = ['X-Sluice-Release', String(arm.release)]
    if (setCookie !== undefined) added.push('Set-Cookie', setCookie)
    if (this.#tools.isStopping()) added.push('Connection', 'close')
    return added
  }

  #workFor(arm: ServedArm): void {
    arm.traffic.begin(this)
    this.#working.add(arm)
  }

  #onClosed(): void {
    const { res, chosen } = this.#head
    for (const arm of this.#working) arm.traffic.end(this)
    if (res.writableFinished || this.#wasCut || this.#hasBroken) return
    this.#clientLeft = true
    chosen.arm.traffic.clientLeft += 1
    this.#stopAsking(new Error('the client left'))
  }

  #isOver(): boolean {
    return this.#clientLeft || this.#wasCut
  }

  #elapsedMs(): number {
    return this.#tools.clock.monotonicMs() - this.#startedMs
  }
}

/** An IPv4 client on a socket that takes both is still an IPv4 client. */
export function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '')
}

function informClient(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  news: Pick<IncomingMessage, 'headers'>,
): void {
  // HTTP/1.0 knows no answers before the answer.
  if (res.headersSent || res.destroyed || req.httpVersion !== '1.1') return
  if (status === 100) res.writeContinue()
  else if (status === 102) res.writeProcessing()
  else if (status === 103) writeEarlyHints(res, news.headers)
}

function writeEarlyHints(res: ServerResponse, headers: IncomingMessage['headers']): void {
  const hints: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) hints[name] = value
  try {
    res.writeEarlyHints(hints)
  } catch {
    // Hints are only hints: one that Node finds malformed is left out.
  }
}
