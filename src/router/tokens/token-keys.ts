// The keys that tokens are signed with, as their issuer publishes them (JWKS). The last good ones stay: in memory, and
// on disk for the next process. What cannot be fetched is said, and takes nobody's claims away.
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'

export type TokenKeys = {
  /** Undefined while none were ever had. Resolves at once but for the first time. */
  current(): Promise<JWTVerifyGetKey | undefined>
  /** A token names a key that is not among them: perhaps there are new ones. False where it was asked just now. */
  lookAgain(): Promise<boolean>
}

export type TokenKeysOptions = {
  readonly url: string
  /** Where the last good ones are kept. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly limits: {
    readonly keysFetchMsMax: number
    readonly keysFreshMs: number
    readonly keysAgainMs: number
  }
}

const BYTES_MAX = 256 * 1024
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })

export function createTokenKeys(options: TokenKeysOptions): TokenKeys {
  const { url, folder, clock, log, signal, limits } = options
  const file = join(folder, `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.json`)
  let keys: JWTVerifyGetKey | undefined
  let askedAtMs = -Infinity
  let asking: Promise<boolean> | undefined
  let isDown = false

  async function put(text: string): Promise<void> {
    const { createLocalJWKSet } = await import('jose')
    keySet.parse(JSON.parse(text))
    keys = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
  }

  async function fetchKeys(): Promise<boolean> {
    try {
      const text = await download(url, AbortSignal.any([signal, AbortSignal.timeout(limits.keysFetchMsMax)]))
      await put(text)
      await keep(file, folder, text)
      if (isDown) log.info({ keys: url }, 'the keys of tokens can be fetched again')
      isDown = false
      return true
    } catch (error) {
      if (signal.aborted) return false
      const what =
        keys === undefined
          ? 'the keys of tokens cannot be fetched; no claim holds until they can'
          : 'the keys of tokens cannot be fetched; the last good ones are used'
      if (!isDown) log.error({ keys: url, error: wordsOf(error) }, what)
      isDown = true
      return false
    }
  }

  function ask(): Promise<boolean> {
    asking ??= fetchKeys().finally(() => {
      askedAtMs = clock.monotonicMs()
      asking = undefined
    })
    return asking
  }

  async function begin(): Promise<void> {
    await readFile(file, 'utf8')
      .then(put)
      .catch(() => undefined)
    // With those of the last process nobody has to wait.
    if (keys === undefined) await ask()
    else void ask()
    void goOn()
  }

  async function goOn(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(isDown ? limits.keysAgainMs : limits.keysFreshMs, signal)
      if (!signal.aborted) await ask()
    }
  }

  let begun: Promise<void> | undefined
  return {
    current: async () => {
      begun ??= begin()
      await begun
      return keys
    },
    lookAgain: async () => {
      if (asking === undefined && clock.monotonicMs() - askedAtMs < limits.keysAgainMs) return false
      return ask()
    },
  }
}

async function download(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal, headers: { accept: 'application/json' } })
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`)
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > BYTES_MAX) throw new Error(`${url} is larger than ${BYTES_MAX} bytes`)
  }
  return text
}

async function keep(file: string, folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const beside = `${file}.${process.pid}`
  await writeFile(beside, text)
  await rename(beside, file)
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
