// What the program says of itself: its event log in order, and its board. The story waits here, for things to happen
// and never for time; a limit only ends what will never happen.
import type { AuditRow, Board, StageView } from '../../src/api/board.ts'
import type { Client } from '../../src/api/client.ts'

export const SERVICE = 'shop'
const PAGE = 200
const AGAIN_MS = 500

/** Something the story waited for did not come, or something came that must never come. */
export class StoryBroken extends Error {}

export type Awaited = {
  /** Ends the sentence "waited for …". */
  readonly what: string
  readonly limitMs: number
  readonly until: () => boolean
  /** A sentence as soon as something happened that must not. */
  readonly unless?: () => string | undefined
}

export interface Witness {
  /** All events so far, oldest first. */
  readonly events: readonly AuditRow[]
  board(): Board | undefined
  stage(stage: string): StageView | undefined
  wait(awaited: Awaited): Promise<void>
  /** Called with each new event, and whenever the board changed. */
  onNews(listener: (fresh: readonly AuditRow[]) => void): void
  /** Fetches what is newest now. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export function createWitness(client: Client): Witness {
  const events: AuditRow[] = []
  const listeners: ((fresh: readonly AuditRow[]) => void)[] = []
  const stopped = new AbortController()
  let board: Board | undefined
  let reading: Promise<void> | undefined
  let wanted = false

  const read = async (): Promise<void> => {
    const fresh = await eventsAfter(client, events.at(-1)?.position ?? 0)
    board = await client.board()
    events.push(...fresh)
    for (const listener of listeners) listener(fresh)
  }
  /** One reading at a time; news during one lead to one more. */
  const refresh = async (): Promise<void> => {
    wanted = true
    while (wanted || reading) {
      if (reading) await reading
      else {
        wanted = false
        reading = read().finally(() => {
          reading = undefined
        })
      }
    }
  }
  const follow = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await refresh()
        for await (const _position of client.changes(stopped.signal)) await refresh()
      } catch {
        // The stream was cut; it is opened again below.
      }
      await sleepUnless(AGAIN_MS, stopped.signal)
    }
  }
  const following = follow()

  return {
    events,
    board: () => board,
    stage: (stage) =>
      board?.services.find(({ service }) => service === SERVICE)?.stages.find((view) => view.stage === stage),
    onNews: (listener) => void listeners.push(listener),
    refresh,
    wait: async ({ what, limitMs, until, unless }) => {
      const endAt = performance.now() + limitMs
      for (;;) {
        const wrong = unless?.()
        if (wrong !== undefined) throw new StoryBroken(wrong)
        if (until()) return
        if (stopped.signal.aborted) throw new StoryBroken('the demo was ended')
        if (performance.now() > endAt) throw new StoryBroken(`waited ${limitMs / 1000} s for ${what}`)
        await sleepUnless(50, stopped.signal)
      }
    },
    stop: async () => {
      stopped.abort()
      await following
    },
  }
}

async function eventsAfter(client: Client, position: number): Promise<readonly AuditRow[]> {
  const found: AuditRow[] = []
  for (let before: number | undefined; ; ) {
    const page = await client.audit({ limit: PAGE, ...(before === undefined ? {} : { before }) })
    const fresh = page.filter((row) => row.position > position)
    found.push(...fresh)
    before = page.at(-1)?.position
    if (fresh.length < PAGE || before === undefined) return found.toReversed()
  }
}

function sleepUnless(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    stop.addEventListener('abort', end)
  })
}
