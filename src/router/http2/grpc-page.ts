// The router's own answers to a client of gRPC, which reads a status of its own and no page.
import { FIELD } from '../http1/field-names.ts'
import type { HeaderSet } from '../http1/message-head.ts'
import type { OwnPage } from '../own-page.ts'

const UNKNOWN = 2
const UNIMPLEMENTED = 12
const UNAVAILABLE = 14
const DEADLINE_EXCEEDED = 4
const RESOURCE_EXHAUSTED = 8
const MESSAGE_MAX = 500

export function isGrpc(head: HeaderSet | undefined): boolean {
  return /^application\/grpc\b/i.test(head?.joined(FIELD.contentType) ?? '')
}

/** Headers that are a whole answer: `Trailers-Only`, as gRPC calls it. */
export function grpcStatus({ status, code, title, text, id }: OwnPage): Record<string, string | number> {
  const named = id === undefined ? '' : ` (${id})`
  return {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(grpcCode(status)),
    'grpc-message': encodeURIComponent(`${title}. ${text}${named}`.slice(0, MESSAGE_MAX)).replaceAll(
      '%20',
      ' ',
    ),
    'x-sluice-page': code,
  }
}

function grpcCode(status: number): number {
  switch (status) {
    case 404:
      return UNIMPLEMENTED
    case 413:
    case 429:
    case 431:
      return RESOURCE_EXHAUSTED
    case 502:
    case 503:
      return UNAVAILABLE
    case 504:
      return DEADLINE_EXCEEDED
    default:
      return UNKNOWN
  }
}
