// An answer of HTTP/2 written as one of HTTP/1.1, so that it is read by the very same strict reader.
import type { IncomingHttpHeaders } from 'node:http2'
import { readAnswerHead } from '../http1/answer-head.ts'
import type { AnswerHead } from '../http1/answer-head.ts'
import { FIELD_NUMBERS, readFields } from '../http1/header-fields.ts'
import { HeaderSet } from '../http1/message-head.ts'

/** Undefined for what cannot be passed on. `endsHere`: no body follows. */
export function answerHead(
  headers: IncomingHttpHeaders,
  how: { readonly endsHere: boolean; readonly isToHead: boolean; readonly headersMax: number },
): AnswerHead | undefined {
  const status = Number(headers[':status'])
  let text = `HTTP/1.1 ${status} \r\n${linesOf(headers)}`
  const mayHaveBody = status >= 200 && status !== 204 && status !== 304 && !how.isToHead
  if (mayHaveBody && headers['content-length'] === undefined)
    text += how.endsHere ? 'content-length: 0\r\n' : 'transfer-encoding: chunked\r\n'
  const bytes = Buffer.from(`${text}\r\n`, 'latin1')
  const head = readAnswerHead(bytes, 0, bytes.length, how)
  return typeof head === 'number' || head.length !== bytes.length ? undefined : head
}

/** Undefined for what cannot be passed on. */
export function trailersOf(headers: IncomingHttpHeaders, headersMax: number): HeaderSet | undefined {
  const bytes = Buffer.from(`${linesOf(headers)}\r\n`, 'latin1')
  const fields: number[] = []
  const end = readFields(bytes, 0, bytes.length, 0, fields, headersMax)
  if (end !== bytes.length || fields.length % FIELD_NUMBERS !== 0) return undefined
  return new HeaderSet(bytes.toString('latin1'), fields)
}

function linesOf(headers: IncomingHttpHeaders): string {
  let lines = ''
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue
    for (const each of [value].flat()) lines += `${name}: ${each}\r\n`
  }
  return lines
}
