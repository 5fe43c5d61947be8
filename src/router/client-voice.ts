// How an answer is said to a client, in whichever protocol it speaks.
import type { RequestHead } from './http1/request-head.ts'
import type { OwnPage } from './own-page.ts'

export type SpokenHead = {
  readonly status: number
  readonly reason: string
  /** Whole header lines, each with its CR LF; none says how long the body is unless that is known. */
  readonly lines: string
  /** Otherwise the end of the body has to be said. */
  readonly isLengthKnown: boolean
  readonly hasBody: boolean
  /** Another request may follow. */
  readonly keepsOpen: boolean
  readonly request: RequestHead
}

export interface ClientVoice {
  /** More was said than goes out at the moment. */
  readonly isBlocked: boolean
  /** News before the answer: 100, 102, 103. */
  inform(status: number, lines: string): void
  begin(head: SpokenHead): void
  /** Lent bytes. */
  body(bytes: Buffer, from: number, to: number): void
  end(trailerLines: string): void
  /** A whole answer of our own. */
  page(page: OwnPage, request: RequestHead | undefined, keepsOpen: boolean): void
  /** The end of an answer that broke off, so that nobody takes it for the whole. */
  breakOff(): void
  /** Whether more of the request is read. */
  pause(): void
  resume(): void
  /** How long nothing may be heard or said. */
  allowSilence(ms: number): void
}
