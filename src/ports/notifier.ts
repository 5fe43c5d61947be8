/** One notice to people outside. `id` is the event it came from: receivers may see it twice and can tell. */
export type Notice = {
  readonly id: string
  readonly at: number
  /** `release.rolled-back`, `lock.expiring`, … */
  readonly type: string
  readonly service: string
  readonly stage: string | null
  /** One plain sentence. */
  readonly text: string
  /** Whom it concerns first: authors of the changes, the owner of a lock. */
  readonly to: readonly string[]
  readonly facts: Readonly<Record<string, unknown>>
}

export interface Notifier {
  /** Throws a retryable PortFailure when it could not be handed over; it is asked again, in order. */
  send(notice: Notice): Promise<void>
}
