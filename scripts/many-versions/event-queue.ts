// A queue as a company may have one: it gives an event to whoever takes it first, and remembers who handled it.
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'

export type QueuedEvent = { readonly id: string; readonly customer: string }
export type HandledEvent = QueuedEvent & { readonly version: string }

export type EventQueue = {
  readonly address: string
  readonly handled: readonly HandledEvent[]
  put(event: QueuedEvent): void
  stop(): Promise<void>
}

export async function startEventQueue(): Promise<EventQueue> {
  const waiting = new Map<string, QueuedEvent>()
  const handled: HandledEvent[] = []
  const server = createServer(async (asked, answer) => {
    const id = /^\/events\/([\w-]+)$/.exec(asked.url ?? '')?.[1]
    if (asked.method === 'DELETE' && id !== undefined) answer.statusCode = waiting.delete(id) ? 204 : 404
    else if (asked.method === 'POST') handled.push(JSON.parse(await bodyOf(asked)))
    else answer.write(JSON.stringify([...waiting.values()]))
    answer.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  return {
    address: `http://127.0.0.1:${port}`,
    handled,
    put: (event) => void waiting.set(event.id, event),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of asked) text += String(part)
  return text
}
