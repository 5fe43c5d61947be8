// The live stream: one line per change, to everybody who listens. Only the newest position matters, so nobody's
// backlog can grow: a listener that does not read has at most one line waiting, and is dropped after two heartbeats.
import type { Clock } from '../ports/clock.ts'
import { HttpProblem } from './http-problem.ts'

export const HEARTBEAT_MS = 15_000
const LISTENERS_MAX = 1_000

export type EventHub = {
  /** A body of server-sent events. Begins with the newest position unless the listener already has it. */
  open(lastEventId: number | null, person: string): Promise<ReadableStream<Uint8Array>>
  listeners(): number
  /** Ends the streams of somebody whose token was revoked. */
  endOf(person: string): void
  /** Ends every stream. */
  close(): void
}

type Listener = { readonly person: string; tell(position: number): void; beat(): void; end(): void }

export function createEventHub(parts: {
  /** Newest position, asked once, before the first change was heard of. */
  readonly position: () => Promise<number>
  readonly onChange: (listener: (position: number) => void) => () => void
  readonly clock: Clock
  readonly heartbeatMs?: number
}): EventHub {
  const listeners = new Set<Listener>()
  const ended = new AbortController()
  let newest: number | null = null
  const stopListening = parts.onChange((position) => {
    newest = position
    for (const listener of listeners) listener.tell(position)
  })
  void beat()

  async function beat(): Promise<void> {
    while (!ended.signal.aborted) {
      await parts.clock.sleep(parts.heartbeatMs ?? HEARTBEAT_MS, ended.signal)
      if (!ended.signal.aborted) for (const listener of listeners) listener.beat()
    }
  }

  return {
    open: async (lastEventId, person) => {
      if (listeners.size >= LISTENERS_MAX || ended.signal.aborted)
        throw new HttpProblem(503, 'events/full', 'too many listen already; try again later', {
          headers: { 'retry-after': '15' },
        })
      newest ??= await parts.position()
      const { stream, listener } = createListener(person, (gone) => listeners.delete(gone))
      listeners.add(listener)
      if (lastEventId !== newest) listener.tell(newest)
      return stream
    },
    listeners: () => listeners.size,
    endOf: (person) => {
      for (const listener of listeners) if (listener.person === person) listener.end()
    },
    close: () => {
      ended.abort()
      stopListening()
      for (const listener of listeners) listener.end()
    },
  }
}

function createListener(
  person: string,
  onGone: (listener: Listener) => void,
): {
  stream: ReadableStream<Uint8Array>
  listener: Listener
} {
  const utf8 = new TextEncoder()
  let controller: ReadableStreamDefaultController<Uint8Array>
  let opening = true
  let wants = false
  let pending: number | null = null
  let missedBeats = 0

  function write(text: string): void {
    wants = false
    missedBeats = 0
    controller.enqueue(utf8.encode(opening ? `retry: 1000\n${text}` : text))
    opening = false
  }
  function flush(): void {
    if (!wants || pending === null) return
    write(`event: changed\nid: ${pending}\ndata: ${JSON.stringify({ position: pending })}\n\n`)
    pending = null
  }
  const listener: Listener = {
    person,
    tell: (position) => {
      pending = position
      flush()
    },
    beat: () => {
      if (wants) return write(': still here\n\n')
      if (++missedBeats >= 2) listener.end()
    },
    end: () => {
      onGone(listener)
      controller.close()
    },
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      start: (given) => {
        controller = given
      },
      pull: () => {
        wants = true
        flush()
      },
      cancel: () => onGone(listener),
    },
    // Nothing is made before it is asked for.
    { highWaterMark: 0 },
  )
  return { stream, listener }
}
