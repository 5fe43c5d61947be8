// Load, decide, append. A conflict means somebody else was first: decide again on what is true now.
import type { ServiceCommand } from '../domain/service/command.ts'
import { decide } from '../domain/service/decide.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import type { StreamAt } from '../ports/event-log.ts'
import type { Streams } from './streams.ts'

export type Outcome =
  | { readonly done: true; readonly events: readonly ServiceEvent[]; readonly version: number }
  | { readonly done: false; readonly refusal: Refusal }

/** A command that rests on another stream: it is asked for anew at each try, and holds only where that one stands. */
export type Guarded = { readonly command: ServiceCommand; readonly where: StreamAt }
export type Wish = ServiceCommand | (() => Promise<Guarded>)

/** So many conflicts in a row on one service cannot be chance. */
const CONFLICTS_MAX = 100

export async function handleCommand(streams: Streams, service: string, wish: Wish): Promise<Outcome> {
  for (let tries = 0; tries < CONFLICTS_MAX; tries += 1) {
    const { command, where } = typeof wish === 'function' ? await wish() : { command: wish, where: undefined }
    const { state, version } = streams.get(service)
    const decision = decide(state, command)
    if ('refusal' in decision) return { done: false, refusal: decision.refusal }
    if (decision.events.length === 0) return { done: true, events: [], version }
    if (await streams.append(service, version, decision.events, where))
      return { done: true, events: decision.events, version: version + decision.events.length }
  }
  throw new Error(
    `${typeof wish === 'function' ? 'a configuration' : wish.type} of ${service} met ${CONFLICTS_MAX} conflicts in a row`,
  )
}
