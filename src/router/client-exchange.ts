// One request of one client, from its head to the last byte of the answer.
import type { LookupTables } from '../domain/traffic/request-facts.ts'
import type { Log } from '../ports/log.ts'
import type { AccessEnd, AccessLog } from './access-log.ts'
import { AnswerToClient } from './answer-to-client.ts'
import { Asking } from './ask-release.ts'
import type { AskingTools, QuestionAsker } from './ask-release.ts'
import { isHashedAsset, otherReleases } from './asset-fallback.ts'
import type { ClientVoice } from './client-voice.ts'
import type { Chosen } from './choose-release.ts'
import { forwardedRequest, passingAnswerLines } from './forwarded-head.ts'
import type { ForwardedRequest } from './forwarded-head.ts'
import { HeldAnswer } from './held-answer.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { AnswerTaker, Failure, ReleaseLine } from './release-line.ts'
import type { Wire } from './http1/wire.ts'
import type { Mirror } from './mirror.ts'
import { TOO_BUSY } from './own-page.ts'
import type { OwnPage } from './own-page.ts'
import type { ServedArm } from './plan-table.ts'
import type { UnderWay } from './release-traffic.ts'
import type { RequestBody } from './request-body.ts'
import { requestFacts } from './request-facts.ts'
import type { TokenReader } from './tokens/token-reader.ts'

export type ExchangeTools = AskingTools & {
  readonly log: Log
  readonly access: AccessLog | undefined
  /** Answers tell which release they are of. */
  readonly namesRelease: boolean
  /** Lookup tables of a service. */
  readonly lookups: (service: string) => LookupTables
  readonly tokens: TokenReader
  readonly mirror: Mirror
  /** Whether an address is one of our own proxies. */
  readonly trusts: (address: string) => boolean
  readonly randomHex: (bytes: number) => string
  readonly isStopping: () => boolean
}

/** The connection a request came on. */
export interface ClientSide {
  readonly voice: ClientVoice
  readonly address: string
  /** What it says of the client behind it is believed. */
  readonly isTrusted: boolean
  readonly scheme: 'http' | 'https'
  /** The answer is complete, or can never be; `keepsOpen` says whether another request may follow. */
  onExchangeEnd(keepsOpen: boolean): void
  /** The release speaks another protocol with the client from now on. */
  onSwitch(exchange: ClientExchange, headText: string, release: Wire, rest: Buffer): void
}

export type ClientRequest = {
  readonly head: RequestHead
  readonly body: RequestBody
  readonly chosen: Chosen
  readonly isUpgrade: boolean
  /** The client takes another answer on this connection. */
  readonly keepsOpen: boolean
  /** Requests through a door are under way like others, but are no evidence of how users fare. */
  readonly isCounted: boolean
}

export class ClientExchange implements UnderWay, QuestionAsker {
  isStream = false
  readonly request: ClientRequest
  readonly #client: ClientSide
  readonly #tools: ExchangeTools
  readonly #forwarded: ForwardedRequest
  readonly #startedMs: number
  /** Releases that work for this request: the chosen one, and those asked for an asset. */
  #alsoWorking: ServedArm[] | undefined
  #asking: Asking | undefined
  #answer: AnswerToClient | undefined
  /** A 404 for an asset that another release may have. */
  #held: HeldAnswer | undefined
  #release: number
  /** As the client sees it; 0 while it has seen none. */
  #status = 0
  #pageId: string | undefined
  #isOver = false

  constructor(request: ClientRequest, client: ClientSide, tools: ExchangeTools) {
    this.request = request
    this.#client = client
    this.#tools = tools
    this.#startedMs = tools.clock.monotonicMs()
    this.#release = request.chosen.arm.release
    this.#forwarded = forwardedRequest(request.head, {
      clientAddress: client.address,
      scheme: client.scheme,
      trustForwarded: client.isTrusted,
      isUpgrade: request.isUpgrade,
    })
  }

  /** The head of an answer has gone out. */
  get hasAnswered(): boolean {
    return this.#answer !== undefined
  }

  start(): void {
    const { arm } = this.request.chosen
    arm.traffic.begin(this)
    this.#ask(arm)
    this.request.body.waitForRelease()
    const { served } = this.request.chosen
    if (served.plan.mirror !== undefined && this.request.isCounted && !this.request.isUpgrade)
      this.#tools.mirror({ head: this.request.head, served, forwarded: this.#forwarded })
  }

  cut(): void {
    if (this.#isOver) return
    const answer = this.#answer
    if (answer === undefined) {
      const title = 'This version was taken out of service'
      const text = 'It did not answer in the time it had left. Please try again.'
      this.#answerWithPage({ status: 503, code: 'router/cut', title, text, retryAfterSeconds: 1 })
    } else if (this.isStream && answer.canEndCleanly) {
      answer.endNow()
      this.#end('cut', answer.keepsOpen)
    } else {
      this.#leave('cut')
      this.#client.voice.breakOff()
    }
  }

  /** The client is gone, or breaks the rules in the middle of its body. */
  clientLeft(): void {
    if (this.#isOver) return
    this.request.chosen.arm.traffic.clientLeft += 1
    this.#leave('client-left')
  }

  onClientBlocked(isBlocked: boolean): void {
    if (isBlocked) this.#answer?.connection.pause()
    else this.#answer?.connection.resume()
  }

  onUploadBlocked(isBlocked: boolean): void {
    if (isBlocked && !this.request.body.hasEnded) this.#client.voice.pause()
    else this.#client.voice.resume()
  }

  onInformation(head: AnswerHead): void {
    // HTTP/1.0 knows no answers before the answer.
    if (this.#answer !== undefined || !this.request.head.isHttp11) return
    const { status } = head
    if (status !== 100 && status !== 102 && status !== 103) return
    const lines = status === 103 ? passingAnswerLines(head, { isUpgrade: false }) : ''
    this.#client.voice.inform(status, lines)
  }

  onAnswer(connection: ReleaseLine, head: AnswerHead, arm: ServedArm): AnswerTaker | undefined {
    if (this.#isOver) return undefined
    const { chosen } = this.request
    this.#release = arm.release
    if (arm === chosen.arm) {
      this.#count(head.status, connection.upstream.id)
      return this.#mayLookElsewhere(head) ? this.#hold(connection, head) : this.#pass(connection, head, arm)
    }
    if (head.status < 300 || head.status === 304) {
      arm.traffic.assetFallbacks += 1
      this.#status = head.status
      this.#held?.drop()
      return this.#pass(connection, head, arm)
    }
    this.#lookElsewhere(arm)
    return undefined
  }

  onGivenUp(failure: Failure): void {
    if (this.#isOver) return
    if (this.#held !== undefined) this.#lookElsewhere(this.#alsoWorking?.at(-1))
    else this.#giveUp(failure)
  }

  onSwitch(head: AnswerHead, release: Wire, rest: Buffer): void {
    if (this.#isOver) {
      release.destroy()
      return
    }
    this.#count(head.status)
    const reason = head.reason === '' ? 'Switching Protocols' : head.reason
    const lines = passingAnswerLines(head, { isUpgrade: true })
    const added = this.#ourLines(this.request.chosen.arm)
    const headText = `HTTP/1.1 101 ${reason}\r\n${lines}Connection: Upgrade\r\n${added}\r\n`
    this.#client.onSwitch(this, headText, release, rest)
    this.#leave('upgraded')
  }

  #ask(arm: ServedArm): void {
    const { head, body, chosen, isUpgrade } = this.request
    const question = { served: chosen.served, arm, method: head.method, isUpgrade, body }
    this.#asking = new Asking({ ...question, request: this.#forwarded, asker: this }, this.#tools)
    this.#asking.start()
  }

  #pass(connection: ReleaseLine, head: AnswerHead, arm: ServedArm): AnswerTaker {
    const { body, isCounted } = this.request
    const { limits } = this.#tools
    const answer = new AnswerToClient({
      connection,
      head,
      request: this.request,
      voice: this.#client.voice,
      isStopping: this.#tools.isStopping(),
      ourLines: this.#ourLines(arm),
      onEnd: () => this.#onAnswered(answer),
      onBrokenOff: (error) => {
        if (isCounted && head.status < 500) {
          arm.traffic.brokeOff(connection.upstream.id)
          this.#measure(0, 1, undefined, arm)
        }
        this.#tools.log.warn(
          { release: arm.release, path: this.request.head.path, error: error.message },
          'a release broke off its answer',
        )
        this.#leave('broken-off')
        this.#client.voice.breakOff()
      },
    })
    this.#answer = answer
    this.isStream = answer.isEventStream
    if (answer.maySayNothing) {
      this.#client.voice.allowSilence(limits.streamIdleMsMax)
      connection.allowSilence(limits.streamIdleMsMax)
    }
    // A refused upload goes no further.
    if (head.status >= 400 && !body.hasEnded) body.drop()
    answer.begin()
    if (this.#client.voice.isBlocked) connection.pause()
    return answer
  }

  #onAnswered(answer: AnswerToClient): void {
    const { body } = this.request
    if (body.hasEnded) answer.connection.release()
    else {
      // The answer is complete and the upload is not: nobody needs the rest.
      answer.connection.drop()
      body.drop()
    }
    this.#asking = undefined
    this.#end('complete', answer.keepsOpen)
  }

  #mayLookElsewhere(head: AnswerHead): boolean {
    const { method, path } = this.request.head
    if (head.status !== 404 || (method !== 'GET' && method !== 'HEAD')) return false
    return this.request.body.isEmpty && isHashedAsset(path)
  }

  #hold(connection: ReleaseLine, head: AnswerHead): AnswerTaker | undefined {
    const held = new HeldAnswer(connection, head)
    this.#held = held
    this.#lookElsewhere(undefined)
    return held
  }

  /** The next release that may have the asset; when none is left, the answer that was held is given. */
  #lookElsewhere(before: ServedArm | undefined): void {
    const { chosen } = this.request
    const others = otherReleases(chosen.served, chosen.arm, this.#tools.limits.assetFallbacksMax)
    const next = others[before === undefined ? 0 : others.indexOf(before) + 1]
    before?.traffic.end(this)
    if (next !== undefined) {
      this.#alsoWorking = [...(this.#alsoWorking ?? []), next]
      next.traffic.begin(this)
      this.#ask(next)
      return
    }
    const held = this.#held
    this.#held = undefined
    this.#release = chosen.arm.release
    held?.give(this.#pass(held.connection, held.head, chosen.arm))
  }

  #giveUp(failure: Failure): void {
    const { chosen, isCounted, head } = this.request
    const { environment } = chosen.served.plan
    const release = chosen.arm.release
    if (isCounted) {
      chosen.arm.traffic.unanswered()
      if (failure.when !== 'no-room') chosen.arm.traffic.noUpstream += 1
      this.#measure(1, 1, undefined)
    }
    const id = this.#tools.randomHex(4)
    const error = failure.error.message
    this.#tools.log.warn({ ...environment, release, id, error, path: head.path }, 'a request got no answer')
    const isLate = failure.when === 'too-late'
    if (failure.when === 'no-room') return this.#answerWithPage({ ...TOO_BUSY, id })
    this.#answerWithPage({
      status: isLate ? 504 : 502,
      code: isLate ? 'router/no-answer-in-time' : 'router/no-answer',
      title: isLate ? 'The service took too long' : 'The service did not answer',
      text: 'The request reached the router, but the version of the service it belongs to gave no answer. Please try again.',
      id,
    })
  }

  #answerWithPage(page: OwnPage): void {
    const { head, body, chosen, keepsOpen, isUpgrade } = this.request
    const staysOpen = keepsOpen && !isUpgrade && !this.#tools.isStopping() && !head.expectsContinue
    body.drop()
    this.#status = page.status
    this.#pageId = page.id
    const release = this.#tools.namesRelease ? chosen.arm.release : undefined
    this.#client.voice.page({ ...page, release }, head, staysOpen)
    this.#end('page', staysOpen)
  }

  #ourLines(arm: ServedArm): string {
    const { setCookie } = this.request.chosen
    const release = this.#tools.namesRelease ? `X-Sluice-Release: ${arm.release}\r\n` : ''
    return setCookie === undefined ? release : `${release}Set-Cookie: ${setCookie}\r\n`
  }

  #count(status: number, box?: string): void {
    this.#status = status
    if (!this.request.isCounted) return
    const latencyMs = this.#tools.clock.monotonicMs() - this.#startedMs
    this.request.chosen.arm.traffic.answered(status, latencyMs, box)
    this.#measure(1, status >= 500 ? 1 : 0, latencyMs)
  }

  #measure(requests: number, errors: number, latencyMs: number | undefined, arm?: ServedArm): void {
    const { served, arm: chosen } = this.request.chosen
    if (served.measures.isPlain) return
    const { head } = this.request
    const { tokens } = this.#tools
    const facts = requestFacts(head, served.plan, '', (name) => tokens.claim(head, served.plan, name))
    const tables = this.#tools.lookups(served.plan.environment.service)
    const { traffic } = arm ?? chosen
    served.measures.count(traffic, facts, tables, { requests, errors, latencyMs })
  }

  #end(how: AccessEnd, keepsOpen: boolean): void {
    if (this.#isOver) return
    this.#leave(how)
    this.#client.onExchangeEnd(keepsOpen)
  }

  /** Lets go of everything but the client. */
  #leave(how: AccessEnd): void {
    this.#isOver = true
    this.#note(how)
    this.request.chosen.arm.traffic.end(this)
    if (this.#alsoWorking !== undefined) for (const arm of this.#alsoWorking) arm.traffic.end(this)
    this.#held?.drop()
    this.#asking?.stop()
  }

  #note(end: AccessEnd): void {
    const { access, clock } = this.#tools
    if (access === undefined) return
    const { head, chosen, isCounted } = this.request
    access.note({
      head,
      client: this.#client.address,
      served: chosen.served,
      release: this.#release,
      status: this.#status,
      end,
      ms: clock.monotonicMs() - this.#startedMs,
      bytes: this.#answer?.bytes ?? 0,
      id: this.#pageId,
      isCheck: !isCounted,
    })
  }
}
