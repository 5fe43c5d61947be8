// Notices to a program of yours, signed by the Standard Webhooks scheme. Unsigned is not offered: a receiver that
// cannot tell who calls would act on anybody's word.
import { Webhook } from 'standardwebhooks'
import type { Clock } from '../../../ports/clock.ts'
import type { Notice, Notifier } from '../../../ports/notifier.ts'
import { PortFailure } from '../../../ports/port-failure.ts'

const ANSWER_MS_MAX = 10_000
const SECRET_BYTES_MIN = 24
const RETRY_AFTER_MS_MAX = 3_600_000
const BUSY = new Set([408, 429])

export type WebhookOptions = {
  readonly url: string
  /** `whsec_` and base64 of at least 24 bytes. */
  readonly secret: string
  readonly clock: Clock
  readonly answerMsMax?: number
}

/**
 * The receiver answers 2xx within 10 s once it has taken the notice. 408, 429, 5xx and no answer are tried again (in
 * `Retry-After` if it says so), with the same `webhook-id`; any other answer is final. Redirects are not followed.
 * Throws PortFailure at once when url or secret cannot be used.
 */
export function createWebhookNotifier(options: WebhookOptions): Notifier {
  const url = readUrl(options.url)
  const signer = createSigner(options.secret)
  return {
    send: async (notice) => {
      const body = bodyOf(notice)
      // The time is that of this try: receivers refuse what is older than five minutes.
      const at = new Date(options.clock.now())
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'sluice',
        'webhook-id': notice.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signer.sign(notice.id, at, body),
      }
      const answer = await post(url, headers, body, options.answerMsMax ?? ANSWER_MS_MAX)
      await answer.body?.cancel()
      if (!answer.ok) throw notTaken(url, answer, options.clock.now())
    },
  }
}

function bodyOf({ id, at, type, service, stage, text, to, facts }: Notice): string {
  return JSON.stringify({
    type,
    timestamp: new Date(at).toISOString(),
    data: { id, service, stage, text, to, facts },
  })
}

async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  limitMs: number,
): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    })
  } catch (error) {
    const why =
      error instanceof Error && error.name === 'TimeoutError'
        ? `no answer within ${limitMs} ms`
        : reasonOf(error)
    throw new PortFailure(
      `the webhook at ${url.origin} did not take a notice: ${why}; it is tried again. Check that it runs and can be reached`,
      { code: 'notifier/unreachable', again: 'retry', cause: error },
    )
  }
}

function notTaken(url: URL, answer: Response, now: number): PortFailure {
  const { status } = answer
  const again = status >= 500 || BUSY.has(status) ? 'retry' : 'never'
  const afterMs = again === 'retry' ? retryAfter(answer.headers.get('retry-after'), now) : undefined
  const next =
    again === 'retry'
      ? 'it is tried again'
      : 'it is not tried again; check the address and the secret on both sides'
  return new PortFailure(`the webhook at ${url.origin} answered ${status} to a notice: ${next}`, {
    code: again === 'retry' ? 'notifier/busy' : 'notifier/refused',
    again,
    ...(afterMs === undefined ? {} : { afterMs }),
  })
}

/** Seconds, or a date. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX)
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  throw new PortFailure(
    'the address of a webhook must begin with https:// or http://; put the url of notify.webhook right',
    {
      code: 'notifier/bad-url',
      again: 'never',
    },
  )
}

function createSigner(secret: string): Webhook {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (bytes.length < SECRET_BYTES_MIN)
    throw new PortFailure(
      `a webhook is sent signed or not at all: its secret must be whsec_ and base64 of at least ${SECRET_BYTES_MIN} bytes; make one with: echo whsec_$(openssl rand -base64 32)`,
      { code: 'notifier/no-secret', again: 'never' },
    )
  try {
    return new Webhook(secret)
  } catch {
    // What the library says could repeat the secret.
    throw new PortFailure(
      'the secret of a webhook is not base64 after whsec_; make one with: echo whsec_$(openssl rand -base64 32)',
      {
        code: 'notifier/no-secret',
        again: 'never',
      },
    )
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error)
    return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return error.message
}
