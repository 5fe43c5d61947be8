// One act under way: what it may use, and the two ways it reaches outside: a call with a deadline, and looking until
// something is there.
import type { ServiceCommand } from '../../domain/service/command.ts'
import type { ServiceState } from '../../domain/service/state.ts'
import type { Call } from '../../ports/call.ts'
import { PortFailure } from '../../ports/port-failure.ts'
import { GIVEN_UP } from '../given-up.ts'
import type { CoordinatorPorts, Paces } from '../ports.ts'

export type Deed = {
  readonly service: string
  readonly state: ServiceState
  /** Stream version the intent was read from: the fence of every write. */
  readonly fence: number
  readonly key: string
  /** Aborted when the intent is no longer due, or the coordinator stops. */
  readonly signal: AbortSignal
  readonly ports: CoordinatorPorts
  readonly paces: Paces
  /** Last recorded tick of a stage. */
  readonly tick: (stage: string) => number
  /** For reports on the way, before the deed is done. */
  readonly report: (command: ServiceCommand) => Promise<void>
}

/** One write to the outside, with its key, fence and deadline. A port that hangs past the deadline is let go of. */
export async function call<Answer>(
  deed: Deed,
  fence: number,
  write: (call: Call) => Promise<Answer>,
): Promise<Answer> {
  const over = new AbortController()
  const nap = new AbortController()
  let hasEnded = false
  // Both by hand: a signal made of others outlives the deed for as long as they do.
  const letGo = (): void => {
    over.abort(GIVEN_UP)
    nap.abort(GIVEN_UP)
  }
  if (deed.signal.aborted) letGo()
  else deed.signal.addEventListener('abort', letGo)
  const deadline = deed.ports.clock.sleep(deed.paces.callMs, nap.signal).then(() => {
    if (hasEnded) return undefined
    over.abort(GIVEN_UP)
    throw new PortFailure(`${deed.key} got no answer in ${deed.paces.callMs} ms`, {
      code: 'port/timeout',
      again: 'retry',
    })
  })
  try {
    // The deadline never wins with an answer: it throws, or the write has ended.
    return (await Promise.race([write({ key: deed.key, fence, signal: over.signal }), deadline])) as Answer
  } finally {
    hasEnded = true
    deed.signal.removeEventListener('abort', letGo)
    nap.abort(GIVEN_UP)
  }
}

/** Looks again and again, ever more slowly, until something is found or the deed is off. */
export async function lookUntil<Found>(
  deed: Deed,
  look: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  let pauseMs = deed.paces.lookMsMin
  while (!deed.signal.aborted) {
    const found = await look()
    if (found !== undefined) return found
    await deed.ports.clock.sleep(pauseMs, deed.signal)
    pauseMs = Math.min(deed.paces.lookMsMax, pauseMs * 1.5)
  }
  return undefined
}
