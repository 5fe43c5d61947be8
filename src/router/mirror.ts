// Copies of a share of the requests, for the instances of another environment. Nobody waits for a copy, nobody hears of
// its answer, and there are never more than a few at once. What came to us as a copy is not copied again.
import type { ServedArm, ServedPlan } from './plan-table.ts'
import { Asking } from './ask-release.ts'
import type { AskingTools, QuestionAsker } from './ask-release.ts'
import type { ForwardedRequest } from './forwarded-head.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import { NO_BODY } from './http1/message-head.ts'
import type { RequestHead } from './http1/request-head.ts'
import type { Wire } from './http1/wire.ts'
import type { RouterLimits } from './limits.ts'
import type { AnswerTaker, ReleaseLine } from './release-line.ts'
import type { UnderWay } from './release-traffic.ts'
import { RequestBody } from './request-body.ts'

export type Mirror = (request: Mirrored) => void

export type Mirrored = {
  readonly head: RequestHead
  readonly served: ServedPlan
  readonly forwarded: ForwardedRequest
}

export type MirrorTools = AskingTools & {
  readonly limits: RouterLimits
  /** The plan of another stage of the same service, and who of it gets a request. */
  readonly choose: (
    from: ServedPlan,
    stage: string,
    head: RequestHead,
  ) => { readonly served: ServedPlan; readonly arm: ServedArm } | undefined
}

/** Whoever is asked may do nothing but answer: a copy must not buy anything. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
export const MIRROR_HEADER = 'X-Sluice-Mirror'
/** Services that pass nothing else on to those they ask often pass this on. */
const BAGGAGE = 'sluice-mirror=1'

export function createMirror(tools: MirrorTools): Mirror {
  let underWay = 0
  const seen = new Map<string, number>()

  /** Spread evenly, whatever the share. */
  function isPicked({ plan }: ServedPlan, percent: number): boolean {
    const key = `${plan.environment.service}/${plan.environment.stage}`
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return Math.floor((count * percent) / 100) > Math.floor(((count - 1) * percent) / 100)
  }

  return ({ head, served, forwarded }) => {
    const { mirror } = served.plan
    if (mirror === undefined || !SAFE.has(head.method) || head.framing.kind !== 'none' || isCopy(head)) return
    if (!isPicked(served, mirror.percent) || underWay >= tools.limits.mirrorsMax) return
    underWay += 1
    // Whoever is waited for goes first.
    setImmediate(() => {
      const chosen = tools.choose(served, mirror.to, head)
      const onEnd = () => void (underWay -= 1)
      if (chosen === undefined || chosen.arm.upstreams.length === 0 || !hasRoom(chosen)) onEnd()
      else new Copy(chosen, { head, forwarded: marked(forwarded, served) }, tools, onEnd).start()
    })
  }
}

/** A copy waits in no queue. */
function hasRoom({ served, arm }: { readonly served: ServedPlan; readonly arm: ServedArm }): boolean {
  const most = served.plan.concurrency?.perInstance ?? Infinity
  return arm.upstreams.some(({ inFlight }) => inFlight < most)
}

function isCopy(head: RequestHead): boolean {
  return (
    head.header(MIRROR_HEADER.toLowerCase()) !== undefined || (head.header('baggage') ?? '').includes(BAGGAGE)
  )
}

function marked({ lines, options }: ForwardedRequest, { plan }: ServedPlan): ForwardedRequest {
  const { service, stage } = plan.environment
  return { lines: `${lines}${MIRROR_HEADER}: ${service}/${stage}\r\nBaggage: ${BAGGAGE}\r\n`, options }
}

/** One copy on its way. It counts as a request of the release that is asked: that is what it is for. */
class Copy implements QuestionAsker, UnderWay {
  readonly isStream = false
  readonly #arm: ServedArm
  readonly #asking: Asking
  readonly #tools: MirrorTools
  readonly #onEnd: () => void
  readonly #startedMs: number
  #isOver = false

  constructor(
    { served, arm }: { readonly served: ServedPlan; readonly arm: ServedArm },
    { head, forwarded }: { readonly head: RequestHead; readonly forwarded: ForwardedRequest },
    tools: MirrorTools,
    onEnd: () => void,
  ) {
    this.#arm = arm
    this.#tools = tools
    this.#onEnd = onEnd
    this.#startedMs = tools.clock.monotonicMs()
    const body = new RequestBody(NO_BODY, { pause: () => {}, resume: () => {} }, tools.limits)
    const question = { served, arm, method: head.method, request: forwarded, isUpgrade: false, body }
    this.#asking = new Asking({ ...question, asker: this }, tools)
  }

  start(): void {
    this.#arm.traffic.begin(this)
    this.#asking.start()
  }

  cut(): void {
    this.#asking.stop()
    this.#end()
  }

  onInformation(): void {}

  onUploadBlocked(): void {}

  onAnswer(connection: ReleaseLine, head: AnswerHead): AnswerTaker {
    const latencyMs = this.#tools.clock.monotonicMs() - this.#startedMs
    this.#arm.traffic.answered(head.status, latencyMs, connection.upstream.id)
    return {
      onBody: () => {},
      onBodyEnd: () => {
        connection.release()
        this.#end()
      },
      onBrokenOff: () => this.#end(),
    }
  }

  onSwitch(_head: AnswerHead, release: Wire): void {
    release.destroy()
    this.#end()
  }

  onGivenUp(): void {
    this.#arm.traffic.unanswered()
    this.#end()
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#arm.traffic.end(this)
    this.#onEnd()
  }
}
