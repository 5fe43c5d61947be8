// One question over HTTP, answered with JSON. Whatever goes wrong is a failure with words for people; no failure carries
// a header, so no key is ever told.
import { PortFailure } from '../../ports/port-failure.ts'

export type JsonAsked = {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** What is longer is not read. */
  readonly bytesMax: number
}

export type JsonAnswer = { readonly value: unknown; readonly atSeconds: number | null }

const RATE_LIMIT_SECONDS = 60
const WORDS_MAX = 200

export async function askJson({ url, headers, signal, bytesMax }: JsonAsked): Promise<JsonAnswer> {
  const answer = await answerOf(url, headers, signal)
  const text = await textOf(answer, bytesMax, signal)
  const value = parsed(text)
  if (!answer.ok) throw refusal(answer, value)
  if (value === undefined) throw failure('metric-source/unreadable', 'its answer is no whole JSON', 'retry')
  const dated = Date.parse(answer.headers.get('date') ?? '')
  return { value, atSeconds: Number.isFinite(dated) ? dated / 1_000 : null }
}

async function answerOf(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { accept: 'application/json', ...headers },
      signal,
      redirect: 'error',
    })
  } catch (error) {
    throw unreachable(error, signal)
  }
}

async function textOf(answer: Response, bytesMax: number, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
      if (bytes > bytesMax)
        throw failure('metric-source/too-long', `its answer is longer than ${bytesMax} bytes`, 'retry')
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof PortFailure ? error : unreachable(error, signal)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function unreachable(error: unknown, signal: AbortSignal): PortFailure {
  if (signal.aborted) return failure('metric-source/slow', 'is too slow to answer', 'retry', error)
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const words = code !== '' ? code : cause instanceof Error ? cause.message : String(cause)
  return failure('metric-source/unreachable', `cannot be reached (${words})`, 'retry', error)
}

function refusal(answer: Response, value: unknown): PortFailure {
  const { status, headers } = answer
  const words = wordsIn(value)
  const said = words === '' ? '' : `: ${words}`
  if (status === 401 || status === 403)
    return failure(
      'metric-source/refused',
      `refuses the key (${status})${said}; set another with sluice secret set`,
      'retry',
    )
  if (status === 429) {
    const seconds = secondsIn(headers, ['retry-after', 'x-ratelimit-reset', 'x-ratelimit-period'])
    return new PortFailure('has been asked too often (429); it is left alone for as long as it wants', {
      code: 'metric-source/rate-limited',
      again: 'retry',
      afterMs: 1_000 * (seconds ?? RATE_LIMIT_SECONDS),
    })
  }
  if (status === 400 || status === 422)
    return failure('metric-source/bad-query', `does not understand what it is asked${said}`, 'retry')
  return failure('metric-source/failed', `answers ${status}${said}`, 'retry')
}

/** The first header that says a number of seconds. */
function secondsIn(headers: Headers, names: readonly string[]): number | undefined {
  for (const name of names) {
    const text = headers.get(name)
    const seconds = text === null || text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isFinite(seconds) && seconds >= 0) return seconds
  }
  return undefined
}

/** What Prometheus and Datadog say of an error, each in its own place. */
function wordsIn(value: unknown): string {
  if (typeof value !== 'object' || value === null) return ''
  if ('error' in value && typeof value.error === 'string') return value.error.slice(0, WORDS_MAX)
  if ('errors' in value && Array.isArray(value.errors)) return value.errors.join(', ').slice(0, WORDS_MAX)
  return ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function failure(code: string, message: string, again: 'retry' | 'never', cause?: unknown): PortFailure {
  return new PortFailure(message, { code, again, cause })
}
