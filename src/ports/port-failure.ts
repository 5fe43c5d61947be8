// The outside said no, or nothing. Adapters translate everything they catch into this; unknown means retry.

export type PortFailureOptions = {
  /** Stable and public, `area/what-is-wrong`; documented in docs/reference/errors.md. */
  readonly code: string
  readonly again: 'retry' | 'never'
  readonly afterMs?: number
  readonly cause?: unknown
}

export class PortFailure extends Error {
  readonly code: string
  readonly again: 'retry' | 'never'
  readonly afterMs: number | undefined

  constructor(message: string, options: PortFailureOptions) {
    super(message, { cause: options.cause })
    this.name = 'PortFailure'
    this.code = options.code
    this.again = options.again
    this.afterMs = options.afterMs
  }
}

/** Every write older than the fence the receiver has seen ends in this. */
export function staleFence(what: string, seen: number, got: number): PortFailure {
  return new PortFailure(`${what} refuses fence ${got}: it has already seen ${seen}`, {
    code: 'fence/stale',
    again: 'never',
  })
}

export function asPortFailure(error: unknown): PortFailure {
  if (error instanceof PortFailure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new PortFailure(message, { code: 'port/unknown', again: 'retry', cause: error })
}
