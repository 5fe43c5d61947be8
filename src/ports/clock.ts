/** Time is handed in. The simulation drives the production coordinator with a clock of its own. */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump, also backwards. */
  now(): number
  /** Never goes backwards and knows nothing of dates; for measuring spans. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
