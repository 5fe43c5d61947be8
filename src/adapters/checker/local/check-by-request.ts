// One GET, as a check. Trouble with the connection is tried again until the limit; an answer is an answer.
import { Agent, request as send } from 'undici'
import type { CheckDefinition } from '../../../domain/pipeline/definition.ts'
import type { CheckRequest, CheckResult } from '../../../ports/checker.ts'
import type { Clock } from '../../../ports/clock.ts'

type HttpCheck = Extract<CheckDefinition, { readonly kind: 'http' }>
type Answer = { readonly status: number; readonly location: string | null; readonly body: string }

const bodyBytesMax = 256 * 1024
const firstPauseMs = 50
const pauseMsMax = 2_000

export async function checkByRequest(asked: {
  readonly check: HttpCheck
  readonly url: string
  readonly clock: Clock
  readonly signal: CheckRequest['signal']
}): Promise<CheckResult> {
  const { check, clock } = asked
  // Joined as text: a path like `//elsewhere` would lead to another host if it were resolved.
  const address = `${asked.url.replace(/\/+$/, '')}/${check.path.replace(/^\//, '')}`
  const over = new AbortController()
  const deadline = new AbortController()
  const timer = clock.sleep(check.limitMs, over.signal).then(() => deadline.abort())
  const until = AbortSignal.any([asked.signal, deadline.signal])
  const agent = new Agent({ pipelining: 0 })
  let trouble = 'no answer'
  try {
    for (let pauseMs = firstPauseMs; !until.aborted; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      try {
        return judge(check, address, await get(address, agent, until))
      } catch (error) {
        if (!until.aborted) trouble = error instanceof Error ? error.message || error.name : String(error)
        await clock.sleep(pauseMs, until)
      }
    }
    asked.signal.throwIfAborted()
    const message = `GET ${address} did not answer within ${check.limitMs / 1000} s (${trouble}).`
    return { passed: false, message, output: '' }
  } finally {
    over.abort()
    await timer
    await agent.destroy()
  }
}

/** Follows no redirect: what is asked of is this address, and a redirect is a status like any other. */
async function get(address: string, agent: Agent, signal: AbortSignal): Promise<Answer> {
  const response = await send(address, {
    dispatcher: agent,
    signal,
    headers: { 'user-agent': 'sluice-check' },
  })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= bodyBytesMax) break
  }
  const { location } = response.headers
  return {
    status: response.statusCode,
    location: typeof location === 'string' ? location : null,
    body: Buffer.concat(chunks).subarray(0, bodyBytesMax).toString(),
  }
}

function judge(check: HttpCheck, address: string, answer: Answer): CheckResult {
  const output = answer.body
  if (answer.status !== check.status) {
    const whither = answer.location === null ? '' : ` (to ${answer.location})`
    const message = `GET ${address} answered ${answer.status}${whither}, not ${check.status}.`
    return { passed: false, message, output }
  }
  if (check.contains !== null && !answer.body.includes(check.contains)) {
    const message = `GET ${address} answered ${answer.status}, but without ${JSON.stringify(check.contains)}.`
    return { passed: false, message, output }
  }
  return { passed: true, message: `GET ${address} answered ${answer.status}.`, output }
}
