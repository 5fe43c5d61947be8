import { PortFailure } from '../../src/ports/port-failure.ts'

/** What a call does that hangs: it ends when its caller gives up. */
export async function hangUntilAborted(signal: AbortSignal, what: string): Promise<never> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  throw trouble(`${what} hung until its caller gave up`, 'port/aborted')
}

export function trouble(message: string, code: string): PortFailure {
  return new PortFailure(message, { code, again: 'retry' })
}
