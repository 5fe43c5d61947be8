// What goes along with every write to the outside.

/**
 * - `key` names the wish (`shop/staging/rollout-7/step-2/fleet`): the same key twice is the same wish, and asking
 *   again must be harmless.
 * - `fence` is the stream version that asked. The receiver keeps the highest it has seen per environment and refuses
 *   anything older, so that a slow call from a dead coordinator cannot undo what came after it.
 * - `signal` ends when the deadline has passed; the adapter gives up and throws a retryable failure.
 */
export type Call = { readonly key: string; readonly fence: number; readonly signal: AbortSignal }
