// Finds an instance of a release that answers, and tries again where that cannot do a thing twice.
import type { Clock } from '../ports/clock.ts'
import type { ForwardedRequest } from './forwarded-head.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import type { Wire } from './http1/wire.ts'
import type { RouterLimits } from './limits.ts'
import { restIfOutlier } from './outliers.ts'
import type { ServedArm, ServedPlan } from './plan-table.ts'
import type { AnswerTaker, Asker, Failure, ReleaseLine } from './release-line.ts'
import type { RequestBody } from './request-body.ts'
import type { Waiting } from './request-queue.ts'
import { markDown } from './upstream-probe.ts'
import type { Probing } from './upstream-probe.ts'
import { pickUpstream } from './upstream.ts'
import type { Upstream } from './upstream.ts'

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])

export type Question = {
  readonly served: ServedPlan
  readonly arm: ServedArm
  readonly method: string
  readonly request: ForwardedRequest
  readonly isUpgrade: boolean
  readonly body: RequestBody
  /** Hears of what comes; exactly one of `onAnswer`, `onSwitch`, `onGivenUp`, unless it was stopped. */
  readonly asker: QuestionAsker
}

export interface QuestionAsker {
  onInformation(head: AnswerHead): void
  onAnswer(connection: ReleaseLine, head: AnswerHead, arm: ServedArm): AnswerTaker | undefined
  onSwitch(head: AnswerHead, release: Wire, rest: Buffer): void
  onGivenUp(failure: Failure): void
  onUploadBlocked(isBlocked: boolean): void
}

export type AskingTools = {
  readonly limits: RouterLimits
  readonly clock: Clock
  readonly probing: Probing
  /** Grows with every request, so that equals take turns. */
  readonly turn: () => number
}

const NOTHING_TRIED: ReadonlySet<Upstream> = new Set()

export class Asking implements Asker, Waiting {
  readonly #question: Question
  readonly #tools: AskingTools
  readonly #turn: number
  readonly #mayRepeat: boolean
  #isFresh: boolean
  #tried: Set<Upstream> | undefined
  #attempts = 0
  #connection: ReleaseLine | undefined
  #isWaiting = false

  constructor(question: Question, tools: AskingTools) {
    this.#question = question
    this.#tools = tools
    this.#turn = tools.turn()
    this.#mayRepeat = IDEMPOTENT.has(question.method)
    this.#isFresh = !this.#mayRepeat || question.isUpgrade
  }

  /** An arm without instances cannot be asked. */
  start(): void {
    if (!this.tryNow()) this.#wait()
  }

  tryNow(): boolean {
    const upstream = this.#pick()
    if (upstream !== undefined) this.#ask(upstream)
    return upstream !== undefined
  }

  onTooLate(): void {
    this.#isWaiting = false
    const error = new Error('no instance had room in time')
    this.#question.asker.onGivenUp({ error, when: 'no-room' })
  }

  /** Nobody waits any more; nothing is heard of it from now on. */
  stop(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.drop()
    if (this.#isWaiting) this.#question.arm.queue?.leave(this)
  }

  onConnected(): void {
    const { request, isUpgrade, body } = this.#question
    const connection = this.#connection
    if (connection === undefined) return
    connection.send(request, this.#isFresh && !isUpgrade, body.kind)
    body.sendTo(connection)
  }

  onInformation(head: AnswerHead): void {
    this.#question.asker.onInformation(head)
  }

  onAnswer(head: AnswerHead): AnswerTaker | undefined {
    const connection = this.#connection
    if (connection === undefined) return undefined
    const { upstream } = connection
    if (upstream.answered(head.status))
      restIfOutlier(
        upstream,
        this.#question.arm.upstreams,
        this.#tools.probing.clock.monotonicMs(),
        this.#tools.probing,
      )
    return this.#question.asker.onAnswer(connection, head, this.#question.arm)
  }

  onSwitch(head: AnswerHead, wire: Wire, rest: Buffer): void {
    const { asker, isUpgrade } = this.#question
    this.#connection = undefined
    if (isUpgrade) {
      asker.onSwitch(head, wire, rest)
      return
    }
    wire.destroy()
    asker.onGivenUp({ error: new Error('it upgraded a connection unasked'), when: 'after-sending' })
  }

  onUploadBlocked(isBlocked: boolean): void {
    this.#question.asker.onUploadBlocked(isBlocked)
  }

  onFailed(failure: Failure): void {
    const upstream = this.#connection?.upstream
    if (upstream === undefined) return
    this.#connection = undefined
    const { served, arm, body, asker } = this.#question
    body.stop()
    const isDead = failure.when === 'refused' || failure.when === 'after-sending'
    if (isDead) markDown(upstream, served.plan.healthPath, failure.error, this.#tools.probing)
    if (!this.#mayTryAgain(failure)) {
      asker.onGivenUp(failure)
      return
    }
    // A connection that had rested may have been closed under us; the instance itself gets another chance.
    if (failure.when === 'on-rested-connection' || failure.when === 'not-taken') {
      this.#isFresh = true
      arm.traffic.retried += 1
      this.#ask(upstream)
      return
    }
    this.#tried ??= new Set()
    this.#tried.add(upstream)
    const next = this.#pick()
    arm.traffic.retried += 1
    if (next === undefined) asker.onGivenUp(failure)
    else this.#ask(next)
  }

  #pick(): Upstream | undefined {
    const { arm, served } = this.#question
    const most = served.plan.concurrency?.perInstance ?? Infinity
    return pickUpstream(arm.upstreams, this.#tried ?? NOTHING_TRIED, this.#turn, most)
  }

  /** Every instance has as much to do as it may. */
  #wait(): void {
    const { arm, served, asker } = this.#question
    const { concurrency } = served.plan
    if (concurrency === undefined || arm.queue === undefined || arm.queue.length >= concurrency.waiting) {
      const [what, when] =
        concurrency === undefined ? (['instance', 'refused'] as const) : (['room', 'no-room'] as const)
      asker.onGivenUp({ error: new Error(`no ${what}`), when })
      return
    }
    this.#isWaiting = true
    arm.queue.enter(this, concurrency.waitMs)
  }

  /** A refusal is always safe and ends by itself: every instance is tried once. */
  #mayTryAgain({ when }: Failure): boolean {
    if (when === 'refused') return true
    if (when === 'too-late') return false
    this.#attempts += 1
    const { body } = this.#question
    const isSafe = this.#mayRepeat || when === 'not-taken'
    return isSafe && body.canBeSentAgain && this.#attempts < this.#tools.limits.attemptsMax
  }

  #ask(upstream: Upstream): void {
    this.#isWaiting = false
    const { method, isUpgrade } = this.#question
    const connection = upstream.connection(this.#isFresh)
    this.#connection = connection
    connection.begin(this, { isToHead: method === 'HEAD', mayRest: !this.#isFresh && !isUpgrade })
  }
}
