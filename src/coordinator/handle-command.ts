// Load, decide, append. A conflict means somebody else was first: decide again on what is true now.
import type { ServiceCommand } from '../domain/service/command.ts'
import { decide } from '../domain/service/decide.ts'
import type { Refusal } from '../domain/service/decision.ts'
import type { ServiceEvent } from '../domain/service/event.ts'
import type { Streams } from './streams.ts'

export type Outcome =
  | { readonly done: true; readonly events: readonly ServiceEvent[]; readonly version: number }
  | { readonly done: false; readonly refusal: Refusal }

/** So many conflicts in a row on one service cannot be chance. */
const CONFLICTS_MAX = 100

export async function handleCommand(
  streams: Streams,
  service: string,
  command: ServiceCommand,
): Promise<Outcome> {
  for (let tries = 0; tries < CONFLICTS_MAX; tries += 1) {
    const { state, version } = streams.get(service)
    const decision = decide(state, command)
    if ('refusal' in decision) return { done: false, refusal: decision.refusal }
    if (decision.events.length === 0) return { done: true, events: [], version }
    if (await streams.append(service, version, decision.events))
      return { done: true, events: decision.events, version: version + decision.events.length }
  }
  throw new Error(`command ${command.type} on ${service} met ${CONFLICTS_MAX} conflicts in a row`)
}
