// What carries one request to an instance and its answer back: a connection of HTTP/1.1, or a stream of HTTP/2.
import type { ForwardedRequest } from './forwarded-head.ts'
import type { AnswerHead } from './http1/answer-head.ts'
import type { BodySink } from './http1/body-reader.ts'
import type { BodyKind } from './http1/message-head.ts'
import type { Wire } from './http1/wire.ts'
import type { Upstream } from './upstream.ts'

/**
 * `no-room`: every instance has as much to do as it may, and so has the queue. `refused`: no byte can have reached the release. `not-taken`: the release itself says that it has not looked at the
 * request, and is well otherwise.
 */
export type Failure = {
  readonly error: Error
  readonly when: 'no-room' | 'refused' | 'not-taken' | 'on-rested-connection' | 'after-sending' | 'too-late'
}

/** Who sends the request and waits for the head of its answer. */
export interface Asker {
  /** The request may be sent. */
  onConnected(): void
  /** 100 Continue and other news before the answer. */
  onInformation(head: AnswerHead): void
  /** Returns who takes the body; undefined when nobody wants it any more. */
  onAnswer(head: AnswerHead): AnswerTaker | undefined
  /** The protocol changes: the wire is the asker's now, with what came behind the head. */
  onSwitch(head: AnswerHead, wire: Wire, rest: Buffer): void
  onFailed(failure: Failure): void
  /** What was sent does not go out at the moment, or goes out again. */
  onUploadBlocked(isBlocked: boolean): void
}

export interface AnswerTaker extends BodySink {
  /** Before the answer's end. */
  onBrokenOff(error: Error): void
}

/** Where the body of a request goes, in whatever framing is spoken there. */
export interface BodyTaker {
  /** Text whose characters stand for bytes. */
  bodyText(text: string): void
  /** Lent bytes. */
  bodyBytes(bytes: Buffer, from: number, to: number): void
  bodyEnd(trailerLines: string): void
}

export interface ReleaseLine extends BodyTaker {
  readonly upstream: Upstream
  /** Takes one request; `asker` hears of it, at once when the connection stands. */
  begin(asker: Asker, options: { readonly isToHead: boolean; readonly mayRest: boolean }): void
  /** The head of the request, once it may be sent. `isLast` asks for no other on this connection. */
  send(request: ForwardedRequest, isLast: boolean, body: BodyKind): void
  /** Whether more of the answer is read. */
  pause(): void
  resume(): void
  /** How long nothing may be heard. */
  allowSilence(ms: number): void
  /** The answer has been taken whole and the request sent whole: the next one may come. */
  release(): void
  /** Nobody wants the rest. Nothing is heard of it any more. */
  drop(): void
}

export class NoAnswerInTime extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'NoAnswerInTime'
  }
}
