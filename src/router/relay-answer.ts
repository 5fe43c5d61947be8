// Passes an answer on to the client as it comes: head at once, body with back-pressure, trailers at the end.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerHeaders, trailerPairs } from './forwarded-head.ts'
import type { RawHeaders } from './forwarded-head.ts'

export type Relay = {
  readonly answer: IncomingMessage
  readonly res: ServerResponse
  /** Ours: the release, the user's cookie. */
  readonly added: RawHeaders
}

/** `broken`: the release stopped in the middle and the client was told by a broken connection. */
export type RelayEnd = 'complete' | 'broken' | 'client-left'

export function relayAnswer({ answer, res, added }: Relay): Promise<RelayEnd> {
  const headers = answerHeaders(answer, { isUpgrade: false })
  headers.push(...added)
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers)
  return new Promise((resolve) => {
    const breakOff = () => {
      // An answer that was ended on purpose keeps its clean end.
      if (!res.writableEnded) res.destroy()
      resolve('broken')
    }
    if (answer.destroyed) return breakOff()
    let hasBody = false
    answer.on('data', (chunk: Buffer) => {
      hasBody = true
      if (!res.write(chunk)) answer.pause()
    })
    res.on('drain', () => answer.resume())
    answer.on('end', () => {
      if (!answer.complete) return
      const trailers = trailerPairs(answer.rawTrailers)
      if (trailers.length > 0) res.addTrailers(trailers)
      res.end()
      resolve('complete')
    })
    answer.on('error', breakOff)
    answer.on('close', () => {
      if (!answer.complete) breakOff()
    })
    res.on('close', () => {
      if (res.writableFinished) return
      resolve('client-left')
      answer.destroy()
    })
    // The body's first bytes, when they came along with the head, are written by now and took the head with them;
    // otherwise the head must not wait for them.
    process.nextTick(() => {
      if (!hasBody && !res.writableEnded) res.flushHeaders()
    })
  })
}

export function isEventStream(answer: IncomingMessage): boolean {
  return /^text\/event-stream\b/i.test(answer.headers['content-type'] ?? '')
}
